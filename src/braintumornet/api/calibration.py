"""Calibration: how often a run is right, from labelled cases that chose nothing."""

from os import PathLike

from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.default_run import find_run, require_not_default
from braintumornet.core.workers.failures import require_all
from braintumornet.inference.calibrate_run import calibrate_run, choose_calibration_cases
from braintumornet.inference.card.model_card import write_card
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.terminal.progress import case_progress, quiet_libraries


def calibrate(run: str | PathLike[str] | TrainedRun, cohort: Cohort, *, progress: bool = True) -> CalibrationRecord:
    """Calibrate a run on labelled cases that it neither learned from nor was validated on.

    Later predictions use the result, which is written to `calibration.json` in the run's folder: one temperature per
    task, and the values from which intervals of volumes and sets of classes are made. The run's model card says what
    they are worth. At a confidence of 90 %, this takes at least 9 patients with the same sequences.

    Args:
        run: a finished run, or its folder.
        cohort: labelled cases; one case per patient is used.
        progress: show a progress bar.

    Returns:
        The calibration, which is also in `calibration.json` of the run.

    Raises:
        UsageError: the run is not finished, or is the model in the package.
        InputError: the run learned from a case or was validated on it, or too few cases are labelled.
        CasesFailedError: some cases failed; the others calibrated the run.

    Example:
        >>> found = calibrate("runs/glioma", read_cohort("labelled.csv"))  # doctest: +SKIP
        >>> found.temperatures["tumour"]  # doctest: +SKIP
    """
    trained = open_to_calibrate(run)
    count = len(choose_calibration_cases(trained, cohort))
    with quiet_libraries(), case_progress("Calibrating", count, hidden=not progress) as advance:
        record, failures = calibrate_run(trained, cohort, advance)
        write_card(TrainedRun(trained.path))  # read anew, with what was found
    return require_all(record, failures, count)


def open_to_calibrate(run: str | PathLike[str] | TrainedRun) -> TrainedRun:
    """Return a finished run into whose folder a calibration may be written.

    Raises:
        UsageError: this is no finished run, or the model in the package.
        InputError: the model in the package is missing.
    """
    trained = run if isinstance(run, TrainedRun) else TrainedRun(find_run(run))
    require_not_default(trained.path, f"copy its folder, {trained.path}, and calibrate the copy")
    return trained.require_complete()
