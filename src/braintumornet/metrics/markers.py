"""Scores of a class prediction over a cohort, with their bootstrap intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import suggest
from braintumornet.metrics.calibration import ReliabilityBin, calibration_error, reliability, squared_errors
from braintumornet.statistics.patient_bootstrap import Estimate, draw_patients, estimate

NO_ANSWER = "nothing"
WRONG = "without a prediction: counted as wrong"
WORST_SQUARED_ERROR = 2.0
"""Of a case whose whole probability lies on one wrong class."""


@dataclass(frozen=True)
class MarkerScores:
    """How well probabilities tell the classes of a cohort.

    Args:
        auc: class -> area under the ROC curve of that class against the rest.
        macro_auc: plain mean of these; not defined where one of them is not.
        balanced_accuracy: mean share of each class's cases whose most probable class is right, over the
            classes that have a case.
        sensitivity: class -> share of its cases for which it is the most probable class.
        specificity: class -> share of the other cases for which it is not.
        brier: mean over cases of the squared errors, summed over the classes: 0 to 2.
        calibration_error: expected gap between the probability of the most probable class and how often it is right.
        reliability: the curve behind it.
        confusion: true class -> most probable class, or `nothing` where there is no answer -> number of cases.
        cases: class -> number of cases.
    """

    auc: Mapping[str, Estimate]
    macro_auc: Estimate
    balanced_accuracy: Estimate
    sensitivity: Mapping[str, Estimate]
    specificity: Mapping[str, Estimate]
    brier: Estimate
    calibration_error: Estimate
    reliability: tuple[ReliabilityBin, ...]
    confusion: Mapping[str, Mapping[str, int]]
    cases: Mapping[str, int]


def marker_scores(
    classes: Sequence[str],
    truths: Sequence[str],
    probabilities: np.ndarray,
    patients: Sequence[str] | None = None,
    answered: Sequence[bool] | None = None,
) -> MarkerScores:
    """Score class probabilities over the cases whose class is known.

    Patients are resampled with replacement within each class, so that each class stays present, from a fixed
    seed. The order of the cases and of the classes does not matter: where two classes are the most probable, the
    first by name counts. The interval tells the spread over patients; the network is taken as it is.

    A case without an answer counts as if the network had been sure of every other class: no score can gain by it.
    Calibration is about answers, so that it is left out there.

    Args:
        classes: names, in the order of the columns.
        truths: class of each case.
        probabilities: array (cases, classes).
        patients: whose each case is; default one patient per case.
        answered: whether there is an answer; a case without one counts as wrong, whatever its probabilities, which
            must be numbers all the same.

    Raises:
        InputError: a class that is not in `classes`, or a probability that is no number.
        UsageError: the lengths do not fit.

    Example:
        >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
        >>> scores = marker_scores(["a", "b"], ["a", "a", "b"], probabilities)
        >>> scores.macro_auc.value, scores.balanced_accuracy.value
        (1.0, 0.75)
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if not len(truths) and not probabilities.size:
        probabilities = probabilities.reshape(0, len(classes))
    _require_fitting(classes, truths, probabilities, patients)
    # one order of the classes and of the cases, so that the seed draws the same resamples whatever order they come in
    by_name = sorted(classes)
    probabilities = probabilities[:, [list(classes).index(name) for name in by_name]]
    truth = np.array([by_name.index(name) for name in truths], dtype=int)
    patient = np.zeros_like(truth) if patients is None else np.unique(patients, return_inverse=True)[1]
    given = np.ones(len(truth), dtype=bool) if answered is None else np.asarray(answered, dtype=bool)
    order = np.lexsort((given, *probabilities.T, truth, patient))
    truth, probabilities, given = truth[order], probabilities[order], given[order]
    weights = draw_patients(np.arange(len(truth)) if patients is None else patient[order], truth)
    return _score(by_name, truth, probabilities, given, weights)


