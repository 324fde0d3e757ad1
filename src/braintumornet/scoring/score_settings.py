"""What a person may choose about the scores of predictions."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from braintumornet.core.component import Settings
from braintumornet.core.metric import Metric, find_metric
from braintumornet.core.text.names import suggest
from braintumornet.metrics.lesion_definition import LesionSettings
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


def _find(given: object) -> object:
    found = find_metric(given) if isinstance(given, str) else given
    if found is None:
        msg = f"no metric {given!r} is installed; {suggest(str(given), Metric.kinds())}"
        raise ValueError(msg)
    return found


class ScoreSettings(Settings):
    """How predictions are scored.

    Args:
        tolerance_mm: up to which distance a border voxel is right for the surface Dice.
        lesions: what counts as a lesion; None for the default in the table of detection, and no scores per lesion.
        metrics: those to compute besides the usual ones, each as it is or by its name.

    Example:
        >>> [metric.name for metric in ScoreSettings(metrics=["surface_dice_3mm"]).of_masks()][-2:]
        ['volume_difference_ml', 'surface_dice_3mm']
    """

    tolerance_mm: float = Field(1.0, gt=0)
    lesions: LesionSettings | None = None
    metrics: tuple[Annotated[Metric, BeforeValidator(_find)], ...] = ()

    def of_masks(self) -> list[MaskMetric]:
        """Return the metrics of two masks."""
        volumes = (TruthVolume(), PredictionVolume(), VolumeDifference())
        usual = (Dice(), SurfaceDice(tolerance_mm=self.tolerance_mm), Hd95(), Sensitivity(), Precision(), *volumes)
        return self.with_others(MaskMetric, usual)

    def with_others(self, kind: type[Any], usual: Sequence[Kind]) -> list[Kind]:
        """Return the usual metrics of a kind, and those of it that were asked for besides."""
        others = [metric for metric in self.metrics if isinstance(metric, kind)]
        return list({metric.name: metric for metric in (*usual, *others)}.values())
