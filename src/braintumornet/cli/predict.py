"""The command that puts a network to use."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Json, advising, app, end_with
from braintumornet.cli.engine import Address, Cpus, Engine, EngineName, Gpus, chosen_cluster, require_ray

if TYPE_CHECKING:
    from braintumornet.api.predictions import Predictions
    from braintumornet.api.run import Run
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
