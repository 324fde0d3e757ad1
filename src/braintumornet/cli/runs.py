"""Commands that make a network, and describe it."""

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Cohorts, Json, advising, app

if TYPE_CHECKING:
    from braintumornet.core.run_records import TransferRecord


@app.command(epilog="Example:  btn demo")
def demo(
    output: Annotated[Path, typer.Option(help="Folder for everything that the demo makes.")] = Path("demo"),
) -> None:
    """Outline a synthetic tumour with the model in the package, then run a small study: single-task or multi-task?"""
    from braintumornet.demo import run_demo
    from braintumornet.terminal.progress import quiet_libraries

    with quiet_libraries():
        run_demo(output)


@app.command(epilog="Example:  btn train glioma_small --cohort cohort.csv --run runs/glioma")
def train(
    config: Annotated[str, typer.Argument(help="A configuration file, or the name of a shipped one.")],
    run: Annotated[Path, typer.Option(help="Folder of the run.")],
    cohort: Cohorts = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Run to start from; the word default means the model in the package."),
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, such as training.steps=2000; may be repeated.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--hold-out", help="Case to keep for testing; all others are trained on. May be repeated."),
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

    start = [] if init is None else [f"transfer.run={dumps(init)}"]  # JSON is YAML, whatever the path holds
    settings = load_config(config, [*start, *(overrides or [])])
    tables = cohort or list(settings.cohorts)
    cases = None if settings.phantoms is not None and not (tables or leave_out) else load_cohorts(tables)
    cases = leave_cases_out(cases, leave_out) if cases is not None and leave_out else cases
    place = RunFolder(run)
    require_not_read([place.metrics, place.report], [Path(config), *files_read(tables, cases or ())])

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
    model: Annotated[Path, typer.Option(help="The modelConfig.cfg that it was trained with.")],
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
        str, typer.Option(help="Orientation of the files it was trained on, such as LPS for BraTS.")
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


@app.command(epilog="Example:  btn info runs/glioma")
def info(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[RUN_OR_CONFIG]", help="A run or a configuration; omit it to describe the package."),
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
