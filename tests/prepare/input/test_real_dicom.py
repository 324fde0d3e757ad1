"""A real scanner's series, and what dcm2niix and SimpleITK make of it."""

import subprocess
import zipfile
from pathlib import Path
from shutil import which
from sys import executable

import numpy as np
import pytest
import SimpleITK as sitk

from braintumornet.core.space import Space
from braintumornet.prepare.input.find_images import find_images
from braintumornet.volumes.nifti import read_volume
from braintumornet.volumes.volume import Volume, to_ras

from ..write_dicom import head_phantom, write_series
from .reading import only

DCM2NIIX = which("dcm2niix", path=str(Path(executable).parent)) or which("dcm2niix")


@pytest.fixture
def slab(shared_data, tmp_path) -> Path:
    """Folder of the sagittal T1 of a volunteer: 16 slices."""
    with zipfile.ZipFile(shared_data / "dicom-healthy" / "adi_t1_memprage_sag.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def by_dcm2niix(folder: Path, out: Path) -> Volume:
    if DCM2NIIX is None:
        pytest.skip("dcm2niix is not installed: pip install dcm2niix")
    out.mkdir()
    subprocess.run([DCM2NIIX, "-z", "y", "-f", "a", "-o", out, folder], check=True, capture_output=True)
    (path,) = out.glob("*.nii.gz")
    return read_volume(path)


def by_simpleitk(folder: Path) -> Volume:
    reader = sitk.ImageSeriesReader()
    parents = {file.parent for file in folder.rglob("*") if file.is_file()}
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(parents.pop())))
    image = reader.Execute()
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    array = sitk.GetArrayFromImage(image).T.astype(np.float32)
    return to_ras(Volume(array, Space(array.shape, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)))


def require_equal(found: Volume, other: Volume) -> None:
    np.testing.assert_allclose(found.space.affine, other.space.affine, atol=2e-3)
    np.testing.assert_array_equal(found.array, other.array)


def test_the_slab_lies_where_dcm2niix_and_simpleitk_say(slab, tmp_path_factory):
    found = only(slab).read()
    require_equal(found, by_simpleitk(slab))
    require_equal(found, by_dcm2niix(slab, tmp_path_factory.mktemp("out") / "nii"))


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal", None])
@pytest.mark.parametrize("enhanced", [False, True])
def test_written_series_lie_where_dcm2niix_says(tmp_path, plane, enhanced):
    write_series(head_phantom(oblique_deg=12), tmp_path / "in", plane=plane, enhanced=enhanced)
    require_equal(only(tmp_path / "in").read(), by_dcm2niix(tmp_path / "in", tmp_path / "out"))


def test_the_slab_is_read_and_the_three_slices_are_refused(shared_data):
    slab, slices = find_images(shared_data / "dicom-healthy")
    assert slab.problem is None
    assert (slab.header.slices, slab.header.plane, slab.header.inversion_ms) == (16, "sagittal", None)
    assert slab.header.scanning_sequence == ("GR", "IR")
    assert slices.problem == "has 3 slices; expected at least 8 for an image of a head"
    assert slab.case_id == slices.case_id


def test_raw_cases_and_a_cohort_with_skulls_are_found(shared_data):
    brainix = find_images(shared_data / "raw-brainix")
    assert {image.case_id for image in brainix} == {"raw-brainix"}
    assert len(brainix) == 4
    cohort = find_images(shared_data / "lgg-genomics")
    assert len({image.case_id for image in cohort}) == 95
    assert {image.name for image in cohort} == {"t1n", "t1c", "t2f"}
    assert not [image for image in cohort if image.problem]
