"""A cohort as a data set of nnU-Net, and back."""

import gzip
import json
import os
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, InputWarning, UsageError
from braintumornet.layouts.nnunet_layout import NnunetLayout
from braintumornet.layouts.nnunet_splits import FoldRecord
from braintumornet.layouts.write_nnunet import write_nnunet
from braintumornet.testing import check_layout
from braintumornet.volumes.nifti import read_labels, read_space, read_volume, write_volume
from braintumornet.volumes.volume import Volume

LPS = Space((5, 6, 7), np.array([[-1.0, 0, 0, 40], [0, -1, 0, 50], [0, 0, 2, -3], [0, 0, 0, 1]]))
RAS = Space((5, 6, 7), np.array([[1.0, 0, 0, 36], [0, 1, 0, 45], [0, 0, 2, -3], [0, 0, 0, 1]]))  # the same grid
FOLDS = [{"train": ["a", "b"], "val": ["c"], "test": ["d"]}, {"train": ["c"], "val": ["a"], "test": ["b", "d"]}]


@pytest.fixture
def cohort(tmp_path):
    """Four cases of two sequences with masks in the numbers of BraTS 2020."""
    rng = np.random.default_rng(0)
    cases = []
    for name in "abcd":
        files = {part: tmp_path / "cases" / f"{name}_{part}.nii.gz" for part in ("t1c", "t2f", "seg")}
        for part in ("t1c", "t2f"):
            write_volume(Volume(rng.uniform(1, 9, LPS.shape).astype(np.float32), LPS), files[part])
        write_volume(Volume(np.resize(np.array([0, 1, 2, 4], np.uint8), LPS.shape), LPS), files["seg"])
        images = {part: files[part] for part in ("t1c", "t2f")}
        cases.append(Case(name, name, "c", images, {"seg": files["seg"]}, coding="brats2020"))
    return Cohort("c", tuple(cases))


@pytest.fixture
def output(tmp_path):
    return tmp_path / "raw" / "Dataset501_Tumour"


def change(cohort, case_id, **fields):
    return Cohort(cohort.name, tuple(replace(case, **fields) if case.id == case_id else case for case in cohort))


def test_what_is_written_is_read_again(cohort, output):
    written = write_nnunet(cohort, output, FOLDS)
    assert (written.sequences, written.label_scheme, written.folds) == (("t1c", "t2f"), "brats2023", 2)
    assert (written.training, written.test, written.omitted) == (("a", "b", "c"), ("d",), ())
    again = NnunetLayout().read(output)
    assert [case.id for case in again] == [case.id for case in cohort]
    for new, old in zip(again, cohort, strict=True):
        assert new.coding == "brats2023"
        for sequence, file in old.images.items():
            assert new.images[sequence].read_bytes() == file.read_bytes()
        labels = read_labels(old.targets["seg"]).array
        np.testing.assert_array_equal(read_labels(new.targets["seg"]).array, np.where(labels == 4, 3, labels))
        assert read_space(new.targets["seg"]) == LPS  # nnU-Net wants the orientation of the images
        for number, fold in enumerate(FOLDS):
            assert new.id in fold[new.value(f"fold_{number}")]
    check_layout(NnunetLayout, output)


