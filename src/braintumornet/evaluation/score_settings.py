"""What a person may choose about the scores of masks."""

from pydantic import Field

from braintumornet.core.component import Settings
from braintumornet.metrics.lesion_definition import LesionSettings


class ScoreSettings(Settings):
    """How masks are scored.

    Args:
        tolerance_mm: up to which distance a border voxel is right for the surface Dice.
        lesions: what counts as a lesion; None for the default in the table of detection, and no scores per lesion.

    Example:
        >>> ScoreSettings().surface_dice
        'surface_dice_1mm'
    """

    tolerance_mm: float = Field(1.0, gt=0)
    lesions: LesionSettings | None = None

    @property
    def surface_dice(self) -> str:
        """Name of the surface Dice in the table, which holds its tolerance."""
        return f"surface_dice_{self.tolerance_mm:g}mm"
