"""Commands that make a network, use it, and say what it is."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Cohorts, Json, advising, app, end_with
from braintumornet.cli.engine import Address, Cpus, Engine, EngineName, Gpus, chosen_cluster, require_ray

if TYPE_CHECKING:
    from braintumornet.api.predictions import Predictions
    from braintumornet.api.run import Run
    from braintumornet.core.run_records import TransferRecord
    from braintumornet.core.workers.failures import CaseFailure


Cases = Annotated[
    Path, typer.Argument(metavar="INPUT", help="A table of cases or a folder of them; raw images are prepared first.")
]
FinishedRun = Annotated[Path, typer.Option(help="Folder of a finished run.")]
PredictionsFolder = Annotated[Path, typer.Option(help="Folder for the predictions.")]
OnlyTasks = Annotated[
    list[str] | None,
    typer.Option(help="Only this task, several times for more; auto: the run's router chooses; default: all."),
]
SplitOfRun = Annotated[str | None, typer.Option(help="Only this set of the run's split: train, val or test.")]
Probabilities = Annotated[bool, typer.Option("--probabilities", help="Also write probability maps.")]
Shard = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="Only every N-th case, from the I-th on: one of N parts for a scheduler."),
]
SkipPredicted = Annotated[
    bool, typer.Option("--resume", help="Skip cases already predicted with the same weights, tasks and images.")
]
Raw = Annotated[
    bool, typer.Option("--raw", help="Prepare the images first, even where they lie on one grid (with skull).")
]
AtlasOfTraining = Annotated[
    Path | None, typer.Option("--atlas", help="For raw images: the atlas that the training data were aligned to.")
]
Corrections = Annotated[
    Path | None, typer.Option("--map", help="For raw images: plan.csv with its column 'sequence' corrected.")
]


@app.command(epilog="Example:  btn demo")
def demo(
    output: Annotated[Path, typer.Option(help="Folder for everything that the demo makes.")] = Path("demo"),
) -> None:
    """Run a small study on synthetic cases: single-task against multi-task, from a study file to a page."""
    from braintumornet.demo import run_demo
    from braintumornet.terminal.progress import quiet_libraries

    with quiet_libraries():
        run_demo(output)


@app.command(epilog="Example:  btn train glioma_small --cohort cohort.csv --run runs/glioma")
def train(
    config: Annotated[str, typer.Argument(help="A configuration file, or the name of a shipped one.")],
    run: Annotated[Path, typer.Option(help="Folder of the run.")],
    cohort: Cohorts = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, such as training.steps=2000; several times.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--hold-out", help="Case to keep for testing; all others train. Several times."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume a run that was stopped.")] = False,
) -> None:
    """Train one network on one or several cohorts."""
    from braintumornet.api import run as trained
    from braintumornet.cli.inputs import files_read, require_not_read
    from braintumornet.config import load_config
    from braintumornet.core.run_folder import RunFolder
    from braintumornet.layouts.choose_cases import leave_cases_out, load_cohorts
    from braintumornet.terminal import console
    from braintumornet.terminal.transfer_screen import show_transfer_source

    settings = load_config(config, overrides or [])
    tables = cohort or list(settings.cohorts)
    cases = load_cohorts(tables)
    cases = leave_cases_out(cases, leave_out) if leave_out else cases
    place = RunFolder(run)
    require_not_read([place.metrics, place.report], [Path(config), *files_read(tables, cases)])

    def starting(origin: "TransferRecord | None") -> None:
        if origin is not None and settings.transfer is not None:
            show_transfer_source(origin, settings.transfer)

    with advising(lambda: "continue with --resume" if place.begun else "the same command begins again"):
        made = trained.train(settings, cases, run, resume=resume, starting=starting, doubt=console.warn)
    best = "" if made.report.best is None else f", best validation score {made.report.best:.3f}"
    console.show_sample_counts(made.report.sample_counts, settings.data.sampling.by)
    console.done(f"{made.report.steps} steps{best}", run)


@app.command(
    "import-deepmedic", epilog="Example:  btn import-deepmedic model.ckpt --model modelConfig.cfg --run runs/dm"
)
def import_deepmedic_(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint of DeepMedic 0.8 (TensorFlow), such as model.ckpt.")],
    model: Annotated[Path, typer.Option(help="The modelConfig.cfg that it was made with.")],
    run: Annotated[Path, typer.Option(help="Folder of the run to write.")],
    sequences: Annotated[
        str | None, typer.Option(help="Its channels in order, such as t1c,t2f; default t2f,t1c,t1n,t2w.")
    ] = None,
    coding: Annotated[
        str | None,
        typer.Option(
            "--label-scheme", help="What its classes mean: brats2013, brats2023, ... or JSON, class -> tissue."
        ),
    ] = None,
    orientation: Annotated[
        str, typer.Option(help="How the files lay that it was trained on, such as LPS for those of BraTS.")
    ] = "RAS",
) -> None:
    """Make a run from a network of the original DeepMedic; nothing of its files is executed."""
    from braintumornet.core.run_folder import RunFolder
    from braintumornet.terminal import console
    from braintumornet.terminal.progress import quiet_libraries
    from braintumornet.training.import_deepmedic import import_deepmedic

    with quiet_libraries():
        names = [name.strip() for name in sequences.split(",")] if sequences else []
        config = import_deepmedic(
            checkpoint, model, RunFolder(run), sequences=names, coding=coding, orientation=orientation
        )
    classes = ", ".join(getattr(config.tasks[0], "tissues", ()))
    console.say(
        f"channels: {', '.join(config.sequences)} (--sequences); classes: background, {classes} (--label-scheme)"
    )
    console.say(f"trained on files in {orientation.upper()} orientation (--orientation)")
    console.done("imported network", run)


@app.command(epilog="Example:  btn predict cohort.csv --run runs/glioma --output predictions")
def predict(
    cases: Cases,
    run: FinishedRun,
    output: PredictionsFolder,
    task: OnlyTasks = None,
    split: SplitOfRun = None,
    probabilities: Probabilities = False,
    shard: Shard = None,
    resume: SkipPredicted = False,
    raw: Raw = False,
    atlas: AtlasOfTraining = None,
    corrections: Corrections = None,
    engine: Engine = EngineName.LOCAL,
    address: Address = None,
    cpus: Cpus = None,
    gpus: Gpus = None,
    json: Json = False,
) -> None:
    """Predict masks and markers; masks lie in the grid of the case's own images. Exit code 1 if any case failed.

    Raw images (DICOM, or sequences on different grids) are prepared as the run's training data were, in the folder
    prepared/ beside the predictions; the masks are also brought back to the patient's own grid, in native/.
    """
    from braintumornet.api.run import Run
    from braintumornet.cli.raw_input import choose_cases, is_raw, prepare_input, return_to_native
    from braintumornet.core.workers.failures import despite_failures
    from braintumornet.output.overwriting import require_no_overwriting
    from braintumornet.terminal.progress import quiet_libraries

    require_ray(engine, address=address, cpus=cpus, gpus=gpus)
    network = Run(run).require_complete()
    with advising(lambda: "continue with --resume"), quiet_libraries():
        needed = raw or is_raw(cases)
        prepared = prepare_input(cases, network, output, atlas, corrections, shard, json) if needed else None
        every, chosen = choose_cases(cases, prepared, run, split, shard)
        require_no_overwriting(output, every, network.config.tasks, probabilities)
        with chosen_cluster(engine, address, hidden=json) as cluster:
            work = partial(network.predict, tasks=task or (), probabilities=probabilities, resume=resume)
            where = partial(work, cluster=cluster, cpus=cpus or 1, gpus=gpus, progress=not json)
            predictions, failures = despite_failures(partial(where, chosen, output))
        failures = (*failures, *return_to_native(prepared, output))
    if json or predictions or not failures:
        _show_predictions(predictions, failures, network, task or (), json)
    end_with(failures)


def _show_predictions(
    predictions: "Predictions", failures: "Sequence[CaseFailure]", network: "Run", tasks: Sequence[str], json: bool
) -> None:
    from braintumornet.tasks.routing import AUTO
    from braintumornet.terminal import console
    from braintumornet.terminal.score_screen import show_router

    if json:
        console.print_json([each.as_json() for each in (*predictions, *failures)])
        return
    console.show_predictions(list(predictions))
    if AUTO in tasks:
        show_router(network.router_scores)
    there = f", {len(predictions.earlier)} of them there before" if predictions.earlier else ""
    console.done(f"{len(predictions)} predictions{there}", predictions.path)


@app.command(epilog="Example:  btn info runs/glioma")
def info(
    what: Annotated[
        str | None, typer.Argument(metavar="[RUN_OR_CONFIG]", help="A run, a configuration; nothing: the package.")
    ] = None,
    json: Json = False,
) -> None:
    """Describe a run or configuration: tasks, network, parameters, operations; or what the package offers."""
    from braintumornet.terminal import console
    from braintumornet.terminal.info import describe_experiment, describe_package
    from braintumornet.terminal.info_screen import show_experiment, show_package
    from braintumornet.terminal.progress import quiet_libraries

    with quiet_libraries():
        about = describe_package() if what is None else describe_experiment(what)
    if json:
        console.print_json(about)
    elif what is None:
        show_package(about)
    else:
        show_experiment(about)
