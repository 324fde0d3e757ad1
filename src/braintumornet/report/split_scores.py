"""Predictions of a run against labels, apart for patients that it never saw, was chosen by, and learned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord, read_predictions
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.workers.failures import CaseFailure, CasesFailedError
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.scoring.score_settings import ScoreSettings


class Kind(StrEnum):
    """What a run knows of a case's patient."""

    UNSEEN = "unseen"
    VALIDATION = "validation"
    TRAINING = "training"


@dataclass(frozen=True)
class ScoredSet:
    """The cases of one kind of which the run predicted at least one.

    Args:
        kind: what the run knows of them.
        cohort: the cases; those without a prediction count as predicted empty, their markers as wrong.
        scores: of these cases.
        missing: ids of those without a prediction.
        failures: those with a file that cannot be read; they are not scored.
    """

    kind: Kind
    cohort: Cohort
    scores: Scores
    missing: tuple[str, ...]
    failures: tuple[CaseFailure, ...] = ()


@dataclass(frozen=True)
class Predicted:
    """What a folder of predictions says of a run.

    Args:
        records: case id -> prediction, of those that this run made and can be read.
        sets: unseen first.
        others: ids of cases that another run predicted; they are not scored.
    """

    records: Mapping[str, PredictionRecord]
    sets: tuple[ScoredSet, ...]
    others: tuple[str, ...]

    @property
    def failures(self) -> tuple[CaseFailure, ...]:
        """Cases that could not be scored."""
        return tuple(failure for scored in self.sets for failure in scored.failures)

    @property
    def notes(self) -> dict[str, list[str]]:
        """What the predictions say beside their answers -> ids of the cases of which they say it."""
        noted: dict[str, list[str]] = {}
        for case_id, record in self.records.items():
            for note in record.remarks:
                noted.setdefault(note, []).append(case_id)
        return noted


def score_run(run: TrainedRun, cohort: Cohort, folder: Path, settings: ScoreSettings | None = None) -> Predicted:
    """Score what a run predicted.

    Args:
        run: which.
        cohort: with labels.
        folder: of the predictions.
        settings: what is measured.

    Raises:
        InputError: no prediction in the folder was made by this run, or no predicted case has a label.
    """
    found, damaged = read_predictions(folder, [case.id for case in cohort])
    require(
        found or damaged,
        f"{folder} holds no prediction of any case of cohort {cohort.name}; make some with `btn predict`",
    )
    model = run.fingerprint
    own = {case_id: record for case_id, record in found.items() if record.provenance.get("model") == model}
    others = found.keys() - own.keys()
    if len(others) == len(found) and not damaged:
        raise InputError(_not_ours(next(iter(found.values())), run, folder))
    predicted = {*own, *(failure.case_id for failure in damaged)}
    kinds = _kinds(run, cohort.select(lambda case: case.id not in others), cohort)
    sets = []
    for kind in Kind:
        ids = [case_id for case_id, its_kind in kinds.items() if its_kind == kind]
        if not predicted.isdisjoint(ids):
            sets.append(_score_set(kind, cohort.with_ids(ids), folder, settings))
    require(
        any(len(scored.scores) for scored in sets),
        f"none of the {len(predicted)} predicted cases of cohort {cohort.name} has a label of a task of "
        f"{run.path}; give a table with masks or markers, or omit --cohort and --predictions",
    )
    return Predicted(own, tuple(sets), tuple(case_id for case_id in found if case_id in others))


def _score_set(kind: Kind, cases: Cohort, folder: Path, settings: ScoreSettings | None) -> ScoredSet:
    missing = tuple(case.id for case in cases if not PredictionFolder(folder).summary(case.id).exists())
    try:
        return ScoredSet(kind, cases, evaluate_cohort(cases, folder, settings=settings), missing)
    except CasesFailedError as failed:
        return ScoredSet(kind, cases, failed.done, missing, failed.failures)


def _kinds(run: TrainedRun, cases: Cohort, cohort: Cohort) -> dict[str, Kind]:
    """Return what a run knows of each case: of the patient, be it another scan or in the run that it started from.

    Args:
        run: whose split says who trained and validated.
        cases: asked about.
        cohort: tells whose the cases of the run were, as far as they are in it.
    """
    trained, patients = run.folder.learned_from()
    validated, chosen_by = frozenset(run.split.val), frozenset(run.split.val_patients)
    patients |= {case.patient_id for case in cohort if case.id in trained}
    chosen_by |= {case.patient_id for case in cohort if case.id in validated}

    def kind(case: Case) -> Kind:
        if case.id in trained or case.patient_id in patients:
            return Kind.TRAINING
        return Kind.VALIDATION if case.id in validated or case.patient_id in chosen_by else Kind.UNSEEN

    return {case.id: kind(case) for case in cases}


def _not_ours(record: PredictionRecord, run: TrainedRun, folder: Path) -> str:
    origin = record.provenance
    return (
        f"the predictions in {folder} were made by run {origin.get('run', 'unknown')!r} with the weights "
        f"{origin.get('model', 'unknown')}, but {run.path} has the weights {run.fingerprint}; "
        f"predict again with `btn predict ... --run {run.path}`, or report on the run that made them"
    )
