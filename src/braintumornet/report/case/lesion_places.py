"""Where on its images a case is to be looked at: at each lesion, or where most of the tumour is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from braintumornet.core.cohort.label_scheme import tissues_of
from braintumornet.core.measures_record import LesionMeasures
from braintumornet.core.prediction_record import OutlineRecord, PredictionRecord
from braintumornet.core.space import Space
from braintumornet.report.case.case_volumes import CaseVolumes
from braintumornet.report.case.measure_tables import describe_lesion

Voxel = tuple[int, int, int]

MOST_LESIONS = 40
"""Of a task, that a page lists: a mask of noise has hundreds."""


@dataclass(frozen=True)
class Place:
    """A voxel to look at.

    Args:
        title: what is there.
        voxel: of the grid of the case.
        task: whose masks are shown there; blank where there are none.
        about: size and side of a lesion.
        ends_mm: of its diameters, as its measures have them.
        volume_ml: of a lesion.
    """

    title: str
    voxel: Voxel
    task: str = ""
    about: str = ""
    ends_mm: Sequence[Sequence[float]] = ()
    volume_ml: float = inf

    def as_mm(self, space: Space) -> list[float]:
        """Return x, y, z in mm, RAS+."""
        return [round(float(mm), 2) for mm in (space.affine @ [*self.voxel, 1])[:3]]


def listed_lesions(outline: OutlineRecord) -> list[tuple[str, LesionMeasures]]:
    """Return region and lesion: of the regions that have diameters, and of the outermost one.

    Args:
        outline: of a task.
    """
    outermost = max(outline.measures, key=lambda region: len(tissues_of(region)), default=None)
    of_criteria = [name for name, one in outline.measures.items() if any(each.diameters for each in one.lesions)]
    regions = dict.fromkeys([*of_criteria, *([outermost] if outermost else [])])
    return [(region, lesion) for region in regions for lesion in outline.measures[region].lesions]


def find_places(record: PredictionRecord, case: CaseVolumes) -> list[Place]:
    """Return a voxel in each lesion; where lesions were not measured, in the middle of the masks, or of the head.

    Args:
        record: of the prediction.
        case: its volumes.
    """
    places: list[Place] = []
    for task, outline in record.segmentation.items():
        prefix = f"{task} " if len(record.segmentation) > 1 else ""
        masks = case.masks.get(task, {})
        own = list(_find_lesions(outline, task, prefix, masks, case.space))
        if not own and task in case.masks and (tumour := case.tumour(task)).any():
            own = [Place(f"{prefix}most of the tumour".capitalize(), _middle(tumour), task)]
        places += own
    head = case.head
    return places or [Place("Nothing was outlined", _middle(head if head.any() else ~head))]


def _find_lesions(
    outline: OutlineRecord, task: str, prefix: str, masks: Mapping[str, np.ndarray], space: Space
) -> Iterator[Place]:
    for region, lesion in listed_lesions(outline)[:MOST_LESIONS]:
        mask = masks.get(region)
        if mask is None or not mask.any():
            continue
        found = lesion.diameters
        ends_mm = found.ends_mm if found else ()
        voxel = _measured_voxel(mask, space, ends_mm) if ends_mm else nearest_voxel(mask, space, lesion.centroid_mm)
        yield Place(
            f"{prefix}{region} {lesion.number}", voxel, task, describe_lesion(lesion), ends_mm, lesion.volume_ml
        )


def _measured_voxel(mask: np.ndarray, space: Space, ends_mm: Sequence[Sequence[float]]) -> Voxel:
    """Return a voxel on the slice on which a lesion was measured, near the middle of its longest diameter."""
    middle_mm = np.mean(ends_mm[:2], axis=0)
    level = round(float((np.linalg.inv(space.affine) @ [*middle_mm, 1])[2]))
    on_slice = np.zeros_like(mask)
    on_slice[:, :, level] = mask[:, :, level]
    return nearest_voxel(on_slice if on_slice.any() else mask, space, middle_mm)


def nearest_voxel(mask: np.ndarray, space: Space, mm: Sequence[float] | np.ndarray) -> Voxel:
    """Return the voxel of a mask that is nearest to a point, such as the centroid of a crescent.

    Args:
        mask: boolean (D, H, W), not empty.
        space: its grid.
        mm: x, y, z, RAS+.
    """
    inside = np.argwhere(mask)
    distances = np.linalg.norm(inside @ space.affine[:3, :3].T + space.affine[:3, 3] - mm, axis=1)
    x, y, z = inside[int(distances.argmin())]
    return int(x), int(y), int(z)


def _middle(mask: np.ndarray) -> Voxel:
    """Return a voxel of a mask on the axial slice that holds most of it, near the middle of that part."""
    level = int(mask.sum(axis=(0, 1)).argmax())
    inside = np.argwhere(mask[:, :, level])
    x, y = inside[int(np.abs(inside - inside.mean(axis=0)).sum(axis=1).argmin())]
    return int(x), int(y), level
