"""A raw examination, however damaged its files, gives images, or one line for each that is refused."""

import zipfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.nifti import read_volume

from .damage import damage_bytes
from .dicom import Random, write_dicom
from .harness import end_of, fuzz, untouched
from .nifti import write_nifti

NRRD_VALUES = (
    b"-1",
    b"99999999999 3 3",
    b"nan",
    b"3000 3000 3000",
    b"gzip",
    b"hex",
    b"1e300",
    b"(0,0,0) (0,0,0) (0,0,0)",
)


def walk(path: Path) -> str:
    """Find and read everything under a path; say what came of it."""
    found = end_of(lambda: find_images(path))
    if found.refusal:
        return "refused"
    return ", ".join(sorted({look_at(image) for image in found.value}))


def look_at(image: SourceImage) -> str:
    outcome = end_of(image.read)
    if image.problem:
        assert outcome.refusal.startswith(f"case {image.case_id}: {image.name} ")
        assert len(image.problem.splitlines()) == 1
        return "refused"
    if outcome.refusal:
        assert outcome.refusal.startswith(f"case {image.case_id}: {image.name}")
        return "refused when read"
    volume = outcome.value
    assert np.isfinite(volume.array).all()
    assert sorted(volume.space.shape) == sorted(image.space.shape)
    assert np.isfinite(volume.space.affine).all()
    assert abs(np.linalg.det(volume.space.affine[:3, :3])) > 0
    return "read"


def test_dicom_series(tmp_path):
    def check(rng: Random) -> str:
        write_dicom(rng, tmp_path)
        with untouched(tmp_path):
            return walk(tmp_path)

    words = fuzz("dicom", check)
    assert words["refused"] > 0
    assert words["read"] > 0


def test_nifti_files(tmp_path):
    def check(rng: Random) -> str:
        for file in tmp_path.iterdir():
            file.unlink()
        path = write_nifti(rng, tmp_path)
        with untouched(tmp_path):
            word = walk(tmp_path)
            if word == "read":
                np.testing.assert_array_equal(find_images(path)[0].read().array, read_volume(path).array)
            else:
                assert end_of(lambda: read_volume(path)).refusal
        return word

    words = fuzz("raw nifti", check)
    assert words["read"] > 0


def test_nrrd_files(tmp_path):
    path = tmp_path / "a.nrrd"
    image = sitk.GetImageFromArray(np.arange(9 * 8 * 10, dtype=np.int16).reshape(9, 8, 10))
    sitk.WriteImage(image, str(path))
    head, mark, voxels = path.read_bytes().partition(b"\n\n")

    def check(rng: Random) -> str:
        lines = head.split(b"\n")
        place = rng.integers(len(lines))
        lines[place] = lines[place].split(b":")[0] + b": " + NRRD_VALUES[rng.integers(len(NRRD_VALUES))]
        spoilt = b"\n".join(lines) if rng.random() < 0.4 else damage_bytes(rng, head)
        path.write_bytes((head if rng.random() < 0.1 else spoilt) + mark + voxels)
        with untouched(tmp_path):
            return walk(tmp_path)

    words = fuzz("raw nrrd", check, share=0.3)
    assert words["refused"] > 0
    assert words["read"] > 0


def test_zips(tmp_path):
    (tmp_path / "in").mkdir()
    archive = tmp_path / "a.zip"

    def check(rng: Random) -> str:
        write_dicom(rng, tmp_path / "in")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in (tmp_path / "in").iterdir():
                packed.write(file, file.name)
        if rng.random() < 0.5:
            archive.write_bytes(damage_bytes(rng, archive.read_bytes()))
        with untouched(tmp_path):
            return walk(archive)

    words = fuzz("zips of dicom", check, share=0.3)
    assert sum(words.values()) > words["refused"] > 0
