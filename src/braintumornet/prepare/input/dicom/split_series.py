"""One DICOM series -> its stacks of slices: series hold several contrasts, several directions, slices that stray in."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from braintumornet.prepare.input.dicom.slice_facts import Slice

SAME_DIRECTION_DEG = 5.0
MOST_DIRECTIONS = 100
SAME_PIXEL = 0.01  # relative
SAME_ECHO_MS = 0.1
SAME_POSITION_MM = 0.01
MOST_VOLUMES = 4
"""More images of one stack are a time series, diffusion or flow, which are left whole for one verdict."""
FEWEST_SLICES = 8
_STRAY = 0.2  # of the largest stack

Key = Callable[[Slice], Hashable]


@dataclass(frozen=True)
class Stack:
    """Slices that belong to one image, or are useless for one reason.

    Args:
        slices: in the order of their numbers.
        volumes: how many images lie in the series where this one does, as far as they are held together.
        orientations: of the series' stacks, strays left out.
        notes: what was left out.
    """

    slices: tuple[Slice, ...]
    volumes: int = 1
    orientations: int = 1
    notes: tuple[str, ...] = ()

    @property
    def repeats_unexplained(self) -> bool:
        """Whether several slices lie at one position and no header tells them apart."""
        return 1 < self.volumes <= MOST_VOLUMES

    def of(self, slices: Sequence[Slice]) -> "Stack":
        """Return a stack of some of its slices."""
        return replace(self, slices=tuple(slices), volumes=_most_at_one_position(slices))

    @property
    def problem(self) -> str | None:
        """Why it is useless: the first reason that a slice gives, or that nobody knows which slices belong together."""
        if said := next((each.problem for each in self.slices if each.problem), None):
            return said
        if self.volumes > MOST_VOLUMES:
            return f"holds {self.volumes} images of the same place: a time series, diffusion or flow"
        if self.repeats_unexplained:
            return f"holds {self.volumes} slices at one position, and nothing in their headers tells them apart"
        return None


def split_series(slices: Sequence[Slice]) -> list[Stack]:
    """Return the stacks of a series, in an order that does not depend on the files'.

    Slices of another direction, matrix, pixel size, echo, kind of image or named stack never share a stack; times,
    acquisitions, inversions, flip angles and b-values split one only where it has several slices at one position.

    Args:
        slices: of one SeriesInstanceUID.
    """
    ordered = sorted(_drop_copies(slices), key=_order)
    useless = _group(ordered, lambda each: each.problem)
    stacks = [Stack(tuple(group)) for problem, group in useless.items() if problem]
    usable = useless.get(None, [])
    kept, notes = _drop_strays(_split_by_kind(usable))
    orientations = len(_group_directions([group[0] for group in kept]))
    for group in kept:
        volumes = _most_at_one_position(group)
        parts = _split_repeats(group, list(_marks_of(group))) if volumes <= MOST_VOLUMES else [group]
        for part in parts:
            stacks.append(Stack(tuple(part), _most_at_one_position(part), orientations, tuple(notes)))
    return stacks


def _order(each: Slice) -> tuple[int, str, int]:
    return each.instance, each.identity.sop_instance, each.frame


def _drop_copies(slices: Sequence[Slice]) -> list[Slice]:
    """Return each slice once, however often its file was copied."""
    unique: dict[Hashable, Slice] = {}
    for each in sorted(slices, key=lambda one: (one.file, one.frame)):
        unique.setdefault((each.identity.sop_instance, each.frame, each.instance, each.position_mm), each)
    return list(unique.values())


def _group(slices: Sequence[Slice], key: Key) -> dict[Hashable, list[Slice]]:
    groups: dict[Hashable, list[Slice]] = defaultdict(list)
    for each in slices:
        groups[key(each)].append(each)
    return groups


def _split_by_kind(slices: Sequence[Slice]) -> list[list[Slice]]:
    groups = _group_directions(slices)
    groups = [part for group in groups for part in _group_near(group, lambda each: each.header.echo_ms)]
    for key in (lambda each: each.shape, lambda each: each.header.image_type, lambda each: each.stack):
        groups = [part for group in groups for part in _group(group, key).values()]
    return [part for group in groups for part in _group_pixels(group)]


def _group_directions(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Group slices whose rows and columns run alike."""
    groups: list[list[Slice]] = []
    least = np.cos(np.radians(SAME_DIRECTION_DEG))
    for each in slices:
        alike = (
            group
            for group in groups
            if min(np.dot(each.row, group[0].row), np.dot(each.column, group[0].column)) >= least
        )
        found = next(alike, None)
        if found is not None:
            found.append(each)
        elif len(groups) < MOST_DIRECTIONS:
            groups.append([each])
        else:  # no scanner made it; what is put together here is refused for its directions
            groups[0].append(each)
    return groups


