"""How regions that overlap become one label file: the innermost wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from braintumornet.core.cohort.label_scheme import LABEL_SCHEMES, POOLED, REGIONS, TISSUES
from braintumornet.core.files.atomic_write import format_json


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


def label_rule(regions: Sequence[str]) -> LabelRule | None:
    """Return the rule for a set of regions, or None where no single file can hold them.

    A rule exists when any two regions are nested or apart, and what is left of each outside its inner ones is a tissue
    that has a name. WT, TC and ET are written in the coding brats2023. The order of the regions does not matter.

    Example:
        >>> label_rule(["WT", "TC", "ET"]).labels
        {'WT': 2, 'TC': 1, 'ET': 3}
        >>> label_rule(["WT", "ET"]) is None  # what is left of WT is both oedema and core
        True
    """
    if tuple(regions) == (POOLED,):
        return LabelRule({POOLED: 1}, "binary")
    in_order = [region for region in REGIONS if region in regions]  # whatever order the regions are listed in
    sets = {region: REGIONS[region] for region in sorted(in_order, key=lambda r: -len(REGIONS[r]))}
    if any(a & b and not (a <= b or b <= a) for a, b in combinations(sets.values(), 2)):
        return None
    names = {tissues: name for name, tissues in TISSUES.items()}
    tissues = []
    for region, own in sets.items():
        inner = frozenset().union(*(s for other, s in sets.items() if other != region and s < own))
        if own - inner not in names:
            return None
        tissues.append(names[own - inner])
    for coding, codes in LABEL_SCHEMES.items():
        if sorted(codes.values()) == sorted(tissues) and coding in ("brats2023", "binary"):
            by_tissue = {tissue: label for label, tissue in codes.items()}
            return LabelRule({region: by_tissue[t] for region, t in zip(sets, tissues, strict=True)}, coding)
    labels = {region: number for number, region in enumerate(sets, start=1)}
    coding = format_json({str(number): tissue for number, tissue in enumerate(tissues, start=1)})
    return LabelRule(labels, coding)
