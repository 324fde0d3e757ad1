"""Labelled cases that chose nothing tell how often a run is right."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.text.errors import InputError
from braintumornet.core.workers.failures import CaseFailure, attempt, part_failures
from braintumornet.inference.calibration_evidence import observe
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.uncertainty.calibration import Calibrated, CaseEvidence, calibrate
from braintumornet.uncertainty.split_conformal import CONFIDENCE, fewest_cases


def calibrate_run(
    run: TrainedRun, cohort: Cohort, advance: Callable[[Case], object] = lambda case: None
) -> tuple[CalibrationRecord, list[CaseFailure]]:
    """Calibrate a run on labelled cases, and keep what was found in its folder.

    Args:
        run: finished.
        cohort: of which the labelled cases count.
        advance: called after each case.

    Returns:
        What was found, and the cases that could not be used.

    Raises:
        UsageError: the run is not finished.
        InputError: a case taught the run or chose its weights, or too few are labelled.
    """
    cases = choose_calibration_cases(run.require_complete(), cohort)
    predictor = Predictor.from_run(run.path)
    tried: list[CaseEvidence | CaseFailure] = []
    with TemporaryDirectory(prefix="btn-calibrate-") as folder:
        for case in cases:
            tried.append(attempt(partial(observe, predictor, case, Path(folder)), case.id))
            advance(case)
    evidence, failures = part_failures(tried)
    phantoms = any(case.is_synthetic for case in cases)
    record = calibrate(Calibrated(run.fingerprint, run.config.fingerprint(), phantoms), evidence)
    _require_groups(record, failures)
    write_json(run.folder.calibration, record.as_json())
    return record, failures


def choose_calibration_cases(run: TrainedRun, cohort: Cohort) -> list[Case]:
    """Return the labelled cases, one of each patient, none of whom taught the run or chose its weights.

    Raises:
        InputError: one did, or they are too few.
    """
    cases, patients = run.folder.learned_from()
    chose = {*run.split.val}, {*run.split.val_patients}
    for case in cohort:
        taught = case.id in cases or case.patient_id in patients
        if taught or case.id in chose[0] or case.patient_id in chose[1]:
            what = "taught the run" if taught else "was validated on, so that it chose the run's weights"
            msg = (
                f"case {case.id}, or another of its patient, {what}: it would say that the run is surer than it is; "
                "calibrate on cases that chose nothing (those of the run's test set: --split test)"
            )
            raise InputError(msg)
    tasks = run.config.tasks
    labelled = [case for case in cohort if any(task.labelled(case) for task in tasks)]
    first = {case.patient_id: case for case in reversed(labelled)}  # visits of one patient tell no more than one
    chosen = [case for case in labelled if first[case.patient_id] is case]
    _require_number(len(chosen), f"{len(chosen)} patients with labels of {', '.join(task.name for task in tasks)}")
    return chosen


def _require_groups(record: CalibrationRecord, failures: list[CaseFailure]) -> None:
    if not any(group.volumes or group.markers for group in record.groups):
        failed = f" ({len(failures)} failed: {failures[0]})" if failures else ""
        _require_number(0, f"no {fewest_cases()} with the same sequences and a label of the same task{failed}")


def _require_number(cases: int, found: str) -> None:
    least = fewest_cases()
    if cases < least:
        msg = (
            f"expected at least {least} labelled cases, of different patients and with the same sequences, without "
            f"which nothing can be said with {100 * CONFIDENCE:.0f} % confidence; found {found}; add cases"
        )
        raise InputError(msg)
