"""What points to a coding: names, a dataset.json, and the grey levels under the labels."""

import json

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.layouts.label_schemes.label_scheme_hints import suggest_coding
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

SPACE = Space((10, 10, 12), np.eye(4))


@pytest.fixture
def seen(tmp_path):
    """Write masks of 1, 2 and 3 with a t1c of a level for each label; return their files."""

    def write(*levels):
        pairs = []
        for number, level in enumerate(levels):
            labels = np.repeat([0, 1, 2, 3], 300).astype(np.uint8).reshape(SPACE.shape)
            mask, t1c = tmp_path / f"{number}_seg.nii.gz", tmp_path / f"{number}_t1c.nii.gz"
            write_volume(Volume(labels, SPACE), mask)
            write_volume(Volume(np.array([0, *level], np.float32)[labels], SPACE), t1c)
            pairs.append((mask, t1c))
        return pairs

    return write


@pytest.mark.parametrize(
    ("level", "coding"),
    [((1, 2, 9), "brats2023"), ((2, 1, 9), "decathlon"), ((9, 1, 2), "peds2024")],
)
def test_what_is_bright_and_dark_on_t1c_points_to_a_coding(seen, tmp_path, level, coding):
    text = suggest_coding([0, 1, 2, 3], ["cases"], tmp_path, seen(level, level))
    assert text.startswith(f"; probably {coding}, because label {np.argmax(level) + 1} is the brightest on t1c")
    assert "in 2 of 2 masks" in text


def test_masks_that_disagree_point_to_nothing(seen, tmp_path):
    assert suggest_coding([1, 2, 3], ["cases"], tmp_path, seen((1, 2, 9), (9, 2, 1))) == ""


def test_damaged_images_point_to_nothing(seen, tmp_path):
    ((mask, t1c),) = seen((1, 2, 9))
    t1c.write_bytes(b"")
    assert suggest_coding([1, 2, 3], ["cases"], tmp_path, [(mask, t1c)]) == ""


@pytest.mark.parametrize(
    ("name", "labels", "coding"),
    [
        ("BraTS-GLI-00001-000", (1, 2, 3), "brats2023"),
        ("BraTS-GLI-00001-000", (1, 2, 3, 4), "brats2024gli"),
        ("BraTS-PED-00001-000", (1, 2, 3, 4), "peds2024"),
        ("Brats18_CBICA_AAB_1", (1, 2, 4), "brats2020"),
        ("BraTS20_Training_001", (1, 2, 4), "brats2020"),
        ("brats2013_pat0003", (1, 2, 3, 4), "brats2013"),
        ("Task01_BrainTumour", (1, 2, 3), "decathlon"),
        ("BRATS_001", (1, 2, 3), "decathlon"),
        ("Dataset137_BraTS2021", (1, 2, 3), "nnunet"),
    ],
)
def test_names_point_to_a_coding(tmp_path, name, labels, coding):
    text = suggest_coding(labels, ["cases", name], tmp_path, [])
    assert text == f"; perhaps {coding}, because {name!r} is named so"


@pytest.mark.parametrize("name", ["cases", "Brats18_CBICA_AAB_1", "gliomas", "pedro", "BraTS2021_00006"])
def test_names_that_cannot_be_meant_point_to_nothing(tmp_path, name):
    assert suggest_coding([1, 2, 3], [name], tmp_path, []) == ""


@pytest.mark.parametrize(
    ("labels", "coding"),
    [
        ({"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "enhancing tumour"}, "decathlon"),
        ({"background": 0, "whole tumor": [1, 2, 3], "tumor core": [2, 3], "enhancing tumor": [3]}, "decathlon"),
        ({"background": 0, "NCR (necrotic core)": 1, "oedema": 2, "enhancing": 3}, "brats2023"),
    ],
)
def test_a_dataset_json_points_to_a_coding(tmp_path, labels, coding):
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    assert suggest_coding([1, 2, 3], [], tmp_path, []) == f"; probably {coding}, because its dataset.json says so"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"labels": 3}', '{"labels": {"1": null, "x": ["a"]}}', "[" * 100_000]
)
def test_a_dataset_json_that_cannot_be_read_points_to_nothing(tmp_path, text):
    (tmp_path / "dataset.json").write_text(text)
    assert suggest_coding([1, 2, 3], [], tmp_path, []) == ""


def test_hints_that_contradict_each_other_are_both_said(seen, tmp_path):
    text = suggest_coding([1, 2, 3], ["BraTS-MET-00001-000"], tmp_path, seen((2, 1, 9)))
    assert text.startswith("; 'BraTS-MET-00001-000' is named so, as in brats2023, but label 3 is the brightest on t1c")
    assert text.endswith("in the mask looked at, as in decathlon or nnunet")
