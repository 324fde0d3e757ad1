"""Zips are read where they lie, and refused where they are built to do harm."""

import stat
import zipfile
from pathlib import Path

import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input import zip_archive
from braintumornet.prepare.input.find_images import find_images
from braintumornet.volumes.nifti import write_volume

from ..write_dicom import T2F, head_phantom, write_series
from .reading import require_same


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


def test_a_zip_is_what_its_files_are(tmp_path):
    head = head_phantom()
    written = write_series(head, tmp_path / "in" / "deep", header=T2F, number=3, plane="sagittal")
    write_volume(head, tmp_path / "in" / "sub-1" / "t1.nii.gz")
    (tmp_path / "in" / "readme.txt").write_text("nothing")
    archive = zipped(tmp_path / "in", tmp_path / "all.zip")
    for path in (archive, tmp_path / "in"):
        series, volume = sorted(find_images(path), key=lambda image: image.header is None)
        assert (series.name, volume.case_id, volume.name) == ("series-003", "sub-1", "t1.nii.gz")
        require_same(series, written)
        require_same(volume, head)


def test_files_at_the_top_of_a_zip_are_a_case_of_its_name(tmp_path):
    write_volume(head_phantom(), tmp_path / "in" / "t1.nii.gz")
    (image,) = find_images(zipped(tmp_path / "in", tmp_path / "P07.zip"))
    assert image.case_id == "P07"


def test_a_folder_of_zips_is_read(tmp_path):
    (tmp_path / "zips").mkdir()
    for number in (1, 2):
        folder = tmp_path / str(number)
        write_series(head_phantom(), folder, number=number)
        zipped(folder, tmp_path / "zips" / f"{number}.zip")
    assert [image.name for image in find_images(tmp_path / "zips")] == ["series-001", "series-002"]


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    ("info", "fault"),
    [
        (entry("../DOE.dcm"), "holds a path that leads out of it"),
        (entry("a/../../DOE.dcm"), "holds a path that leads out of it"),
        (entry("/etc/DOE.dcm"), "holds a path that leads out of it"),
        (entry("C:/DOE.dcm"), "holds a path that leads out of it"),
        (entry("a\\..\\..\\DOE.dcm"), "holds a path that leads out of it"),
        (entry("DOE.dcm", stat.S_IFLNK | 0o777), "holds a link, which may lead anywhere"),
    ],
)
def test_archives_that_lead_out_are_refused_without_a_name(tmp_path, info, fault):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match=fault) as refused:
        find_images(path)
    assert "DOE" not in str(refused.value)


def test_bombs_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(2**20))
        archive.writestr("b", bytes(2**20))
    monkeypatch.setattr(zip_archive, "MOST_BYTES", 2**20)
    with pytest.raises(InputError, match="unpacks to 0.00195 GiB, and at most"):
        find_images(path)
    monkeypatch.setattr(zip_archive, "MOST_MEMBERS", 1)
    with pytest.raises(InputError, match="holds 2 files, and at most 1 are read"):
        find_images(path)


def test_an_archive_that_speaks_of_more_than_it_can_hold_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x" * 1000)
    content = path.read_bytes()
    at = content.rindex((1000).to_bytes(4, "little"))  # in the directory, the size unpacked
    path.write_bytes(content[:at] + (2**28).to_bytes(4, "little") + content[at + 4 :])
    with pytest.raises(InputError, match=r"speaks of 268435456 bytes, more than an archive of \d+ can hold"):
        find_images(path)


def test_damaged_and_encrypted_archives_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\3\4 and nothing more")
    with pytest.raises(InputError, match="it is damaged, or no zip"):
        find_images(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "text")
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\1\2") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="is encrypted; unpack it first"):
        find_images(path)