def test_the_description_is_that_of_nnunet(cohort, output):
    write_nnunet(cohort, output, FOLDS)
    assert json.loads((output / "dataset.json").read_text()) == {
        "name": "Dataset501_Tumour",
        "channel_names": {"0": "t1c", "1": "t2f"},
        "labels": {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing tumor": 3},
        "regions_class_order": [2, 1, 3],
        "label_scheme": "brats2023",
        "numTraining": 3,
        "file_ending": ".nii.gz",
    }
    assert json.loads((output / "splits_final.json").read_text()) == [
        {side: fold[side] for side in ("train", "val")} for fold in FOLDS
    ]


def test_images_are_linked_and_inputs_stay(cohort, output):
    before = {file: file.read_bytes() for case in cohort for file in case.files().values()}
    write_nnunet(cohort, output)
    assert (output / "imagesTr" / "a_0000.nii.gz").samefile(cohort.cases[0].images["t1c"])
    assert {file: file.read_bytes() for file in before} == before
    assert not (output / "splits_final.json").exists()


def test_the_column_split_is_the_one_fold(cohort, output):
    sides = ("train", "val", "test", "train")
    cohort = Cohort("c", tuple(replace(case, split=side) for case, side in zip(cohort, sides, strict=True)))
    assert write_nnunet(cohort, output).test == ("c",)
    assert json.loads((output / "splits_final.json").read_text()) == [{"train": ["a", "d"], "val": ["b"]}]
    assert [(case.id, case.split) for case in NnunetLayout().read(output)] == [
        *(("a", "train"), ("b", "val"), ("d", "train"), ("c", "test"))
    ]


def test_who_has_no_mask_is_a_test_case_and_out_of_the_folds(cohort, output):
    cohort = change(cohort, "a", targets={})
    with pytest.warns(InputWarning, match="cohort c: fold 0: left out 1 without a mask or a sequence, such as a"):
        written = write_nnunet(cohort, output, FOLDS[:1])
    assert written.test == ("a", "d")
    assert not (output / "labelsTs" / "a.nii.gz").exists()
    assert (output / "labelsTs" / "d.nii.gz").exists()


def test_a_missing_sequence_is_refused_or_the_case_left_out(cohort, output):
    cohort = change(cohort, "b", images={"t1c": cohort.cases[1].images["t1c"]})
    with pytest.raises(InputError, match="case b has no t2f, and nnU-Net has no place for a missing sequence; export"):
        write_nnunet(cohort, output)
    assert not output.parent.exists() or not any(output.parent.iterdir())
    with pytest.warns(InputWarning, match="fold 0: left out 1 "):
        written = write_nnunet(cohort, output, FOLDS[:1], omit_incomplete=True)
    assert (written.omitted, written.training) == (("b",), ("a", "c"))


def test_fewer_sequences_in_an_order_of_ones_own(cohort, output):
    assert write_nnunet(cohort, output, sequences=["flair"]).sequences == ("t2f",)
    with pytest.raises(UsageError, match="sequence 'adc' is not known; known: t1c, t1n, t2f, t2w"):
        write_nnunet(cohort, output, sequences=["adc"])
    with pytest.raises(InputError, match="no case with t1n; choose other sequences"):
        write_nnunet(cohort, output, sequences=["t1n"], omit_incomplete=True)


def test_the_same_grid_with_other_axes_is_turned(cohort, output):
    file = cohort.cases[0].images["t2f"]
    turned = read_volume(file)
    assert turned.space == RAS
    write_volume(turned, file)
    write_nnunet(cohort, output)
    assert read_space(output / "imagesTr" / "a_0001.nii.gz") == LPS
    np.testing.assert_array_equal(read_volume(output / "imagesTr" / "a_0001.nii.gz").array, turned.array)


@pytest.mark.parametrize("part", ["t2f", "seg"])
def test_another_grid_is_refused_and_nothing_left(cohort, output, part):
    array = np.zeros((5, 6, 8), np.uint8)
    write_volume(Volume(array, Space(array.shape, LPS.affine)), cohort.cases[2].files()[part])
    with pytest.raises(InputError, match=f"case c: {part} lies on another grid than the first image"):
        write_nnunet(cohort, output)
    assert not any(output.parent.iterdir())


def test_files_that_are_not_compressed_are_compressed(cohort, output, tmp_path):
    plain = tmp_path / "a.nii"
    plain.write_bytes(gzip.decompress(cohort.cases[0].images["t1c"].read_bytes()))
    write_nnunet(change(cohort, "a", images={**cohort.cases[0].images, "t1c": plain}), output)
    assert gzip.decompress((output / "imagesTr" / "a_0000.nii.gz").read_bytes()) == plain.read_bytes()


def test_another_disk_gets_copies(cohort, output, monkeypatch):
    def refuse(*files):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    write_nnunet(cohort, output)
    copy, file = output / "imagesTr" / "a_0000.nii.gz", cohort.cases[0].images["t1c"]
    assert copy.read_bytes() == file.read_bytes()
    assert not copy.samefile(file)


def test_labels_that_the_scheme_lacks_are_refused(cohort, output):
    with pytest.raises(InputError, match="case a: seg: the mask holds label 4, which label scheme 'brats2023'"):
        write_nnunet(change(cohort, "a", coding="brats2023"), output)
    assert not any(output.parent.iterdir())


def test_schemes_that_do_not_go_together_are_refused(cohort, output):
    with pytest.raises(InputError, match="label schemes binary and brats2020, which no one set of labels can say"):
        write_nnunet(change(cohort, "a", coding="binary"), output)


@pytest.mark.parametrize(
    ("folds", "told"),
    [
        ([{"train": ["a", "x"], "val": ["b"], "test": []}], "fold 0 has a case 'x', which cohort c lacks"),
        ([FOLDS[0], {"train": ["a"], "val": [], "test": []}], "fold 1 has no case with a mask in val"),
        ([{"train": [], "val": ["a"], "test": []}], "fold 0 has no case with a mask in train"),
    ],
)
def test_folds_that_nnunet_cannot_use_are_refused(cohort, output, folds, told):
    with pytest.raises(UsageError, match=told):
        write_nnunet(cohort, output, folds)


def test_names_that_nnunet_does_not_find_are_refused(cohort, tmp_path, output):
    with pytest.raises(UsageError, match="by a name such as Dataset501_Glioma; found 'out': rename the output"):
        write_nnunet(cohort, tmp_path / "out")
    write_nnunet(cohort, output)
    with pytest.raises(UsageError, match="is there already; choose a new folder"):
        write_nnunet(cohort, output)


def test_a_fold_is_what_nnunet_reads(cohort, output):
    write_nnunet(cohort, output, FOLDS)
    folds = [FoldRecord.model_validate(fold) for fold in json.loads((output / "splits_final.json").read_text())]
    images = {file.name.removesuffix("_0000.nii.gz") for file in output.glob("imagesTr/*_0000.nii.gz")}
    masks = {file.name.removesuffix(".nii.gz") for file in output.glob("labelsTr/*")}
    assert {case_id for fold in folds for case_id in (*fold.train, *fold.val)} == images == masks


def test_masks_are_small_whole_numbers(cohort, output):
    write_nnunet(cohort, output)
    header = nib.load(output / "labelsTr" / "a.nii.gz").header
    assert header.get_data_dtype() == np.uint8
