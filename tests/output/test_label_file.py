"""Overlapping regions in one label file."""

import re

import numpy as np
import pytest

from braintumornet.core.cohort.label_scheme import REGIONS, annotated_regions, region_masks
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.output.label_file import LabelRule, label_rule, rule_of_assessed

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


def test_where_no_single_file_can_hold_them_there_is_no_rule() -> None:
    assert label_rule(["NCR", "CC", "WT"]) is None


def test_whole_and_enhancing_tumour_fit_one_file_without_a_core() -> None:
    rule = label_rule(["WT", "ET"])
    assert rule is not None
    assert rule.labels == {"WT": 1, "ET": 2}
    masks = np.array([[1, 1, 0], [0, 1, 0]], dtype=bool).reshape(2, 3, 1, 1)
    assert np.array_equal(region_masks(rule.paint(["WT", "ET"], masks), rule.coding, ["WT", "ET"]), masks)


OWN = '{"7": "non_enhancing_core", "8": "oedema", "9": "enhancing"}'


@pytest.mark.parametrize(
    ("scheme", "regions", "labels"),
    [
        ("brats2020", ["WT", "TC", "ET"], [2, 1, 4]),
        ("brats2023", ["ET", "WT", "TC"], [2, 1, 3]),
        ("brats2024gli", ["WT", "TC", "ET"], [2, 1, 3]),
        ("brats2024gli", ["WT", "TC", "ET", "RC"], [2, 1, 3, 4]),
        ("peds2024", ["WT", "TC", "ET", "CC"], [4, 2, 1, 3]),
        ("decathlon", ["WT", "TC", "ET"], [1, 2, 3]),
        (OWN, ["WT", "TC", "ET"], [8, 7, 9]),
    ],
)
def test_masks_are_written_in_the_numbers_that_are_wanted(scheme: str, regions: list[str], labels: list[int]) -> None:
    rng = np.random.default_rng(0)
    tissues = rng.choice([*sorted(set().union(*REGIONS.values())), "healthy"], size=(6, 6, 6))
    masks = np.stack([np.isin(tissues, sorted(REGIONS[region])) for region in regions])
    rule = label_rule(regions, scheme)
    assert rule is not None
    assert (rule.coding, [*rule.labels.values()]) == (scheme, labels)
    assert np.array_equal(region_masks(rule.paint(regions, masks), scheme, regions), masks)


@pytest.mark.parametrize(
    ("scheme", "regions", "said"),
    [
        ("brats2013", ["WT", "TC", "ET"], "brats2013 has no number for non enhancing core, which TC is written as"),
        (
            "brats2023",
            ["WT"],
            "no number for tumour, which WT is written as where WT are outlined; those that have: bi",
        ),
        ("brats2023", ["tumour"], "has no number for tumour"),
        ("brats2023", ["WT", "ET"], "has no number for tumour not enhancing, which WT is written as where WT, ET are"),
        ("brats2023", ["NCR", "CC", "WT"], "NCR, CC, WT do not fit into one mask file, so no label scheme can number"),
    ],
)
def test_numbers_that_a_scheme_does_not_have_are_refused(scheme: str, regions: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        label_rule(regions, scheme)
    with pytest.raises(InputError, match="label scheme 'brats2031' is neither a JSON object nor known"):
        label_rule(["WT"], "brats2031")


@pytest.mark.parametrize(
    ("label_scheme", "whole", "coding"),
    [
        (None, {"WT": 2, "TC": 1, "ET": 3}, '{"1": "tumour_core", "2": "oedema"}'),
        ("brats2020", {"WT": 2, "TC": 1, "ET": 4}, '{"1": "tumour_core", "2": "oedema"}'),
        ("decathlon", {"WT": 1, "TC": 2, "ET": 3}, '{"1": "oedema", "2": "tumour_core"}'),
    ],
)
def test_the_region_around_carries_its_number_where_an_inner_one_is_not_assessed(
    label_scheme: str | None, whole: dict[str, int], coding: str
) -> None:
    everything = rule_of_assessed(["WT", "TC", "ET"], ["ET", "TC", "WT"], label_scheme)
    assert everything == label_rule(["WT", "TC", "ET"], label_scheme)
    assert everything.labels == whole
    rule = rule_of_assessed(["WT", "TC", "ET"], ["WT", "TC"], label_scheme)
    assert rule == LabelRule({"WT": whole["WT"], "TC": whole["TC"]}, coding)
    assert annotated_regions(rule.coding, ["WT", "TC", "ET"]) == [True, True, False]
    masks = np.zeros((2, 1, 1, 3), bool)
    masks[0, ..., :2], masks[1, ..., :1] = True, True
    painted = rule.paint(["WT", "TC"], masks)
    assert painted.ravel().tolist() == [whole["TC"], whole["WT"], 0]
    assert np.array_equal(region_masks(painted, rule.coding, ["WT", "TC"]), masks)


def test_where_a_region_between_is_not_assessed_its_number_stands_for_nothing() -> None:
    rule = rule_of_assessed(["WT", "TC", "ET"], ["WT", "ET"])
    assert rule is not None
    assert rule.labels == {"WT": 2, "ET": 3}
    assert rule.coding == '{"2": "tumour_not_enhancing", "3": "enhancing"}'
    assert rule_of_assessed(["TC"], []) is None
