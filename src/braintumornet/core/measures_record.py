"""What a prediction says of the size and place of each region and lesion."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from braintumornet.core.json_record import Record

Side = Literal["left", "right", "middle", "unknown"]
PointMm = Annotated[Sequence[float], Field(min_length=3, max_length=3)]
Positive = Annotated[float, Field(gt=0)]


class Diameters(Record):
    """The longest diameter of a lesion in an axial slice, and the longest that is perpendicular to it there.

    Args:
        longest_mm: in mm.
        perpendicular_mm: in mm.
        slice: number of the slice in the mask file, along its axis nearest to head-foot, counted from 0.
        measurable: whether the lesion is large enough for the criteria: RANO, of metastases RANO-BM.
        ends_mm: both ends of the longest diameter and both of the perpendicular one, each x, y, z in mm, RAS+.
    """

    longest_mm: Positive
    perpendicular_mm: Positive
    slice: Annotated[int, Field(ge=0)]
    measurable: bool
    ends_mm: Sequence[PointMm] = ()


class LesionMeasures(Record):
    """One lesion: a connected component (26 neighbours) of a region's mask.

    Args:
        number: 1 is the largest of the region.
        volume_ml: in ml.
        centroid_mm: x, y, z in mm, RAS+, in the coordinates of the mask file.
        side: of the brain on which the centroid lies; `middle` within 5 mm of the plane between its halves, `unknown`
            where that plane is not known.
        probability: that it overlaps a true lesion, as far as a calibration tells that; null: not known.
        diameters: where the region is one that response criteria measure; null for others.
    """

    number: Annotated[int, Field(ge=1)]
    volume_ml: Positive
    centroid_mm: PointMm
    side: Side = "unknown"
    diameters: Diameters | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None


class RegionMeasures(Record):
    """One region of a mask, and its lesions.

    Args:
        volume_ml: of all of it, in ml.
        number_of_lesions: all of them.
        lesions: from the largest to the smallest; of more than 500, the largest 500.
    """

    volume_ml: Annotated[float, Field(ge=0)]
    number_of_lesions: Annotated[int, Field(ge=0)]
    lesions: Sequence[LesionMeasures] = ()
