"""Scores of a class prediction over a cohort, with their bootstrap intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from braintumornet.core.errors import InputError, UsageError
from braintumornet.core.names import suggest
from braintumornet.evaluation.bootstrap import Estimate, draw_patients, estimate


@dataclass(frozen=True)
class MarkerScores:
    """How well probabilities tell the classes of a cohort.

    Args:
        auc: class -> area under the ROC curve of that class against the rest.
        macro_auc: plain mean of these; not defined where one of them is not.
        balanced_accuracy: mean share of each class's cases whose most probable class is right, over the
            classes that have a case.
        cases: class -> number of cases.
    """

    auc: Mapping[str, Estimate]
    macro_auc: Estimate
    balanced_accuracy: Estimate
    cases: Mapping[str, int]


def marker_scores(
    classes: Sequence[str],
    truths: Sequence[str],
    probabilities: np.ndarray,
    patients: Sequence[str] | None = None,
) -> MarkerScores:
    """Return AUC and balanced accuracy over the cases whose class is known.

    Patients are resampled with replacement within each class, so that each class stays present, from a fixed
    seed. The order of the cases does not matter. The interval tells the spread over patients; the network is
    taken as it is.

    Args:
        classes: names, in the order of the columns.
        truths: class of each case.
        probabilities: array (cases, classes).
        patients: whose each case is; default one patient per case.

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
    truth = np.array([list(classes).index(name) for name in truths], dtype=int)
    patient = np.zeros_like(truth) if patients is None else np.unique(patients, return_inverse=True)[1]
    # one order for the same cases, so that the seed draws the same resamples whatever order they come in
    order = np.lexsort((*probabilities.T, truth, patient))
    truth, probabilities = truth[order], probabilities[order]
    weights = draw_patients(np.arange(len(truth)) if patients is None else patient[order], truth)

    counts = np.bincount(truth, minlength=len(classes))
    aucs = np.stack([_auc(scores, truth == k, weights) for k, scores in enumerate(probabilities.T)])  # (K, 1 + B)
    notes = [_auc_note(name, int(count), len(truth)) for name, count in zip(classes, counts, strict=True)]
    absent = [name for name, count in zip(classes, counts, strict=True) if not count]
    accuracy = _balanced_accuracy(probabilities.argmax(axis=1) == truth, truth, weights)
    return MarkerScores(
        auc={name: estimate(auc, note) for name, auc, note in zip(classes, aucs, notes, strict=True)},
        macro_auc=estimate(aucs.mean(axis=0), next(filter(None, notes), "")),
        balanced_accuracy=estimate(accuracy, _accuracy_note(absent, len(truth))),
        cases=dict(zip(classes, counts.tolist(), strict=True)),
    )


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
    recalls = [
        (weights[:, truth == k] @ correct[truth == k]) / weights[:, truth == k].sum(axis=1) for k in np.unique(truth)
    ]
    return np.mean(recalls, axis=0) if recalls else np.full(len(weights), nan)


def _auc_note(name: str, count: int, cases: int) -> str:
    if count == 0:
        return f"not defined: no case of class {name}" if cases else "not defined: no case"
    return f"not defined: every case is of class {name}" if count == cases else ""


def _accuracy_note(absent: Sequence[str], cases: int) -> str:
    if not cases:
        return "not defined: no case"
    return f"without {', '.join(absent)}: no case" if absent else ""
