"""What a person may choose about the scores of predictions."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from braintumornet.core.metric import Metric, find_metric
from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import suggest
from braintumornet.metrics.detection import DetectionMetric
from braintumornet.metrics.lesion_definition import LesionSettings, parse_lesions
from braintumornet.metrics.lesion_metrics import CaseLesionsMetric, LesionMetric
from braintumornet.metrics.marker_answers import MarkerMetric
from braintumornet.metrics.mask_pair import MaskMetric
from braintumornet.metrics.overlap import (
    Dice,
    Precision,
    PredictionVolume,
    Sensitivity,
    TruthVolume,
    VolumeDifference,
)
from braintumornet.metrics.surface import Hd95, SurfaceDice

Kind = TypeVar("Kind", bound=Metric)
MEASURED = (MaskMetric, MarkerMetric, CaseLesionsMetric, LesionMetric, DetectionMetric)
"""What `btn evaluate` measures itself; other metrics are those of a kind of task, which measures them."""


def _find(given: object) -> object:
    found = find_metric(given) if isinstance(given, str) else given
    if found is None:
        msg = f"no metric {given!r} is installed; {suggest(str(given), Metric.kinds())}"
        raise ValueError(msg)
    require(
        isinstance(found, MEASURED),
        f"the metric {given!r} is measured by a kind of task of its own, and cannot be asked for",
        ValueError,
    )
    return found


class ScoreSettings(Settings):
    """How predictions are scored.

    Args:
        tolerance_mm: distance up to which a border voxel counts as right for the surface Dice.
        lesions: what counts as a lesion; None for the default in the table of detection, and no scores per lesion.
        metrics: metrics to compute besides the usual ones, each as an object or by its name.

    Example:
        >>> [metric.name for metric in ScoreSettings(metrics=["surface_dice_3mm"]).of_masks()][-2:]
        ['volume_difference_ml', 'surface_dice_3mm']
    """

    tolerance_mm: float = Field(1.0, gt=0)
    lesions: LesionSettings | None = None
    metrics: tuple[Annotated[Metric, BeforeValidator(_find)], ...] = ()

    @model_validator(mode="after")
    def _lesions_are_defined(self) -> "ScoreSettings":
        for metric in self.metrics:
            require(
                self.lesions is not None or not isinstance(metric, (CaseLesionsMetric, LesionMetric)),
                f"the metric {metric.name!r} is about lesions; say what a lesion is (lesions)",
                ValueError,
            )
        return self

    def of_masks(self) -> list[MaskMetric]:
        """Return the metrics that compare two masks."""
        volumes = (TruthVolume(), PredictionVolume(), VolumeDifference())
        usual = (Dice(), SurfaceDice(tolerance_mm=self.tolerance_mm), Hd95(), Sensitivity(), Precision(), *volumes)
        return self.with_others(MaskMetric, usual)

    def with_others(self, kind: type[Any], usual: Sequence[Kind]) -> list[Kind]:
        """Return the usual metrics of a kind, and the other metrics of that kind that were asked for."""
        others = [metric for metric in self.metrics if isinstance(metric, kind)]
        return list({metric.name: metric for metric in (*usual, *others)}.values())


def parse_settings(tolerance_mm: float, lesions: str | None, metrics: Sequence[str]) -> ScoreSettings:
    """Return the settings that a person gives as options.

    Args:
        tolerance_mm: of the surface Dice.
        lesions: as `parse_lesions` reads it; None for no scores per lesion.
        metrics: names of those to compute besides the usual ones.

    Raises:
        UsageError: a setting that nobody knows, or a metric that is not installed or cannot be computed.

    Example:
        >>> parse_settings(1.0, "brats2023-met", []).lesions.dilation_mm
        1.0
    """
    lesion = None if lesions is None else parse_lesions(lesions)
    try:
        return ScoreSettings(tolerance_mm=tolerance_mm, lesions=lesion, metrics=metrics)
    except ValidationError as error:
        problems = "; ".join(str(problem["msg"]).removeprefix("Value error, ") for problem in error.errors())
        msg = f"--metric: {problems}"
        raise UsageError(msg) from error
