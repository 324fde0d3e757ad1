"""A cohort's answers to a marker, and what is measured on them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from braintumornet.core.metric import Metric
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import require_among
from braintumornet.statistics.known_values import ratio_known
from braintumornet.statistics.patient_bootstrap import Estimate, draw_patients, estimate

MACRO = "macro"
"""Structure of what is about all classes."""
NO_ANSWER = "nothing"
NO_CASE = "not defined: no case"
WRONG = "without a prediction: counted as wrong"


@dataclass(frozen=True, eq=False)
class MarkerAnswers:
    """Class probabilities of the cases whose class is known, in a fixed order, with their resamples.

    Patients are resampled from a fixed seed, with replacement within each class, so each class stays present. The order
    in which cases and classes are given does not matter: if two classes are the most probable, the first by name
    counts. The interval describes the spread over patients; the network is taken as it is.

    A case without an answer counts as if the network had been sure of every other class, so no score can gain from it.

    Args:
        classes: class names, sorted.
        truth: index of each case's class, (N,).
        probabilities: probability of each class, (N, K).
        given: whether there is an answer, (N,).
        weights: how often each case counts: once in the first row, as drawn in the others, (1 + B, N).
    """

    classes: Sequence[str]
    truth: np.ndarray
    probabilities: np.ndarray
    given: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(
        cls,
        classes: Sequence[str],
        truths: Sequence[str],
        probabilities: np.ndarray,
        patients: Sequence[str] | None = None,
        answered: Sequence[bool] | None = None,
    ) -> "MarkerAnswers":
        """Return the answers for the cases of a cohort.

        Args:
            classes: class names, in the order of the columns.
            truths: class of each case.
            probabilities: array (cases, classes).
            patients: patient of each case; default: one patient per case.
            answered: whether there is an answer; a case without one counts as wrong, whatever its probabilities are.

        Raises:
            InputError: a class is not in `classes`, or a probability is not a number.
            UsageError: the lengths do not match.

        Example:
            >>> from braintumornet.metrics.markers import Auc, BalancedAccuracy
            >>> answers = MarkerAnswers.of("ab", "aab", np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]]))
            >>> Auc().measure(answers)["macro"].value, BalancedAccuracy().measure(answers)["macro"].value
            (1.0, 0.75)
        """
        probabilities = np.asarray(probabilities, dtype=np.float64)
        if not probabilities.size:
            probabilities = probabilities.reshape(0, len(classes))
        _require_fitting(classes, truths, probabilities, patients)
        by_name = sorted(classes)  # one order of classes and cases: the seed draws the same whatever order they come in
        probabilities = probabilities[:, [list(classes).index(name) for name in by_name]]
        truth = np.array([by_name.index(name) for name in truths], dtype=int)
        patient = np.zeros_like(truth) if patients is None else np.unique(patients, return_inverse=True)[1]
        given = np.ones(len(truth), dtype=bool) if answered is None else np.asarray(answered, dtype=bool)
        order = np.lexsort((given, *probabilities.T, truth, patient))
        truth, probabilities, given = truth[order], probabilities[order], given[order]
        weights = draw_patients(np.arange(len(truth)) if patients is None else patient[order], truth)
        return cls(by_name, truth, probabilities, given, weights)

    @cached_property
    def predicted(self) -> np.ndarray:
        """Index of the most probable class, or the number of classes if there is no answer, (N,)."""
        return np.where(self.given, self.probabilities.argmax(axis=1), len(self.classes))

    @cached_property
    def cases(self) -> dict[str, int]:
        """Class -> number of cases."""
        return dict(zip(self.classes, np.bincount(self.truth, minlength=len(self.classes)).tolist(), strict=True))

    @cached_property
    def notes(self) -> dict[str, str]:
        """Class -> why it cannot be told from the others; empty if it can."""
        return {name: _note_class(name, count, len(self.truth)) for name, count in self.cases.items()}

    @property
    def confusion(self) -> dict[str, dict[str, int]]:
        """True class -> most probable class, or `nothing` if there is no answer -> number of cases."""
        said = [*self.classes, NO_ANSWER]
        return {
            name: {other: int((self.is_of(name) & (self.predicted == k)).sum()) for k, other in enumerate(said)}
            for name in self.classes
        }

    @cached_property
    def confidence(self) -> np.ndarray:
        """Probability of the most probable class of each answer, (A,)."""
        highest: np.ndarray = self.probabilities.max(axis=1, initial=0)[self.given]
        return highest

    @cached_property
    def correct(self) -> np.ndarray:
        """Whether the most probable class of each answer is right, (A,)."""
        right: np.ndarray = (self.predicted == self.truth)[self.given]
        return right

    def is_of(self, name: str) -> np.ndarray:
        """Return which cases are of a class, (N,)."""
        cases: np.ndarray = self.truth == self.classes.index(name)
        return cases

    def is_predicted(self, name: str) -> np.ndarray:
        """Return which cases were predicted to be of a class, (N,); without an answer, the prediction is wrong."""
        return np.where(self.given, self.predicted == self.classes.index(name), ~self.is_of(name))

    def share(self, hits: np.ndarray, among: np.ndarray) -> np.ndarray:
        """Return the share of hits among some of the cases, (1 + B,)."""
        return weighted_mean(hits[among], self.weights[:, among])

    def estimate(self, values: np.ndarray, *why: str) -> Estimate:
        """Return a value with its interval.

        Args:
            values: value for the cases as they are, and for each of their resamples, (1 + B,).
            why: text of the note, before the number of cases without an answer.
        """
        return estimate(values, "; ".join(filter(None, [*why, say_missing(int((~self.given).sum()))])))


class MarkerMetric(Metric):
    """Base class of metrics of the predictions of a marker for a cohort."""

    @abstractmethod
    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        """Return class, or `macro` for all classes -> value and interval; NaN if it is not defined.

        Args:
            answers: probabilities (N, K) of N cases and K classes, with the true class of each case.
        """


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean of values (N,) for each row of weights (B, N); NaN where there is nothing."""
    return ratio_known(weights @ values, weights.sum(axis=1))


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
        require_among(name, classes, f"case number {row + 1} has the class {name!r}", InputError)
    broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if broken.size:
        msg = f"case number {broken[0] + 1} has a probability that is no number; predict it again"
        raise InputError(msg)


def _note_class(name: str, count: int, cases: int) -> str:
    if count == 0:
        return f"not defined: no case of class {name}" if cases else NO_CASE
    return f"not defined: every case is of class {name}" if count == cases else ""


def say_missing(number: int) -> str:
    """Return how many cases have no answer, or nothing."""
    return f"{number} case{'' if number == 1 else 's'} {WRONG}" if number else ""