def _group_pixels(slices: Sequence[Slice]) -> list[list[Slice]]:
    groups: list[list[Slice]] = []
    for each in slices:
        near = (group for group in groups if np.allclose(each.pixel_mm, group[0].pixel_mm, rtol=SAME_PIXEL, atol=0))
        found = next(near, None)
        if found is None:
            groups.append([each])
        else:
            found.append(each)
    return groups


def _group_near(slices: Sequence[Slice], value: Callable[[Slice], float | None]) -> list[list[Slice]]:
    """Group slices by a number whose last digits mean nothing; those without one by themselves."""
    numbers = sorted({number for each in slices if (number := value(each)) is not None})
    steps = np.cumsum(np.diff(numbers, prepend=numbers[:1]) > SAME_ECHO_MS)
    place: dict[float | None, int] = {None: -1, **dict(zip(numbers, map(int, steps), strict=True))}
    return list(_group(slices, lambda each: place[value(each)]).values())


def _drop_strays(groups: Sequence[list[Slice]]) -> tuple[list[list[Slice]], list[str]]:
    """Leave out what is no stack beside one that is: a localizer's slice, a picture of the planning."""
    largest = max(map(len, groups), default=0)
    strays = [group for group in groups if len(group) < min(FEWEST_SLICES, _STRAY * largest)]
    kept = [group for group in groups if not any(group is stray for stray in strays)]
    count = sum(map(len, strays))
    note = f"{count} slice{'s' * (count > 1)} of another direction, matrix or kind in this series left out"
    return kept, [note] if count else []


def _positions(slices: Sequence[Slice]) -> list[int]:
    """Return where slices lie along their normal, as whole numbers that are equal for the same place."""
    normal = slices[0].normal
    along_mm = np.array([np.dot(each.position_mm, normal) for each in slices])
    order = np.argsort(along_mm, kind="stable")
    steps = np.cumsum(np.diff(along_mm[order], prepend=along_mm[order][:1]) > SAME_POSITION_MM)
    places = np.empty(len(slices), int)
    places[order] = steps
    return [int(place) for place in places]


def _most_at_one_position(slices: Sequence[Slice]) -> int:
    return max(Counter(_positions(slices)).values())


def _marks_of(slices: Sequence[Slice]) -> dict[str, None]:
    """Return the names of what may tell slices apart, in their order."""
    return dict.fromkeys(name for each in slices for name, _ in each.marks)


def _are_whole(parts: Sequence[list[Slice]], slices: list[Slice]) -> bool:
    """Say whether no part has gaps that another fills: halves that interleave are not images."""
    place = dict(zip(map(id, slices), _positions(slices), strict=True))
    found = [{place[id(each)] for each in part} for part in parts]
    return all(max(places) - min(places) + 1 == len(places) for places in found)


def _split_repeats(slices: list[Slice], names: list[str]) -> list[list[Slice]]:
    """Split by the first marks that leave fewer slices at one position."""
    if _most_at_one_position(slices) == 1 or not names:
        return [slices]
    name, *others = names
    parts = list(_group(slices, lambda each: dict(each.marks).get(name)).values())
    fewer = max(map(_most_at_one_position, parts)) < _most_at_one_position(slices)
    if not fewer or not _are_whole(parts, slices):
        return _split_repeats(slices, others)
    return [part for group in parts for part in _split_repeats(group, others)]
