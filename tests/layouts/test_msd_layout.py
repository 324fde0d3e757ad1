"""Task01 of the Medical Segmentation Decathlon: four sequences in one file."""

import json

import nibabel as nib
import numpy as np
import pytest

import braintumornet as api
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.layouts.msd_layout import MsdLayout
from braintumornet.layouts.nnunet_layout import NnunetLayout
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.testing import check_layout
from braintumornet.volumes.nifti import read_labels, read_volume

DATASET = {
    "name": "BRATS",
    "modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"},
    "labels": {"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "enhancing tumour"},
}
LPS = np.diag([-1.0, -1.0, 2.0, 1.0])
GREY = np.random.default_rng(0).integers(0, 900, (3, 4, 5, 4)).astype(np.float32)
unpack = MsdLayout().unpack


@pytest.fixture
def task(tmp_path):
    """Two cases of four sequences, the first with a mask, and what macOS leaves in an archive."""
    folder = tmp_path / "Task01_BrainTumour"
    for place in ("imagesTr", "imagesTs", "labelsTr"):
        (folder / place).mkdir(parents=True)
    nib.Nifti1Image(GREY, LPS).to_filename(folder / "imagesTr" / "BRATS_001.nii.gz")
    nib.Nifti1Image(GREY + 1, LPS).to_filename(folder / "imagesTs" / "BRATS_485.nii.gz")
    labels = np.resize(np.arange(4, dtype=np.uint8), GREY.shape[:3])
    nib.Nifti1Image(labels, LPS).to_filename(folder / "labelsTr" / "BRATS_001.nii.gz")
    (folder / "imagesTr" / "._BRATS_001.nii.gz").write_bytes(b"no image")
    (folder / "dataset.json").write_text(json.dumps(DATASET))
    return folder


def test_it_keeps_the_contract(task):
    check_layout(MsdLayout, task)


def test_each_sequence_gets_a_file(task, tmp_path):
    seen = []
    cohort = unpack(task, tmp_path / "out", progress=lambda done, total: seen.append((done, total)))
    first, second = cohort
    assert (cohort.name, first.id, first.coding, second.coding) == (
        "Task01_BrainTumour",
        "BRATS_001",
        "decathlon",
        None,
    )
    assert list(first.images) == ["t1n", "t1c", "t2w", "t2f"]
    for channel, sequence in enumerate(("t2f", "t1n", "t1c", "t2w")):
        image = read_volume(first.images[sequence])
        np.testing.assert_array_equal(image.array, GREY[::-1, ::-1, :, channel])
        assert image.space == read_labels(first.targets["seg"]).space
    assert first.images["t1c"] == tmp_path / "out" / "BRATS_001" / "BRATS_001_t1c.nii.gz"
    assert first.targets["seg"] == task.resolve() / "labelsTr" / "BRATS_001.nii.gz"
    assert seen == [(1, 2), (2, 2)]


def test_the_front_door_and_the_command_unpack(task, tmp_path, btn):
    with pytest.raises(InputError, match="has all sequences of a case in one file.*btn import FOLDER.* by unpack_to="):
        api.read_cohort(task)
    assert len(api.read_cohort(task, unpack_to=tmp_path / "a")) == 2
    table = tmp_path / "b" / "cohort.csv"
    code, out, _ = btn("import", task, "--output", table)
    assert (code, "2 cases" in out) == (0, True)
    first, _ = api.read_cohort(table)
    assert first.images["t1c"].resolve() == tmp_path / "b" / "cohort_images" / "BRATS_001" / "BRATS_001_t1c.nii.gz"


def test_nothing_is_written_into_the_data_set(task):
    with pytest.raises(UsageError, match="lies in the data set that is read; choose another place"):
        unpack(task, task / "out")
    assert not (task / "out").exists()


@pytest.mark.parametrize(
    ("dataset", "told"),
    [
        ({**DATASET, "modality": {"0": "FLAIR", "1": "T1w"}}, "BRATS_001.nii.gz holds 4 volumes, .* names 2: t2f, t1n"),
        ({**DATASET, "modality": {"0": "CT"}}, "channel 0 is called 'CT', no sequence that is known"),
        ({**DATASET, "labels": {"1": "liver"}}, "labels found: 1, 2, 3; .* dataset.json calls them liver"),
    ],
)
def test_other_tasks_are_refused(task, tmp_path, dataset, told):
    (task / "dataset.json").write_text(json.dumps(dataset))
    with pytest.raises(InputError, match=told):
        unpack(task, tmp_path / "out")


def test_one_file_for_each_case(task, tmp_path):
    nib.Nifti1Image(GREY, LPS).to_filename(task / "imagesTs" / "BRATS_001.nii.gz")
    with pytest.raises(
        InputError, match="both .*imagesTr/BRATS_001.nii.gz and .*imagesTs/BRATS_001.nii.gz are of case"
    ):
        unpack(task, tmp_path / "out")


def test_it_is_no_data_set_of_nnunet(task, put):
    assert NnunetLayout().refusal(task) == "its folder imagesTr holds no file such as case_0000.nii.gz"
    folder = put("imagesTr/a_0000.nii.gz")
    (folder / "dataset.json").write_text(json.dumps({"channel_names": {"0": "T1"}, "labels": {}}))
    assert "holds no file such as BRATS_001.nii.gz" in str(MsdLayout().refusal(folder))
    assert [case.id for case in read_cohort(folder)] == ["a"]
