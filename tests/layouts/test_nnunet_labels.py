"""Labels without gaps, and regions that give every label back when they are painted."""

import numpy as np
import pytest

from braintumornet.core.cohort.label_scheme import LABEL_SCHEMES, parse_label_scheme, region_masks
from braintumornet.core.text.errors import InputError
from braintumornet.layouts.label_schemes.label_names import label_scheme_of, read_label_names
from braintumornet.layouts.nnunet_labels import choose_written_scheme, describe_labels, label_table

ODD = '{"2": "necrosis", "7": "oedema", "9": "oedema"}'


@pytest.mark.parametrize("coding", LABEL_SCHEMES)
def test_every_scheme_keeps_its_regions(coding):
    written = choose_written_scheme([coding])
    labels = np.array([0, *LABEL_SCHEMES[coding]])
    regions = ["WT"] if coding == "binary" else ["WT", "TC", "ET"]
    after = label_table(coding, written)[labels]
    np.testing.assert_array_equal(region_masks(after, written, regions), region_masks(labels, coding, regions))
    assert sorted(set(after)) == list(range(max(after) + 1))


@pytest.mark.parametrize("coding", LABEL_SCHEMES)
def test_the_names_tell_the_scheme_without_our_key(coding):
    written = choose_written_scheme([coding])
    said = label_scheme_of(read_label_names(describe_labels(written)["labels"]))
    assert parse_label_scheme(said) == parse_label_scheme(written)


@pytest.mark.parametrize("coding", LABEL_SCHEMES)
def test_painting_regions_as_nnunet_does_gives_the_labels_back(coding):
    written = choose_written_scheme([coding])
    about = describe_labels(written)
    order = about.get("regions_class_order", [1])
    regions = [np.atleast_1d(labels) for name, labels in about["labels"].items() if name != "background"]
    for label in parse_label_scheme(written):
        painted = 0
        for region, paint in zip(regions, order, strict=True):
            painted = paint if label in region else painted
        assert painted == label


def test_a_scheme_without_nested_regions_is_written_by_its_tissues():
    written = choose_written_scheme([ODD])
    assert parse_label_scheme(written) == {1: "necrosis", 2: "oedema"}
    assert describe_labels(written) == {"labels": {"background": 0, "necrosis": 1, "oedema": 2}}
    assert label_table(ODD, written)[[2, 7, 9]].tolist() == [1, 2, 2]


def test_schemes_of_one_meaning_are_written_as_one():
    assert choose_written_scheme(["brats2020", "brats2023"]) == "brats2023"
    assert choose_written_scheme(["peds2024", "decathlon"]) == "brats2023"
    for other in ("binary", "brats2024gli", ODD):
        with pytest.raises(InputError, match="which no one set of labels can say, and nnU-Net has one; export"):
            choose_written_scheme(["brats2023", other])
