"""Overlapping regions in one label file."""

import numpy as np
import pytest

from braintumornet.core.cohort.label_scheme import REGIONS, region_masks
from braintumornet.output.label_file import label_rule

WRITABLE = [["WT", "TC", "ET"], ["WT"], ["TC"], ["ET"], ["TC", "ET"], ["WT", "TC"], ["ED", "TC", "RC"]]


@pytest.mark.parametrize("regions", WRITABLE)
def test_nested_masks_come_back_from_the_label_file(regions: list[str]) -> None:
    rng = np.random.default_rng(0)
    tissues = rng.choice([*sorted(set().union(*REGIONS.values())), "healthy"], size=(6, 6, 6))
    masks = np.stack([np.isin(tissues, sorted(REGIONS[region])) for region in regions])
    rule = label_rule(regions)
    assert rule is not None
    assert np.array_equal(region_masks(rule.paint(regions, masks), rule.coding, regions), masks)


def test_the_innermost_wins() -> None:
    rule = label_rule(["WT", "TC", "ET"])
    assert rule is not None
    assert rule.coding == "brats2023"
    masks = np.zeros((3, 1, 1, 4), bool)
    masks[0, ..., 0:1], masks[1, ..., 1:3], masks[2, ..., 2:4] = True, True, True
    assert rule.paint(["WT", "TC", "ET"], masks).ravel().tolist() == [2, 1, 3, 3]


@pytest.mark.parametrize("regions", [["WT", "ET"], ["NCR", "CC", "WT"]])
def test_where_no_single_file_can_hold_them_there_is_no_rule(regions: list[str]) -> None:
    assert label_rule(regions) is None
