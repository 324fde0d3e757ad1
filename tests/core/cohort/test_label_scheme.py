import numpy as np
import pytest

from braintumornet.core.cohort.label_scheme import (
    LABEL_SCHEMES,
    REGIONS,
    annotated_regions,
    find_label_scheme,
    parse_label_scheme,
    possible_label_schemes,
    region_masks,
    require_known_labels,
)
from braintumornet.core.text.errors import InputError

METS = '{"1": "oedema", "2": "tumour_core"}'

# worked out by hand: region -> the labels that make it up; a region that is not named cannot be told
TABLE = {
    "brats2013": {"WT": {1, 2, 3, 4}, "TC": {1, 3, 4}, "ET": {4}, "NCR": {1, 3}, "ED": {2}},
    "brats2020": {"WT": {1, 2, 4}, "TC": {1, 4}, "ET": {4}, "NCR": {1}, "ED": {2}},
    "brats2023": {"WT": {1, 2, 3}, "TC": {1, 3}, "ET": {3}, "NCR": {1}, "ED": {2}},
    "brats2024gli": {"WT": {1, 2, 3}, "TC": {1, 3}, "ET": {3}, "NCR": {1}, "ED": {2}, "RC": {4}},
    "decathlon": {"WT": {1, 2, 3}, "TC": {2, 3}, "ET": {3}, "NCR": {2}, "ED": {1}},
    "nnunet": {"WT": {1, 2, 3}, "TC": {2, 3}, "ET": {3}, "NCR": {2}, "ED": {1}},
    "peds2024": {"WT": {1, 2, 3, 4}, "TC": {1, 2, 3}, "ET": {1}, "NCR": {2, 3}, "ED": {4}, "CC": {3}},
    "binary": {"WT": {1}},
    METS: {"WT": {1, 2}, "TC": {2}, "ED": {1}},
    '{"1": "enhancing"}': {"ET": {1}},
}


def test_the_table_covers_every_coding():
    assert set(LABEL_SCHEMES) <= set(TABLE)


@pytest.mark.parametrize("coding", TABLE)
def test_told_regions_by_hand(coding):
    told = annotated_regions(coding, list(REGIONS))
    assert dict(zip(REGIONS, told, strict=True)) == {region: region in TABLE[coding] for region in REGIONS}


@pytest.mark.parametrize("coding", TABLE)
def test_region_masks_by_hand(coding):
    labels = np.array([0, *parse_label_scheme(coding)])
    masks = region_masks(labels, coding, list(REGIONS))
    for region, mask in zip(REGIONS, masks, strict=True):
        assert set(labels[mask]) == TABLE[coding].get(region, set()), region


def test_region_masks_keep_the_shape():
    labels = np.array([[[0, 1], [2, 4]]])
    masks = region_masks(labels, "brats2020", ["ET", "WT"])
    assert masks.shape == (2, 1, 2, 2)
    assert masks.sum(axis=(1, 2, 3)).tolist() == [1, 3]


def test_region_masks_of_no_label_at_all_are_empty():
    assert not region_masks(np.zeros((2, 3), np.int16), "brats2020", ["ET", "WT"]).any()


def test_a_label_below_zero_is_refused():
    with pytest.raises(InputError, match="the mask holds label -1,"):
        region_masks(np.array([[0, -1], [2, 4]]), "brats2020", ["WT"])


@pytest.mark.parametrize("region", REGIONS)
def test_a_binary_mask_is_the_one_region_that_the_task_names(region):
    assert annotated_regions("binary", [region]) == [True]
    assert region_masks(np.array([0, 1]), "binary", [region]).tolist() == [[False, True]]


def test_a_binary_mask_among_several_regions_is_the_whole_tumour():
    assert annotated_regions("binary", ["ET", "WT", "TC"]) == [False, True, False]
    assert region_masks(np.array([1]), "binary", ["ET", "WT", "TC"]).tolist() == [[False], [True], [False]]


def test_unknown_labels_are_named():
    message = r"the mask holds labels 3, 7, which label scheme 'brats2020' \(labels 0, 1, 2, 4\) does not have"
    with pytest.raises(InputError, match=message):
        require_known_labels([0, 1, 7, 3], "brats2020")
    with pytest.raises(InputError, match="the mask holds label 4,"):
        region_masks(np.array([4]), "brats2023", ["WT"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bianry", "neither a JSON object nor known; did you mean 'binary'"),
        ('{"1": "edema"}', "names the tissue 'edema'; did you mean 'oedema'"),
        ('{"one": "oedema"}', "cannot be read"),
        ('{"1": ', "cannot be read"),
    ],
)
def test_codings_that_nobody_knows_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_label_scheme(text)


@pytest.mark.parametrize(
    ("labels", "coding"),
    [
        ([0, 1], "binary"),
        ([0, 1, 2, 4], None),
        ([1, 2, 3], None),
        ([1, 2, 3, 4], None),
        ([1, 2], None),
        ([0], None),
    ],
)
def test_a_coding_is_found_only_where_there_is_no_doubt(labels, coding):
    assert find_label_scheme(labels) == coding


def test_possible_codings_have_all_labels_found():
    assert possible_label_schemes([0, 1, 2, 4]) == ["brats2013", "brats2020", "brats2024gli", "peds2024"]
    assert possible_label_schemes([9]) == []
