"""NIfTI and NRRD files: which case they belong to, where they lie, which are refused."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.find_images import find_images
from braintumornet.volumes.nifti import read_volume, write_volume

from ..write_dicom import head_phantom
from .reading import only, problem_of, require_same


def write_nrrd(nifti: Path, path: Path, compressed: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(sitk.ReadImage(str(nifti)), str(path), useCompression=compressed)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_an_nrrd_file_is_what_the_nifti_file_is(tmp_path, compressed):
    head = head_phantom(oblique_deg=20)
    write_volume(head, tmp_path / "a.nii.gz")
    write_nrrd(tmp_path / "a.nii.gz", tmp_path / "P07" / "t1.nrrd", compressed)
    image = only(tmp_path / "P07")
    assert (image.case_id, image.name, image.header) == ("P07", "t1.nrrd", None)
    require_same(image, read_volume(tmp_path / "a.nii.gz"), atol=0)


def test_a_folder_of_folders_is_many_cases(tmp_path):
    for name in ("b/t1.nii.gz", "b/t2.nii.gz", "a/t1.nii.gz", "a/.hidden.nii.gz", "__MACOSX/t1.nii.gz"):
        write_volume(head_phantom(), tmp_path / "all" / name)
    found = [(image.case_id, image.name) for image in find_images(tmp_path / "all")]
    assert found == [("a", "t1.nii.gz"), ("b", "t1.nii.gz"), ("b", "t2.nii.gz")]


def test_folders_of_one_name_are_told_apart_by_those_above(tmp_path):
    for name in ("sub-1/anat/t1.nii.gz", "sub-2/anat/t1.nii.gz"):
        write_volume(head_phantom(), tmp_path / name)
    assert [image.case_id for image in find_images(tmp_path)] == ["sub-1_anat", "sub-2_anat"]


def test_a_folder_whose_name_cannot_be_a_case_id_is_refused(tmp_path):
    write_volume(head_phantom(), tmp_path / "sub: 1" / "t1.nii.gz")
    with pytest.raises(InputError, match="the folder's name 'sub: 1' holds ':'"):
        find_images(tmp_path)


def test_a_file_alone_is_a_case_of_its_name(tmp_path):
    write_volume(head_phantom(), tmp_path / "P07.nii.gz")
    assert only(tmp_path / "P07.nii.gz").case_id == "P07"


def test_a_relative_path_and_a_link_back_are_no_trouble(tmp_path, monkeypatch):
    write_volume(head_phantom(), tmp_path / "case" / "t1.nii.gz")
    (tmp_path / "case" / "loop").symlink_to(tmp_path / "case")
    monkeypatch.chdir(tmp_path / "case")
    assert only(Path()).case_id == "case"
    (tmp_path / "case" / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "case" / "deep")
    assert only(Path("..")).case_id == "case"


def test_a_cohort_table_names_images_by_their_sequences(tmp_path):
    for name in ("a_flair.nii.gz", "b_t1.nii.gz"):
        write_volume(head_phantom(), tmp_path / name)
    (tmp_path / "cohort.csv").write_text("case_id,t1n,flair\na,,a_flair.nii.gz\nb,b_t1.nii.gz,missing.nii.gz\n")
    images = find_images(tmp_path)
    assert [(image.case_id, image.name) for image in images] == [("a", "t2f"), ("b", "t1n"), ("b", "t2f")]
    require_same(images[0], head_phantom())
    assert "does not exist" in images[2].problem
    assert [image.name for image in find_images(tmp_path / "cohort.csv")] == ["t2f", "t1n", "t2f"]


def test_several_volumes_in_a_file_are_refused(tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((8, 8, 8, 3), np.int16), np.eye(4)), tmp_path / "a.nii.gz")
    assert problem_of(tmp_path) == "has shape 8 x 8 x 8 x 3; expected one volume of three axes"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"space:", b"spare:", "does not say how its axes lie in the patient"),
        (b"encoding: raw", b"data file: /etc/passwd\nencoding: raw", "names another file that holds its voxels"),
        (b"sizes: 14 16 10", b"sizes: 14000 16000 10000", "speaks of more voxels than a file of its size can hold"),
        (b"dimension: 3", b"dimension: 99", "is not a readable NRRD file"),
    ],
)
def test_nrrd_files_that_lie_are_refused(tmp_path, old, new, problem):
    write_volume(head_phantom(), tmp_path / "a.nii.gz")
    path = write_nrrd(tmp_path / "a.nii.gz", tmp_path / "P07" / "t1.nrrd")
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    assert problem in problem_of(path)


def test_an_nrrd_file_cut_short_is_said(tmp_path):
    write_volume(head_phantom(), tmp_path / "a.nii.gz")
    path = write_nrrd(tmp_path / "a.nii.gz", tmp_path / "P07" / "t1.nrrd")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="case t1: t1.nrrd: .* cannot be read to its end"):
        only(path).read()


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    for name in ("a.tar", "b.tar", "DICOMDIR", ".hidden"):
        (tmp_path / name).write_bytes(b"x" * 200)
    with pytest.raises(InputError, match=r"holds no image: .* found 2 .tar, 1 without an ending"):
        find_images(tmp_path)
    with pytest.raises(InputError, match="nowhere does not exist; expected a folder or zip of DICOM"):
        find_images(tmp_path / "nowhere")