def _score(
    classes: list[str], truth: np.ndarray, probabilities: np.ndarray, given: np.ndarray, weights: np.ndarray
) -> MarkerScores:
    """Score cases in their order: truth (N,), probabilities (N, K), whether given (N,), weights (1 + B, N)."""
    counts = np.bincount(truth, minlength=len(classes))
    present = dict(zip(classes, counts.tolist(), strict=True))
    absent = [name for name, count in present.items() if not count]
    said = _say_missing(len(given) - int(given.sum()))
    notes = {name: _auc_note(name, count, len(truth)) for name, count in present.items()}
    told = np.where(given, probabilities.argmax(axis=1), len(classes))  # one more for no answer
    wrong = 1.0 - np.eye(len(classes))[truth]  # sure of every other class
    ranked = np.where(given[:, None], probabilities, wrong)
    aucs = np.stack([_auc(scores, truth == k, weights) for k, scores in enumerate(ranked.T)])  # (K, 1 + B)
    errors = np.where(given, squared_errors(probabilities, truth), WORST_SQUARED_ERROR)
    of_class = {name: truth == k for k, name in enumerate(classes)}
    says_class = {name: np.where(given, told == k, truth != k) for k, name in enumerate(classes)}
    correct, confidence = (told == truth)[given], probabilities.max(axis=1, initial=0)[given]
    none = "" if len(truth) else "not defined: no case"

    def rate(values: np.ndarray, *why: str) -> Estimate:
        return estimate(values, "; ".join(filter(None, [*why, said])))

    return MarkerScores(
        auc={name: rate(auc, notes[name]) for name, auc in zip(classes, aucs, strict=True)},
        macro_auc=rate(aucs.mean(axis=0), next(filter(None, notes.values()), "")),
        balanced_accuracy=rate(_balanced_accuracy(told == truth, truth, weights), _accuracy_note(absent, len(truth))),
        sensitivity={
            name: rate(_share(says_class[name], of_class[name], weights), "" if present[name] else notes[name])
            for name in classes
        },
        specificity={
            name: rate(_share(~says_class[name], ~of_class[name], weights), notes[name] if present[name] else none)
            for name in classes
        },
        brier=rate(_mean(errors, weights), none),
        calibration_error=estimate(_calibration(confidence, correct, weights[:, given]), _calibration_note(given)),
        reliability=reliability(confidence, correct),
        confusion={
            name: {said: int((of_class[name] & (told == k)).sum()) for k, said in enumerate([*classes, NO_ANSWER])}
            for name in classes
        },
        cases=present,
    )


def _calibration(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the calibration error per row of weights; NaN where no answer was drawn."""
    error = np.full(len(weights), nan)
    drawn = weights.sum(axis=1) > 0
    if len(correct):
        error[drawn] = calibration_error(confidence, correct, weights[drawn])
    return error


def _share(hits: np.ndarray, among: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _mean(hits[among], weights[:, among])


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean per row of weights; NaN where there is nothing."""
    total = weights.sum(axis=1)
    means: np.ndarray = np.divide(weights @ values, total, out=np.full(len(weights), nan), where=total > 0)
    return means


def _require_fitting(
    classes: Sequence[str], truths: Sequence[str], probabilities: np.ndarray, patients: Sequence[str] | None
) -> None:
    expected = (len(truths), len(classes))
    if probabilities.shape != expected or (patients is not None and len(patients) != len(truths)):
        who = "" if patients is None else f" and {len(patients)} patients"
        msg = (
            f"probabilities of shape {probabilities.shape}{who} do not fit {len(truths)} cases and "
            f"{len(classes)} classes; give one row per case and one column per class"
        )
        raise UsageError(msg)
    for row, name in enumerate(truths):
        if name not in classes:
            msg = f"case number {row + 1} has the class {name!r}; {suggest(name, classes)}"
            raise InputError(msg)
    broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if broken.size:
        msg = f"case number {broken[0] + 1} has a probability that is no number; predict it again"
        raise InputError(msg)


def _auc(score: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return per row of weights the share of pairs (positive, negative) in the right order; a tie is half."""
    above = score[positive][:, None] - score[~positive]  # (positives, negatives)
    right = 0.5 * (1 + np.sign(above))
    of_positives, of_negatives = weights[:, positive], weights[:, ~positive]
    pairs = of_positives.sum(axis=1) * of_negatives.sum(axis=1)
    hits = np.einsum("bn,bn->b", of_positives @ right, of_negatives)
    aucs: np.ndarray = np.divide(hits, pairs, out=np.full(len(weights), nan), where=pairs > 0)
    return aucs


def _balanced_accuracy(correct: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    recalls = [_share(correct, truth == k, weights) for k in np.unique(truth)]
    return np.mean(recalls, axis=0) if recalls else np.full(len(weights), nan)


def _auc_note(name: str, count: int, cases: int) -> str:
    if count == 0:
        return f"not defined: no case of class {name}" if cases else "not defined: no case"
    return f"not defined: every case is of class {name}" if count == cases else ""


def _say_missing(number: int) -> str:
    return f"{number} case{'' if number == 1 else 's'} {WRONG}" if number else ""


def _calibration_note(given: np.ndarray) -> str:
    if given.all():
        return "" if len(given) else "not defined: no case"
    return f"{_say_missing(int((~given).sum()))} elsewhere, left out here" if given.any() else "not defined: no answer"


def _accuracy_note(absent: Sequence[str], cases: int) -> str:
    if not cases:
        return "not defined: no case"
    return f"without {', '.join(absent)}: no case" if absent else ""
