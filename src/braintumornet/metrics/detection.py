"""Metrics of detection: how many lesions of a cohort were found, and how many were made up."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import ClassVar, Literal

from braintumornet.core.metric import Better, Metric, Share
from braintumornet.metrics.lesionwise import Lesion


@dataclass(frozen=True)
class Detection:
    """Counts of the lesions of a cohort, or of those of one size.

    Args:
        cases: number of cases in which lesions were looked for.
        there: number of lesions of the truth.
        found: number of these that a predicted component touches.
        false: number of components that touch none.
    """

    cases: int
    there: int
    found: int
    false: int

    @classmethod
    def of(cls, lesions: Sequence[Lesion], cases: int) -> "Detection":
        """Count lesions.

        Args:
            lesions: lesions of the truth, and false ones.
            cases: number of cases in which lesions were looked for.
        """
        there = sum(lesion.there for lesion in lesions)
        return cls(cases, there, sum(lesion.found for lesion in lesions), len(lesions) - there)


class DetectionMetric(Metric):
    """Base class of metrics of all lesions of a cohort."""

    @abstractmethod
    def measure(self, lesions: Detection) -> float:
        """Return the value, in the metric's unit; NaN if there is nothing to compute it from.

        Args:
            lesions: how many lesions were there, found and false, and in how many cases.
        """


class DetectionSensitivity(DetectionMetric, Share):
    """How many of the lesions were found."""

    kind: Literal["detection_sensitivity"] = "detection_sensitivity"

    def measure(self, lesions: Detection) -> float:
        """Return those found over those there."""
        return lesions.found / lesions.there if lesions.there else nan


class DetectionPrecision(DetectionMetric, Share):
    """How many of the lesions told are there."""

    kind: Literal["detection_precision"] = "detection_precision"

    def measure(self, lesions: Detection) -> float:
        """Return those found over those found and made up; 0 where nothing was told of what is there."""
        predicted = lesions.found + lesions.false
        # nothing predicted where lesions are is no precision of 1: it must not pay to stay silent
        return lesions.found / predicted if predicted else (0.0 if lesions.there else nan)


class DetectionF1(DetectionMetric, Share):
    """The harmonic mean of both."""

    kind: Literal["detection_f1"] = "detection_f1"

    def measure(self, lesions: Detection) -> float:
        """Return twice those found over those there, found and made up."""
        every = lesions.there + lesions.false
        return 2 * lesions.found / (every + lesions.found) if every else nan


class FalseLesions(DetectionMetric):
    """How many lesions were made up."""

    kind: Literal["false_lesions_per_case"] = "false_lesions_per_case"
    better: ClassVar[Better] = Better.LOWER

    def measure(self, lesions: Detection) -> float:
        """Return their mean over the cases; NaN where lesions were looked for in none."""
        return lesions.false / lesions.cases if lesions.cases else nan
