"""How regions that overlap become one label file: the innermost wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from braintumornet.core.cohort.label_scheme import LABEL_SCHEMES, POOLED, REGIONS, TISSUES, parse_label_scheme
from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.text.errors import UsageError


@dataclass(frozen=True)
class LabelRule:
    """Which label each region is painted with, outermost first, and the coding by which to read the result.

    Args:
        labels: region -> label, in the order of painting.
        coding: named, or a JSON object.
    """

    labels: dict[str, int]
    coding: str

    def paint(self, regions: Sequence[str], masks: np.ndarray) -> np.ndarray:
        """Return uint8 labels (D, H, W) from boolean masks (R, D, H, W); inner regions cover outer ones."""
        painted = np.zeros(masks.shape[1:], dtype=np.uint8)
        for region, label in self.labels.items():
            painted[masks[regions.index(region)]] = label
        return painted


def label_rule(regions: Sequence[str], label_scheme: str | None = None) -> LabelRule | None:
    """Return the rule for a set of regions, or None where no single file can hold them.

    A rule exists when any two regions are nested or apart, and what is left of each outside its inner ones is a tissue
    that has a name. WT, TC and ET are written in the coding brats2023. The order of the regions does not matter.

    Args:
        regions: names.
        label_scheme: whose numbers are wanted; default brats2023 or binary, or the numbers 1, 2, ... from outside in.

    Raises:
        UsageError: the label scheme has no number for one of the tissues, or no single file can hold the regions.
        InputError: the label scheme is not known.

    Example:
        >>> label_rule(["WT", "TC", "ET"]).labels
        {'WT': 2, 'TC': 1, 'ET': 3}
        >>> label_rule(["WT", "TC", "ET"], "brats2020").labels
        {'WT': 2, 'TC': 1, 'ET': 4}
        >>> label_rule(["NCR", "CC", "WT"]) is None  # what is left of WT is both oedema and core
        True
    """
    tissues = _tissues_between(regions)
    if label_scheme is not None:
        return _with_numbers_of(label_scheme, regions, tissues)
    if tissues is None:
        return None
    for coding in ("brats2023", "binary"):
        if sorted(LABEL_SCHEMES[coding].values()) == sorted(tissues.values()):
            return _with_numbers_of(coding, regions, tissues)
    numbers = {str(number): tissue for number, tissue in enumerate(tissues.values(), start=1)}
    return _with_numbers_of(format_json(numbers), regions, tissues)


def rule_of_assessed(
    regions: Sequence[str], assessed: Sequence[str], label_scheme: str | None = None
) -> LabelRule | None:
    """Return the rule for those of a task's regions that could be assessed, in the numbers that all of them have.

    Where an inner region could not be assessed, the region around it is painted, and its number then means all of that
    region: the coding says so, and names no tissue that nobody looked for.

    Args:
        regions: of the task.
        assessed: those of them that could be assessed.
        label_scheme: as for `label_rule`.

    Returns:
        None where no single file can hold them, or there is none.

    Raises:
        UsageError: as for `label_rule`.
        InputError: the label scheme is not known.

    Example:
        >>> rule_of_assessed(["WT", "TC", "ET"], ["WT", "TC"])  # 1 is not what it is in brats2023
        LabelRule(labels={'WT': 2, 'TC': 1}, coding='{"1": "tumour_core", "2": "oedema"}')
    """
    whole = label_rule(regions, label_scheme)
    if whole is None or set(assessed) == set(regions):
        return whole
    tissues = _tissues_between(assessed) if assessed else None
    if tissues is None:
        return None
    labels = {region: whole.labels[region] for region in tissues}
    numbers = sorted((label, tissues[region]) for region, label in labels.items())
    return LabelRule(labels, format_json({str(label): tissue for label, tissue in numbers}))


def _with_numbers_of(label_scheme: str, regions: Sequence[str], tissues: Mapping[str, str] | None) -> LabelRule:
    numbers = {tissue: number for number, tissue in parse_label_scheme(label_scheme).items()}
    shown = ", ".join(regions)
    if tissues is None:
        msg = f"{shown} do not fit into one mask file, so no label scheme can number them; omit --label-scheme"
        raise UsageError(msg)
    for region, tissue in tissues.items():
        if tissue not in numbers:
            fitting = [name for name, codes in LABEL_SCHEMES.items() if {*tissues.values()} <= {*codes.values()}]
            msg = (
                f"label scheme {label_scheme} has no number for {tissue.replace('_', ' ')}, which {region} is written "
                f"as where {shown} are outlined; those that have: {', '.join(fitting) or 'a JSON object of your own'}"
            )
            raise UsageError(msg)
    return LabelRule({region: numbers[tissue] for region, tissue in tissues.items()}, label_scheme)


def _tissues_between(regions: Sequence[str]) -> dict[str, str] | None:
    """Return region -> the tissue that is left of it outside its inner ones, outermost first; None where none is."""
    if tuple(regions) == (POOLED,):
        return {POOLED: POOLED}
    in_order = [region for region in REGIONS if region in regions]  # whatever order the regions are listed in
    sets = {region: REGIONS[region] for region in sorted(in_order, key=lambda r: -len(REGIONS[r]))}
    if any(a & b and not (a <= b or b <= a) for a, b in combinations(sets.values(), 2)):
        return None
    names = {tissues: name for name, tissues in TISSUES.items()}
    left = {
        region: own - frozenset().union(*(s for other, s in sets.items() if other != region and s < own))
        for region, own in sets.items()
    }
    return {region: names[tissues] for region, tissues in left.items()} if {*left.values()} <= {*names} else None
