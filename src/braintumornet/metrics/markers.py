"""Metrics of a cohort's answers to a marker, each with its bootstrap interval over patients."""

from collections.abc import Mapping
from math import nan
from typing import ClassVar, Literal

import numpy as np

from braintumornet.core.metric import Better, Share
from braintumornet.metrics.calibration import calibration_error, squared_errors
from braintumornet.metrics.marker_answers import MACRO, NO_CASE, MarkerAnswers, MarkerMetric, say_missing, weighted_mean
from braintumornet.statistics.known_values import ratio_known
from braintumornet.statistics.patient_bootstrap import Estimate, estimate

WORST_SQUARED_ERROR = 2.0
"""Of a case whose whole probability lies on one wrong class."""


class Auc(MarkerMetric, Share):
    """Area under the ROC curve of each class against the rest; `macro` is their plain mean, if all are defined."""

    kind: Literal["auc"] = "auc"

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return the share of pairs, one of the class and one of the rest, in the right order; a tie is half."""
        wrong = 1.0 - np.eye(len(answers.classes))[answers.truth]  # sure of every other class
        ranked = np.where(answers.given[:, None], answers.probabilities, wrong)
        aucs = np.stack([_auc(scores, answers.truth == k, answers.weights) for k, scores in enumerate(ranked.T)])
        of_class = {
            name: answers.estimate(auc, answers.notes[name]) for name, auc in zip(answers.classes, aucs, strict=True)
        }
        return of_class | {MACRO: answers.estimate(aucs.mean(axis=0), next(filter(None, answers.notes.values()), ""))}


class MarkerSensitivity(MarkerMetric, Share):
    """Share of each class's cases for which it is the most probable class."""

    kind: Literal["marker_sensitivity"] = "marker_sensitivity"

    @property
    def name(self) -> str:
        """As the field calls it, and as it is called of masks."""
        return "sensitivity"

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return the share for each class."""
        return {
            name: answers.estimate(
                answers.share(answers.is_predicted(name), answers.is_of(name)), "" if count else answers.notes[name]
            )
            for name, count in answers.cases.items()
        }


class Specificity(MarkerMetric, Share):
    """Share of the other cases for which a class is not the most probable one."""

    kind: Literal["specificity"] = "specificity"

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return the share for each class."""
        none = "" if len(answers.truth) else NO_CASE
        return {
            name: answers.estimate(
                answers.share(~answers.is_predicted(name), ~answers.is_of(name)), answers.notes[name] if count else none
            )
            for name, count in answers.cases.items()
        }


class BalancedAccuracy(MarkerMetric, Share):
    """Mean share of each class's cases whose most probable class is right, over the classes that have a case."""

    kind: Literal["balanced_accuracy"] = "balanced_accuracy"

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return the mean."""
        correct = answers.predicted == answers.truth
        recalls = [answers.share(correct, answers.truth == k) for k in np.unique(answers.truth)]
        absent = ", ".join(name for name, count in answers.cases.items() if not count)
        if not recalls:
            return {MACRO: answers.estimate(np.full(len(answers.weights), nan), NO_CASE)}
        return {MACRO: answers.estimate(np.mean(recalls, axis=0), f"without {absent}: no case" if absent else "")}


class Brier(MarkerMetric):
    """Mean over cases of the squared errors, summed over the classes: 0 to 2."""

    kind: Literal["brier"] = "brier"
    better: ClassVar[Better] = Better.LOWER
    largest_difference: ClassVar[float] = WORST_SQUARED_ERROR

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return the mean."""
        errors = np.where(answers.given, squared_errors(answers.probabilities, answers.truth), WORST_SQUARED_ERROR)
        return {MACRO: answers.estimate(weighted_mean(errors, answers.weights), "" if len(errors) else NO_CASE)}


class CalibrationError(MarkerMetric):
    """Expected gap between the probability of the most probable class and how often it is right.

    Calibration is about answers: cases without one are left out.
    """

    kind: Literal["calibration_error"] = "calibration_error"
    better: ClassVar[Better] = Better.LOWER
    largest_difference: ClassVar[float] = 1.0

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return the gap over ten bins; NaN where no answer was drawn."""
        weights = answers.weights[:, answers.given]
        error, sampled = np.full(len(weights), nan), weights.sum(axis=1) > 0
        if len(answers.correct):
            error[sampled] = calibration_error(answers.confidence, answers.correct, weights[sampled])
        return {MACRO: estimate(error, _note_calibration(answers.given))}


def _auc(score: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return per row of weights the share of pairs (positive, negative) in the right order; a tie is half."""
    above = score[positive][:, None] - score[~positive]  # (positives, negatives)
    right = 0.5 * (1 + np.sign(above))
    of_positives, of_negatives = weights[:, positive], weights[:, ~positive]
    pairs = of_positives.sum(axis=1) * of_negatives.sum(axis=1)
    hits = np.einsum("bn,bn->b", of_positives @ right, of_negatives)
    return ratio_known(hits, pairs)


def _note_calibration(given: np.ndarray) -> str:
    if given.all():
        return "" if len(given) else NO_CASE
    return f"{say_missing(int((~given).sum()))} elsewhere, left out here" if given.any() else "not defined: no answer"
