"""Outlines of regions, drawn one by one -> one mask of labels, and the label scheme that says what they mean.

Regions are painted from the largest to the smallest. What is left visible of each means its tissues without those of
the regions within it: of WT below TC and ET, oedema is left.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from braintumornet.core.cohort.label_scheme import POOLED, REGIONS, TISSUES, tissues_of
from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.text.errors import InputError

KNOWN = (*REGIONS, *(tissue for tissue in TISSUES if tissue not in REGIONS))
"""What an outline can be: a region, or a tissue by its name."""


def painting_order(regions: Sequence[str]) -> list[str]:
    """Return regions from the largest to the smallest; of equal ones, oedema first and what enhances last.

    Example:
        >>> painting_order(["ET", "WT", "TC"])
        ['WT', 'TC', 'ET']
    """
    return sorted(regions, key=lambda region: (-len(tissues_of(region)), -KNOWN.index(region)))


def label_scheme_of(regions: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Return the label scheme of a mask in which regions are painted one over the other, and region -> label.

    Args:
        regions: each once.

    Raises:
        InputError: a region is told by others that were outlined, overlaps one that it is no part of, or what is left
            of it is no tissue that has a name.

    Example:
        >>> label_scheme_of(["ET", "WT"])
        ('{"1": "tumour_not_enhancing", "2": "enhancing"}', {'WT': 1, 'ET': 2})
        >>> label_scheme_of(["WT"])
        ('binary', {'WT': 1})
    """
    order = painting_order(regions)
    labels = {region: label for label, region in enumerate(order, start=1)}
    scheme = {str(labels[region]): _visible_tissue(region, order) for region in order}
    return ("binary" if scheme == {"1": POOLED} else format_json(scheme)), labels


def _visible_tissue(region: str, order: Sequence[str]) -> str:
    """Return the name of what is left of a region below those that are painted over it."""
    wanted = tissues_of(region)
    others = [other for other in order if other != region]
    crossing = next((o for o in others if tissues_of(o) & wanted and not _is_nested(tissues_of(o), wanted)), None)
    alike = next((other for other in others if tissues_of(other) == wanted), None)
    if crossing or alike:
        msg = (
            f"{region} and {crossing or alike} share tissues, so one mask cannot hold both; write omit for one of them"
        )
        raise InputError(msg)
    inner = [other for other in others if tissues_of(other) < wanted]
    left = wanted.difference(*map(tissues_of, inner))
    if not left:
        msg = f"{region} is nothing but {' and '.join(inner)}, which are outlined, too; write omit for {region}"
        raise InputError(msg)
    name = next((tissue for tissue, parts in TISSUES.items() if parts == left), None)
    if name is None:
        msg = f"{region} without {' and '.join(inner)} is no tissue that a label can have; write omit for one of them"
        raise InputError(msg)
    return name


def _is_nested(one: frozenset[str], other: frozenset[str]) -> bool:
    return one <= other or other <= one


def paint(masks: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return one mask of labels, uint8, as `label_scheme_of` numbers them.

    Args:
        masks: region -> bool array; all of one shape.

    Raises:
        InputError: as `label_scheme_of`.
    """
    _, labels = label_scheme_of(list(masks))
    first = next(iter(masks.values()))
    painted = np.zeros(first.shape, np.uint8)
    for region, label in labels.items():
        painted[masks[region]] = label
    return painted


def disagreements(masks: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Return what was drawn otherwise than the regions lie in each other -> voxels; the smaller region wins there.

    Example:
        >>> wt, et = np.array([True, True, False]), np.array([False, True, True])
        >>> disagreements({"WT": wt, "ET": et})
        {'ET outside WT': 1}
    """
    found = {}
    order = painting_order(list(masks))
    for place, larger in enumerate(order):
        for smaller in order[place + 1 :]:
            if tissues_of(smaller) <= tissues_of(larger):
                found[f"{smaller} outside {larger}"] = int((masks[smaller] & ~masks[larger]).sum())
            else:
                found[f"{smaller} on {larger}"] = int((masks[smaller] & masks[larger]).sum())
    return {what: voxels for what, voxels in found.items() if voxels}
