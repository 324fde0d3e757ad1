"""Volume, number, place and diameters of the lesions in the masks of a case."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from braintumornet.core.cohort.label_scheme import POOLED
from braintumornet.core.measures_record import Diameters, LesionMeasures, RegionMeasures, Side
from braintumornet.core.space import Space
from braintumornet.output.diameters import AxialSlices, find_axial_slices, is_measurable, measure_diameters
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.components import number_components

MIDDLE_MM = 5.0
MOST_LESIONS = 500
"""That are told of a region, so that a mask of noise does not fill the disk; a note says how many there are."""

RANO_MM = (10.0, 10.0)
"""Both diameters of measurable disease: RANO 2.0 (Wen et al. 2023, doi:10.1200/JCO.23.01059)."""

RANO_BM_MM = (10.0, 5.0)
"""Those of metastases: RANO-BM (Lin et al. 2015, doi:10.1016/S1470-2045(15)70057-4)."""

_METASTASES = ("met", "mets", "metastasis", "metastases", "brain_metastases")


@dataclass(frozen=True)
class Measured:
    """What masks measure.

    Args:
        regions: region -> measures.
        notes: what a reader must know of them.
    """

    regions: Mapping[str, RegionMeasures]
    notes: tuple[str, ...] = ()


def measure_masks(
    masks: Mapping[str, np.ndarray],
    space: Space,
    midplane: Sequence[float] | None = None,
    metastases: bool = False,
    not_assessed: Collection[str] = (),
) -> Measured:
    """Measure the regions of a case and their lesions.

    Args:
        masks: region -> boolean (D, H, W), in the orientation of their file.
        space: the grid of that file.
        midplane: between the halves of the brain, as `find_midplane` returns it; None where it is not known.
        metastases: whether diameters are judged by RANO-BM, not by RANO.
        not_assessed: regions of the task that have no mask; where diameters would be those of one, there are none.

    Example:
        >>> mask = np.zeros((32, 32, 32), dtype=bool)
        >>> mask[4:24, 8:20, 10:20] = True
        >>> lesion = measure_masks({"ET": mask}, Space(mask.shape, np.eye(4))).regions["ET"].lesions[0]
        >>> lesion.volume_ml, lesion.centroid_mm, lesion.diameters.measurable
        (2.4, (13.5, 13.5, 14.5), True)
    """
    target = measured_region({*masks, *not_assessed}, metastases)
    slices = find_axial_slices(space)
    regions, notes = {}, []
    for region, mask in masks.items():
        along = slices if region == target and isinstance(slices, AxialSlices) else None
        numbers, voxels = number_components(mask[(box := box_around(mask))])
        grid = _Grid(space, np.array([side.start for side in box]), midplane, along, metastases)
        found = ndimage.find_objects(numbers, max_label=min(len(voxels), MOST_LESIONS))
        regions[region] = RegionMeasures(
            volume_ml=int(voxels.sum()) * space.voxel_ml,
            number_of_lesions=len(voxels),
            lesions=[grid.measure(number, numbers[place] == number, place) for number, place in enumerate(found, 1)],
        )
        if len(voxels) > MOST_LESIONS:
            notes.append(f"{region} falls into {len(voxels)} lesions, of which the largest {MOST_LESIONS} are told")
    if target is not None and isinstance(slices, str) and target in masks and masks[target].any():
        notes.append(f"no diameters of {target}: response criteria measure in axial slices, and {slices}")
    return Measured(regions, tuple(notes))


def measured_region(regions: Collection[str], metastases: bool) -> str | None:
    """Return the region of which response criteria take the diameters, if a task outlines it.

    Where the enhancing tumour is told, it is that. Where it is not, that is the tumour core of a metastasis, which
    enhances, and the T2/FLAIR abnormality of a glioma, by which RANO measures disease that does not enhance.

    Example:
        >>> measured_region(["WT", "TC", "ET"], False), measured_region(["WT", "TC"], True)
        ('ET', 'TC')
    """
    order = ("ET", "TC", "WT", POOLED) if metastases else ("ET", "WT", "TC", POOLED)
    return next((region for region in order if region in regions), None)


def is_of_metastases(where: Mapping[str, str | Sequence[str]]) -> bool:
    """Say whether a task is for metastases alone: it asks for that pathology.

    Example:
        >>> is_of_metastases({"pathology": "mets"}), is_of_metastases({})
        (True, False)
    """
    asked = where.get("pathology", ())
    values = [asked] if isinstance(asked, str) else list(asked)
    return bool(values) and all(value.lower() in _METASTASES for value in values)


@dataclass(frozen=True)
class _Grid:
    """Where the lesions of a region lie.

    Args:
        space: grid of the file.
        start: first voxel of the region's box, (3,).
        midplane: between the halves of the brain.
        slices: in which diameters are measured; None where none are.
        metastases: whether RANO-BM judges them.
    """

    space: Space
    start: np.ndarray
    midplane: Sequence[float] | None
    slices: AxialSlices | None
    metastases: bool

    def measure(self, number: int, lesion: np.ndarray, place: tuple[slice, ...]) -> LesionMeasures:
        """Measure one lesion, a mask in a box that lies at a place of the region's box."""
        start = self.start + [side.start for side in place]
        inside = np.argwhere(lesion)
        centroid_mm = self._in_mm(inside.mean(axis=0) + start)
        return LesionMeasures(
            number=number,
            volume_ml=len(inside) * self.space.voxel_ml,
            centroid_mm=tuple(centroid_mm.tolist()),
            side=_side(centroid_mm, self.midplane),
            diameters=None if self.slices is None else self._diameters(lesion, start, self.slices),
        )

    def _diameters(self, lesion: np.ndarray, start: np.ndarray, slices: AxialSlices) -> Diameters:
        cross = measure_diameters(lesion, slices)
        ends = np.insert(cross.ends.reshape(4, 2), slices.axis, cross.slice, axis=1) + start
        seen_on = int(np.count_nonzero(np.moveaxis(lesion, slices.axis, 0).any(axis=(1, 2))))
        return Diameters(
            longest_mm=cross.lengths_mm[0],
            perpendicular_mm=cross.lengths_mm[1],
            slice=cross.slice + int(start[slices.axis]),
            measurable=is_measurable(cross, slices, seen_on, RANO_BM_MM if self.metastases else RANO_MM),
            ends_mm=[tuple(point.tolist()) for point in self._in_mm(ends)],
        )

    def _in_mm(self, indices: np.ndarray) -> np.ndarray:
        return np.asarray(indices @ self.space.affine[:3, :3].T + self.space.affine[:3, 3])


def _side(centroid_mm: np.ndarray, midplane: Sequence[float] | None) -> Side:
    if midplane is None:
        return "unknown"
    to_the_right_mm = float(np.dot(midplane, [*centroid_mm, 1]))
    if abs(to_the_right_mm) <= MIDDLE_MM:
        return "middle"
    return "right" if to_the_right_mm > 0 else "left"
