"""The command that finds out how often a network is right."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from braintumornet.cli.app import Json, app, end_with

CalibratedRun = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
LabelledCases = Annotated[Path, typer.Option("--cohort", help="Labelled cases: a table or a folder of them.")]
SplitOfRun = Annotated[Literal["test"] | None, typer.Option(help="Only this set of the run's split.")]


@app.command(epilog="Example:  btn calibrate runs/glioma --cohort mine.csv")
def calibrate(run: CalibratedRun, cohort: LabelledCases, split: SplitOfRun = None, json: Json = False) -> None:
    """Calibrate a run on labelled cases that taught it nothing and chose nothing; later predictions use it.

    Gives volumes an interval and markers a set of classes that hold the truth in 90 % of cases like these; needs 9
    patients with the same sequences. Cases that trained or validated the run are refused.
    """
    from braintumornet.api.calibration import calibrate as calibrate_run
    from braintumornet.api.calibration import open_to_calibrate
    from braintumornet.core.workers.failures import despite_failures
    from braintumornet.layouts.choose_cases import only_side
    from braintumornet.layouts.read_cohort import read_cohort
    from braintumornet.terminal import console
    from braintumornet.terminal.calibration_screen import show_calibration

    trained = open_to_calibrate(run)
    cases = only_side(read_cohort(cohort), trained.path, split)
    record, failures = despite_failures(partial(calibrate_run, trained, cases, progress=not json))
    if json:
        console.print_json(record.as_json())
    else:
        show_calibration(record)
        console.done("calibration", trained.folder.calibration)
    end_with(failures)
