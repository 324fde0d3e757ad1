"""Metrics of lesions: of all that a case has, and of each by itself."""

from abc import abstractmethod
from typing import ClassVar, Literal

from braintumornet.core.metric import Better, Metric, Share
from braintumornet.metrics.lesionwise import Lesion, LesionScores


class CaseLesionsMetric(Metric):
    """Base class of metrics of the lesions of a case."""

    @abstractmethod
    def measure(self, scores: LesionScores) -> float:
        """Return the value of a case, in the metric's unit.

        Args:
            scores: scores of the lesions of one structure, with volumes in ml and distances in mm.
        """


class LesionMetric(Metric):
    """Base class of metrics of one lesion: one of the truth with its predicted match, or a false one."""

    @abstractmethod
    def measure(self, lesion: Lesion) -> float:
        """Return the value of a lesion, in the metric's unit.

        Args:
            lesion: the lesion, with volumes in ml and distances in mm.
        """


class LesionwiseDice(CaseLesionsMetric, Share):
    """The BraTS Dice per lesion."""

    kind: Literal["lesionwise_dice"] = "lesionwise_dice"

    def measure(self, scores: LesionScores) -> float:
        """Return the mean Dice over the lesions."""
        return scores.dice


class LesionwiseHd95(CaseLesionsMetric):
    """The BraTS HD95 per lesion."""

    kind: Literal["lesionwise_hd95_mm"] = "lesionwise_hd95_mm"
    unit: ClassVar[str] = "mm"
    better: ClassVar[Better] = Better.LOWER

    def measure(self, scores: LesionScores) -> float:
        """Return the mean HD95 over the lesions."""
        return scores.hd95_mm


class Lesions(CaseLesionsMetric):
    """How many lesions the truth has."""

    kind: Literal["lesions"] = "lesions"

    def measure(self, scores: LesionScores) -> float:
        """Return the number of lesions that count."""
        return sum(lesion.there for lesion in scores.lesions)


class LesionsFound(CaseLesionsMetric):
    """How many lesions were found."""

    kind: Literal["lesions_found"] = "lesions_found"
    better: ClassVar[Better] = Better.HIGHER

    def measure(self, scores: LesionScores) -> float:
        """Return the number of lesions that something predicted answers."""
        return sum(lesion.found for lesion in scores.lesions)


class LesionsFalse(CaseLesionsMetric):
    """How many lesions were made up."""

    kind: Literal["lesions_false"] = "lesions_false"
    better: ClassVar[Better] = Better.LOWER

    def measure(self, scores: LesionScores) -> float:
        """Return the number of predicted components that answer no lesion."""
        return sum(not lesion.there for lesion in scores.lesions)


class LesionTruthVolume(LesionMetric):
    """The volume of a lesion."""

    kind: Literal["lesion_truth_ml"] = "lesion_truth_ml"
    unit: ClassVar[str] = "ml"

    def measure(self, lesion: Lesion) -> float:
        """Return its volume; 0 for a false one."""
        return lesion.truth_ml


class LesionPredictionVolume(LesionMetric):
    """The volume of what answers a lesion."""

    kind: Literal["lesion_prediction_ml"] = "lesion_prediction_ml"
    unit: ClassVar[str] = "ml"

    def measure(self, lesion: Lesion) -> float:
        """Return the volume; 0 for a missed one."""
        return lesion.prediction_ml


class LesionDice(LesionMetric, Share):
    """The Dice of a lesion."""

    kind: Literal["lesion_dice"] = "lesion_dice"

    def measure(self, lesion: Lesion) -> float:
        """Return the Dice with what answers it."""
        return lesion.dice


class LesionHd95(LesionMetric):
    """The HD95 of a lesion."""

    kind: Literal["lesion_hd95_mm"] = "lesion_hd95_mm"
    unit: ClassVar[str] = "mm"
    better: ClassVar[Better] = Better.LOWER

    def measure(self, lesion: Lesion) -> float:
        """Return the HD95 to what answers it."""
        return lesion.hd95_mm
