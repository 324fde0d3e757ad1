"""Slices with contours, for paper: every sequence in the axial plane, the first one in all planes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.report.case.case_volumes import CaseVolumes
from braintumornet.report.case.lesion_places import Place
from braintumornet.report.html_page import Drawing, draw
from braintumornet.volumes.pictures import PLANES, take_slices

MOST_PLACES = 12


@dataclass(frozen=True)
class SliceRow:
    """The slices through one place.

    Args:
        title: what is there.
        drawings: of the slices.
    """

    title: str
    drawings: Sequence[Drawing]


def draw_slices(case: CaseVolumes, places: Sequence[Place]) -> list[SliceRow]:
    """Return a row of slices for each place, at most 12; none where there is no image.

    Args:
        case: the images and masks.
        places: where to look.
    """
    head = case.head
    return [SliceRow(place.title, _draw_place(case, place, head)) for place in places[:MOST_PLACES] if case.images]


def _draw_place(case: CaseVolumes, place: Place, head: np.ndarray) -> list[Drawing]:
    here = np.zeros(case.space.shape, dtype=bool)
    here[place.voxel] = True  # decides which slice it is
    masks: Mapping[str, np.ndarray] = case.masks.get(place.task, {})
    first = next(iter(case.images))
    drawings: list[Drawing] = []
    for plane, axis in PLANES.items():
        images = case.images if plane == "axial" else {first: case.images[first]}
        named = {f"{name}, {plane}": image for name, image in images.items()}
        drawings += map(draw, take_slices(named, head, here, masks, axis))
    return drawings
