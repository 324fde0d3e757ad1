"""Where on its images a case is to be looked at: at each lesion, or where most of the tumour is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.space import Space
from braintumornet.report.case.case_volumes import CaseVolumes


@dataclass(frozen=True)
class Place:
    """A voxel to look at.

    Args:
        title: what is there.
        voxel: of the grid of the case.
        task: whose masks are shown there; blank where there are none.
    """

    title: str
    voxel: tuple[int, int, int]
    task: str = ""

    def as_mm(self, space: Space) -> list[float]:
        """Return x, y, z in mm, RAS+."""
        return [round(float(mm), 2) for mm in (space.affine @ [*self.voxel, 1])[:3]]


def find_places(record: PredictionRecord, case: CaseVolumes) -> list[Place]:
    """Return for each task the voxel in the middle of its masks, and the middle of the head where there are none.

    Args:
        record: of the prediction.
        case: its volumes.
    """
    places = []
    for task in record.segmentation:
        tumour = case.tumour(task) if task in case.masks else np.zeros(case.space.shape, bool)
        if tumour.any():
            several = len(record.segmentation) > 1
            places.append(
                Place(f"{task}: most of the tumour" if several else "Most of the tumour", _middle(tumour), task)
            )
    head = case.head
    return places or [Place("Nothing was outlined", _middle(head if head.any() else ~head))]


def _middle(mask: np.ndarray) -> tuple[int, int, int]:
    """Return a voxel of a mask on the axial slice that holds most of it, near the middle of that part."""
    level = int(mask.sum(axis=(0, 1)).argmax())
    inside = np.argwhere(mask[:, :, level])
    x, y = inside[int(np.abs(inside - inside.mean(axis=0)).sum(axis=1).argmin())]
    return int(x), int(y), level


def nearest_voxel(mask: np.ndarray, space: Space, mm: Sequence[float]) -> tuple[int, int, int]:
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
