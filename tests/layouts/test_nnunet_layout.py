"""Raw data sets of nnU-Net, of both versions, and what is refused in them."""

import json

import pytest

from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.layouts.nnunet_layout import NnunetLayout
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.testing import check_layout

REGIONS = {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing tumor": 3}
VERSION_2 = {"channel_names": {"0": "T1", "1": "T1-ce"}, "labels": REGIONS, "regions_class_order": [2, 1, 3]}
VERSION_1 = {
    "modality": {"0": "FLAIR", "1": "t1gd"},
    "labels": {"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "enhancing tumour"},
}

read = NnunetLayout().read


@pytest.fixture
def data_set(put):
    """Write two cases of two channels, the first with a mask, and what `dataset.json` is to say; return the folder."""

    def write(dataset=VERSION_2, folds=None, labels=(0, 1, 2, 3)):
        put(*(f"imagesTr/{case}_{channel:04d}.nii.gz" for case in ("a", "b") for channel in (0, 1)))
        folder = put("labelsTr/a.nii.gz", labels=labels)
        (folder / "dataset.json").write_text(json.dumps(dataset))
        if folds is not None:
            (folder / "splits_final.json").write_text(json.dumps(folds))
        return folder

    return write


@pytest.mark.parametrize("dataset", [VERSION_2, VERSION_1])
def test_it_keeps_the_contract(data_set, dataset):
    check_layout(NnunetLayout, data_set(dataset))


def test_channels_are_sequences_by_their_names(data_set):
    a, b = read_cohort(data_set())
    assert {name: file.name for name, file in a.images.items()} == {"t1n": "a_0000.nii.gz", "t1c": "a_0001.nii.gz"}
    assert (a.coding, list(a.targets), a.cohort) == ("brats2023", ["seg"], "cohort")
    assert (b.coding, dict(b.targets), b.split) == (None, {}, None)


def test_the_first_version_is_read_too(data_set):
    a, _ = read_cohort(data_set(VERSION_1))
    assert (a.coding, list(a.images)) == ("decathlon", ["t1c", "t2f"])


@pytest.mark.parametrize(
    ("dataset", "told"),
    [
        (
            {**VERSION_2, "channel_names": {"0": "T1", "1": "ADC"}},
            "channel 1 is called 'ADC', no sequence that is known",
        ),
        ({**VERSION_2, "channel_names": {"0": "T1", "1": "t1w"}}, "channel 1 is called 't1w', t1n, as another channel"),
        ({**VERSION_2, "channel_names": {"1": "T1"}}, "expected channel_names such as"),
        ({"labels": REGIONS}, "expected channel_names such as .* found None"),
        ([], "dataset.json is no JSON object"),
        ({**VERSION_2, "channel_names": {"0": "T1"}}, "a_0001.nii.gz is of channel 1, and dataset.json names 1"),
        ({**VERSION_2, "labels": {"background": 0, "edema": 1, "vessel": 2}}, "dataset.json calls them edema, vessel"),
        ({**VERSION_2, "labels": {"vessel": 1}}, "pass --label-scheme .*; dataset.json calls them vessel"),
        ({**VERSION_2, "labels": {"edema": 1, "enhancing": 2}}, "mask holds label 3, which label scheme"),
        ({**VERSION_2, "label_scheme": "bratz"}, "label scheme 'bratz' is neither"),
    ],
)
def test_what_is_not_known_is_asked_about(data_set, dataset, told):
    with pytest.raises(InputError, match=told):
        read(data_set(dataset))


def test_the_caller_can_say_what_labels_mean(data_set):
    folder = data_set({**VERSION_2, "labels": {"x": 1, "y": 2, "z": 3}})
    assert read(folder, "decathlon").cases[0].coding == "decathlon"
    assert [dict(case.targets) for case in read(folder, needs_masks=False)] == [{}, {}]


def test_one_unknown_label_is_no_tumour(data_set):
    with pytest.raises(InputError, match="labels found: 1; .*dataset.json calls them vessel"):
        read(data_set({**VERSION_2, "labels": {"background": 0, "vessel": 1}}, labels=(0, 1)))


def test_one_file_for_each_channel(data_set, put):
    data_set()
    folder = put("imagesTr/a_0000.nii")
    with pytest.raises(InputError, match="both a_0000.nii and a_0000.nii.gz are channel 0 of case a; keep one"):
        read(folder)


def test_masks_without_an_image_are_left_out_and_said(data_set, put):
    data_set()
    put("labelsTr/c.nii.gz")
    with pytest.warns(InputWarning, match="cohort cohort: left out 1 mask without an image, such as c.nii.gz"):
        assert len(read(put("imagesTr/.hidden_0000.nii.gz"))) == 2


def test_one_fold_is_the_split(data_set, put):
    data_set(folds=[{"train": ["a"], "val": ["b"]}])
    cases = read(put("imagesTs/c_0000.nii.gz"))
    assert [(case.id, case.split) for case in cases] == [("a", "train"), ("b", "val"), ("c", "test")]


def test_folds_of_a_cross_validation_test_those_that_they_validate(data_set, put):
    data_set(folds=[{"train": ["a"], "val": ["b"]}, {"train": ["b"], "val": ["a"]}])
    a, b = read(put("labelsTr/b.nii.gz", labels=(0, 1)))
    assert dict(a.attributes) == {"fold_0": "train", "fold_1": "test"}
    assert dict(b.attributes) == {"fold_0": "test", "fold_1": "train"}


def test_folds_beside_which_cases_are_tested_keep_their_validation(data_set, put):
    data_set(folds=[{"train": ["a"], "val": ["b"]}, {"train": ["b"], "val": ["a"]}])
    put("imagesTs/c_0000.nii.gz")
    *_, c = cases = read(put("labelsTr/b.nii.gz", "labelsTs/c.nii.gz", labels=(0, 1)))
    assert [case.value("fold_0") for case in cases] == ["train", "val", "test"]
    assert c.split is None


def test_masks_of_test_cases_say_who_is_tested(data_set, put):
    data_set()
    put("imagesTs/c_0000.nii.gz")
    assert [case.split for case in read(put("labelsTs/c.nii.gz"))] == ["train", "train", "test"]


@pytest.mark.parametrize("text", ["[", '{"train": []}', '[{"train": ["a"]}]', '[{"train": "a", "val": []}]'])
def test_damaged_folds_are_refused(data_set, text):
    folder = data_set()
    (folder / "splits_final.json").write_text(text)
    with pytest.raises(InputError, match=r"splits_final\.json"):
        read(folder)


def test_other_folders_are_refused(put):
    layout = NnunetLayout()
    folder = put("A/A_t1c.nii.gz")
    assert layout.refusal(folder) == "it holds no dataset.json"
    (folder / "dataset.json").write_text("{}")
    assert layout.refusal(put("imagesTr/a.nii.gz")) == "its folder imagesTr holds no file such as case_0000.nii.gz"
