"""Whether the voxels of cases that train together are of one size."""

from collections.abc import Sequence

import numpy as np

from braintumornet.core.cohort.cohort_line import Line
from braintumornet.core.space import Space, spacing_text
from braintumornet.core.tolerance import upper
from braintumornet.core.training_profile import LIKE, Range, describe_ranges
from braintumornet.data.check.findings import Facts, Finding, Kind, Severity, about

FEWEST_TO_COMPARE = 4
SPREAD_LIMIT = 5 * 1.4826  # five standard deviations, by the median absolute deviation


def check_spacings(cohorts: Sequence[Sequence[tuple[Line, Facts]]]) -> list[Finding]:
    """Return which cases have other voxels than their cohort, and whether the rest are of one size.

    Args:
        cohorts: lines with their facts, that train together.
    """
    found, others = [], []
    for cases in cohorts:
        known = [(line, facts.space) for line, facts in cases if facts.space is not None]
        outside, usual = _outliers([space for _, space in known])
        found += [_unlike(line, space, usual) for (line, space), out in zip(known, outside, strict=True) if out]
        others += [space for (_, space), out in zip(known, outside, strict=True) if not out]
    return [*found, *_check_mixture(others)]


def _outliers(spaces: Sequence[Space]) -> tuple[list[bool], str]:
    """Return which grids have other voxels than the rest of a cohort, and the usual size."""
    if len(spaces) < FEWEST_TO_COMPARE:
        return [False] * len(spaces), ""
    spacings_mm = np.array([space.spacing_mm for space in spaces])  # (N, 3)
    usual_mm = np.median(spacings_mm, axis=0)
    ratios = np.abs(np.log(spacings_mm / usual_mm))
    limits = np.maximum(np.log(upper(LIKE)), SPREAD_LIMIT * np.median(ratios, axis=0))
    return (ratios > limits).any(axis=1).tolist(), spacing_text(usual_mm)


def _unlike(line: Line, space: Space, usual: str) -> Finding:
    text = (
        f"has voxels of {spacing_text(space.spacing_mm)}, the cohort mostly of {usual}; check the header, or set "
        "data.spacing_mm so that all are resampled"
    )
    return about(line, Kind.SPACING, Severity.WARNING, text)


def _check_mixture(spaces: Sequence[Space]) -> list[Finding]:
    if not spaces:
        return []
    ranges = [Range.of(sizes) for sizes in zip(*(space.spacing_mm for space in spaces), strict=True)]
    if not any(size.is_wide for size in ranges):
        return []
    text = (
        f"voxels are of {describe_ranges(ranges)} (right, anterior, superior), which a network takes as of one size; "
        "set data.spacing_mm so that all are resampled"
    )
    return [Finding(Kind.SPACING, Severity.WARNING, text, line=1)]
