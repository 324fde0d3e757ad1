"""Slices with contours, for paper: every sequence in the axial plane, the first one in all planes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.report.case.case_volumes import CaseVolumes
from braintumornet.report.case.lesion_places import Place
from braintumornet.report.html_page import Drawing, draw
from braintumornet.volumes.pictures import PLANES, take_slices

MOST_ROWS = 12
LEAST_ML = 0.065  # of a ball of 5 mm across; below, a lesion is mostly a speck, and is not worth paper
NEAR_MM = 10.0  # of two places so near each other, the slices through one show both


@dataclass(frozen=True)
class SliceRow:
    """The slices through one place.

    Args:
        title: what is there.
        drawings: of the slices.
    """

    title: str
    drawings: Sequence[Drawing]


def draw_slices(case: CaseVolumes, places: Sequence[Place]) -> tuple[list[SliceRow], int]:
    """Return a row of slices for each place, at most 12, and how many places are not drawn.

    Args:
        case: the images and masks.
        places: where to look; but for the first one of a task, specks are not drawn.
    """
    if not case.images:
        return [], 0
    first_of_task = {place.task: place for place in reversed(places)}.values()
    drawn = [place for place in places if place.volume_ml >= LEAST_ML or place in first_of_task]
    groups = group_places(case, drawn)
    head = case.head
    rows = [SliceRow(_name(case, group), _draw_place(case, group[0], head)) for group in groups[:MOST_ROWS]]
    return rows, len(places) - sum(len(group) for group in groups[:MOST_ROWS])


def group_places(case: CaseVolumes, places: Sequence[Place]) -> list[list[Place]]:
    """Return places of a task that lie so near each other that one row of slices shows them together.

    Args:
        case: whose grid they lie on.
        places: where to look.
    """
    groups: list[list[Place]] = []
    for place in places:
        apart_mm = [
            float(np.linalg.norm(np.subtract(place.as_mm(case.space), group[0].as_mm(case.space)))) for group in groups
        ]
        near = [g for g, mm in zip(groups, apart_mm, strict=True) if mm < NEAR_MM and g[0].task == place.task]
        if near:
            near[0].append(place)
        else:
            groups.append([place])
    return groups


def _name(case: CaseVolumes, group: Sequence[Place]) -> str:
    titles = ", ".join(f"{place.title} ({place.about})" if place.about else place.title for place in group)
    return f"{titles}: axial slice {case.slice_number(group[0].voxel[2])}"


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
