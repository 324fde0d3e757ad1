"""Publishers' names of labels, and those that leave a doubt."""

import pytest

from braintumornet.layouts.label_schemes.label_names import label_scheme_of, read_label_names


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        ({"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "enhancing tumour"}, "decathlon"),
        ({"background": 0, "whole_tumor": [1, 2, 3], "tumor_core": [2, 3], "enhancing_tumor": [3]}, "decathlon"),
        ({"background": 0, "NCR": 1, "ED": 2, "ET": 3}, "brats2023"),
        ({"NETC": 1, "SNFH": 2, "ET": 3, "RC": 4}, "brats2024gli"),
        ({"ET": 1, "NCR": 2, "CC": 3, "ED": 4}, "peds2024"),
        ({"NCR/NET": 1, "Peritumoral edema": 2, "GD-enhancing tumor": 4}, "brats2020"),
        ({"edema": 1, "tumor core": 2, "enhancing": 3}, "decathlon"),
        ({"Tumour": 1}, "binary"),
        ({"oedema": 1, "tumor": 2}, '{"1": "oedema", "2": "tumour_core"}'),
        ({"enhancing": 1}, '{"1": "enhancing"}'),
    ],
)
def test_known_names_are_a_label_scheme(labels, scheme):
    assert label_scheme_of(read_label_names(labels)) == scheme


@pytest.mark.parametrize(
    "labels",
    [
        {"necrosis": 1, "edema": 2, "enhancing": 3},  # of some, the core that does not enhance; of others, a part of it
        {"1": "necrosis", "2": "edema", "3": "non-enhancing", "4": "enhancing"},
        {"edema": 1, "oedema": 2},
        {"edema": 1, "vessel": 2},
        {"tumor": 1, "ignore": 2},
        {"background": 0},
        {},
        None,
    ],
)
def test_names_that_leave_a_doubt_are_none(labels):
    assert label_scheme_of(read_label_names(labels)) is None
