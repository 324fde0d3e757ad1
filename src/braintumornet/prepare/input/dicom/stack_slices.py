"""Slices of one stack -> the grid that they make, from their positions alone, or why they make none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.input.dicom.slice_facts import Slice
from braintumornet.prepare.input.dicom.split_series import FEWEST_SLICES

MISSING = 1.5  # of the usual step: from here a slice is missing
UNEVEN = 0.1  # of the step: positions are rounded, slices are not placed so badly
ROUNDING_MM = 0.06  # scanners write positions to 0.1 mm at worst
PARALLEL_DEG = 0.5
MOST_SHEAR_DEG = 0.57  # what a NIfTI file may have, too: see volumes.nifti_affine
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
PLANES = ("sagittal", "coronal", "axial")


@dataclass(frozen=True, eq=False)
class Grid:
    """What slices make.

    Args:
        slices: in the order in which they lie, along the normal of the first.
        space: axes along rows, along columns, through the slices; None where they make no grid.
        problem: why not, as the end of a sentence.
    """

    slices: tuple[Slice, ...]
    space: Space | None
    problem: str | None = None


def stack_slices(slices: Sequence[Slice]) -> Grid:
    """Sort slices and return their grid.

    The distance between slices is that of their positions; SliceThickness and SpacingBetweenSlices say other things on
    other scanners.

    Args:
        slices: at least one, of one matrix and pixel size, each with its place.
    """
    first = slices[0]
    normal = first.normal / np.linalg.norm(first.normal)
    along_mm = np.array([np.dot(each.position_mm, normal) for each in slices])
    order = np.argsort(along_mm, kind="stable")
    ordered = tuple(slices[place] for place in order)
    problem = _find_count_problem(ordered) or _find_direction_problem(ordered)
    problem = problem or _find_step_problem(along_mm[order]) or _find_shear_problem(ordered, normal)
    return Grid(ordered, None if problem else _space_of(ordered), problem)


def _find_count_problem(slices: Sequence[Slice]) -> str | None:
    if len(slices) >= FEWEST_SLICES:
        return None
    count = f"{len(slices)} slice{'s' * (len(slices) > 1)}"
    return f"has {count}; expected at least {FEWEST_SLICES} for an image of a head"


def _find_direction_problem(slices: Sequence[Slice]) -> str | None:
    rows, columns = np.array([each.row for each in slices]), np.array([each.column for each in slices])
    least = np.cos(np.radians(PARALLEL_DEG))
    if min((rows @ rows[0]).min(), (columns @ columns[0]).min()) < least:
        return f"has slices that are turned by more than {PARALLEL_DEG:g} degrees against each other"
    return None


def _find_step_problem(along_mm: np.ndarray) -> str | None:
    """Return why slices are not evenly spaced: one is missing, or they lie as they like."""
    steps = np.diff(along_mm)
    usual = float(np.median(steps))
    if usual <= 0:
        return "has its slices all at one position"
    missing = int(np.rint(steps[steps > MISSING * usual] / usual - 1).clip(1).sum())
    if missing and np.all(np.abs(steps / usual - np.rint(steps / usual)) <= 0.25):
        return f"lacks {missing} of its slices; export it again as a whole"
    even = np.linspace(along_mm[0], along_mm[-1], along_mm.size)
    off = float(np.abs(along_mm - even).max())
    if off > max(UNEVEN * usual, ROUNDING_MM):
        return f"has slices at uneven distances, {steps.min():.3g} to {steps.max():.3g} mm"
    return None


def _find_shear_problem(slices: Sequence[Slice], normal: np.ndarray) -> str | None:
    through = np.subtract(slices[-1].position_mm, slices[0].position_mm)
    degrees = float(np.degrees(np.arccos(np.clip(through @ normal / np.linalg.norm(through), -1, 1))))
    if degrees > MOST_SHEAR_DEG:
        return f"is sheared by {degrees:.1f} degrees, as with a tilted gantry; resample it to a grid of right angles"
    aside = np.linspace(slices[0].position_mm, slices[-1].position_mm, len(slices))
    off = float(np.linalg.norm(aside - [each.position_mm for each in slices], axis=1).max())
    step = float(np.linalg.norm(through)) / (len(slices) - 1)
    if off > max(UNEVEN * step, *slices[0].pixel_mm):
        return f"has slices that lie up to {off:.3g} mm beside each other"
    return None


def _space_of(slices: Sequence[Slice]) -> Space:
    first, last = slices[0], slices[-1]
    affine = np.eye(4)
    affine[:3, 0] = np.multiply(first.row, first.pixel_mm[1])
    affine[:3, 1] = np.multiply(first.column, first.pixel_mm[0])
    affine[:3, 2] = np.subtract(last.position_mm, first.position_mm) / (len(slices) - 1)
    affine[:3, 3] = first.position_mm
    rows, columns = first.shape
    return Space((columns, rows, len(slices)), LPS_TO_RAS @ affine)


def plane_of(normal: np.ndarray) -> str:
    """Return the plane that is nearest to slices with a normal (3,).

    Example:
        >>> plane_of(np.array([0.1, 0.2, -0.9]))
        'axial'
    """
    return PLANES[int(np.argmax(np.abs(normal)))]
