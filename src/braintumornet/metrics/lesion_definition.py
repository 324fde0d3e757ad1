"""What counts as a lesion: the parameters of the BraTS scores per lesion, and their presets."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, PositiveFloat, ValidationError, field_validator

from braintumornet.core.files.json_text import parse_json
from braintumornet.core.plugin import Settings, describe
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import require_among, shorten


class LesionSettings(Settings):
    """What counts as a lesion, and what a missed or false one costs.

    Args:
        neighbours: of a voxel that belong to the same component: 6, 18 or 26.
        dilation_mm: how far the truth is grown to merge its components and to meet predicted ones. At 1 mm it is
            as many steps to 18 neighbours as there are mm; other spacings get the same body in mm.
        ignored_up_to_mm3: lesions of the truth up to this volume count neither for nor against.
        hd95_penalty_mm: HD95 of a missed and of a false lesion, whose Dice is 0; a match never gets more. None for
            the image's diagonal.
        bin_edges_ml: where lesion volumes are parted in the table of detection, ascending; default spheres of 5, 10,
            20 mm.

    Example:
        >>> LesionSettings(dilation_mm=3, ignored_up_to_mm3=50).neighbours
        26
    """

    neighbours: Literal[6, 18, 26] = 26
    dilation_mm: float = Field(1, ge=0, le=100)
    ignored_up_to_mm3: float = Field(2, ge=0)
    hd95_penalty_mm: float | None = Field(374, gt=0)
    bin_edges_ml: tuple[PositiveFloat, ...] = (0.065, 0.52, 4.2)

    @field_validator("bin_edges_ml")
    @classmethod
    def _ascend(cls, edges_ml: tuple[float, ...]) -> tuple[float, ...]:
        require(
            all(low < high for low, high in pairwise(edges_ml)),
            f"expected ascending volumes, found {', '.join(f'{edge:g}' for edge in edges_ml)}",
            ValueError,
        )
        return edges_ml


_GLIOMA = LesionSettings(dilation_mm=3, ignored_up_to_mm3=50)

PRESETS = {
    "brats2023-gli": _GLIOMA,
    "brats2023-ssa": _GLIOMA,
    "brats2023-ped": _GLIOMA,
    "brats2023-men": LesionSettings(dilation_mm=1, ignored_up_to_mm3=50),
    "brats2023-met": LesionSettings(dilation_mm=1, ignored_up_to_mm3=2),
}


def parse_lesions(text: str) -> LesionSettings:
    """Return a preset by its name, or the settings that a JSON object gives.

    Raises:
        UsageError: neither, or a setting that nobody knows.

    Example:
        >>> parse_lesions('{"dilation_mm": 2}') == LesionSettings(dilation_mm=2)
        True
    """
    if not text.lstrip().startswith("{"):
        require_among(text, PRESETS, f"--lesions {text!r} is neither a JSON object nor known")
        return PRESETS[text]
    try:
        return LesionSettings.model_validate(parse_json(text))
    except ValidationError as error:
        msg = f"--lesions: {'; '.join(describe(error))}"
        raise UsageError(msg) from error
    except ValueError as error:
        msg = f'--lesions {shorten(text)!r} cannot be read ({error}); expected something like {{"dilation_mm": 2}}'
        raise UsageError(msg) from error
