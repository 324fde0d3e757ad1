"""What is no grey-level volume is named for what it is, before any memory is taken for it."""

import gzip

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.volumes import nifti
from braintumornet.volumes.nifti import read_labels, read_space, read_values, read_volume

ARRAY = np.random.default_rng(0).integers(0, 1000, (9, 10, 11)).astype(np.int16)


@pytest.fixture
def write(tmp_path):
    """Write an image in whose header some entries are changed."""

    def write(array=ARRAY, name="a.nii", kind=nib.Nifti1Image, dtype=None, **fields):
        image = kind(array, np.eye(4), dtype=dtype)
        content = image.to_bytes()
        header = image.header.copy()
        header["vox_offset"] = {348: 352, 540: 544}[int(header["sizeof_hdr"])]
        header["magic"] = content[344:348] if int(header["sizeof_hdr"]) == 348 else content[4:12]
        for name_, value in fields.items():
            header[name_] = value
        content = header.binaryblock + content[len(header.binaryblock) :]
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.zeros((9, 9, 9), [("R", "u1"), ("G", "u1"), ("B", "u1")]), "is an RGB image; expected one grey level"),
        (np.zeros((9, 9, 9), [(c, "u1") for c in "RGBA"]), "is an RGBA image; expected one grey level"),
        (np.zeros((9, 9, 9), np.complex64), "is an image of complex numbers; expected one grey level"),
        (np.zeros((9, 9, 9), np.complex128), "is an image of complex numbers; expected one grey level"),
    ],
)
def test_colours_and_complex_numbers_are_named(tmp_path, array, what):
    image = nib.Nifti1Image(array, np.eye(4))
    image.to_filename(tmp_path / "a.nii.gz")
    for read in (read_volume, read_labels, read_space):
        with pytest.raises(InputError, match=rf"a\.nii\.gz {what}"):
            read(tmp_path / "a.nii.gz")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"datatype": 1536}, "is an image of 128-bit numbers"),
        ({"datatype": 1}, "is an image of single bits"),
        ({"datatype": 7}, "has voxels of type 7, which NIfTI does not know"),
        ({"dim": [3, 9, 0, 11, 1, 1, 1, 1]}, "has no voxels: its header says 9 x 0 x 11"),
        ({"dim": [3, 9, -10, 11, 1, 1, 1, 1]}, "has no voxels: its header says 9 x -10 x 11"),
        ({"dim": [0, 9, 10, 11, 1, 1, 1, 1]}, "has 0 axes by its header"),
        ({"dim": [2, 9, 10, 1, 1, 1, 1, 1]}, "has shape 9 x 10; expected one volume of three axes"),
        ({"vox_offset": 0}, "has its voxels at byte 0 by its header, expected 352 or later"),
        ({"vox_offset": np.nan}, "has its voxels at byte nan by its header, expected 352 or later"),
        ({"scl_slope": np.inf}, "has a scale of inf and 0 in its header"),
        ({"scl_slope": 2, "scl_inter": np.nan}, "has a scale of 2 and nan in its header"),
        ({"magic": b"ni1"}, r"is the header of a pair of files \(.hdr and .img\)"),
        ({"magic": b""}, "is an Analyze 7.5 file or has lost its NIfTI mark"),
    ],
)
def test_entries_that_cannot_be_true_are_named(write, fields, what):
    with pytest.raises(InputError, match=rf"a\.nii {what}") as raised:
        read_volume(write(scl_inter=fields.pop("scl_inter", 0), **fields))
    assert len(str(raised.value).splitlines()) == 1


def test_a_second_version_that_went_through_text_mode_is_damaged(write):
    path = write(kind=nib.Nifti2Image)
    path.write_bytes(path.read_bytes().replace(b"\r\n\x1a\n", b"\n\x1a\n\0", 1))
    with pytest.raises(InputError, match=r"a\.nii is not a readable NIfTI file \(a damaged NIfTI-2 header\)"):
        read_space(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (bytes(128) + b"DICM" + bytes(400), "is a DICOM file, not NIfTI"),
        (b"NRRD0004\n" + bytes(400), "is an NRRD file, not NIfTI"),
        (gzip.compress(gzip.compress(bytes(1000), mtime=0), mtime=0), "is a gzip file in another one, not NIfTI"),
    ],
)
def test_other_formats_are_named(tmp_path, content, what):
    (tmp_path / "a.nii").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.nii {what}; convert it"):
        read_space(tmp_path / "a.nii")


def test_a_folder_is_no_image(tmp_path):
    (tmp_path / "a.nii").mkdir()
    with pytest.raises(InputError, match=r"a\.nii is not a file"):
        read_space(tmp_path / "a.nii")


@pytest.mark.parametrize("fields", [{"scl_slope": 0}, {"scl_slope": np.nan}, {"dim": [4, 9, 10, 11, 1, 1, 1, 1]}])
def test_no_scaling_and_one_time_point_are_no_fault(write, fields):
    np.testing.assert_array_equal(read_volume(write(**fields)).array, ARRAY)


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.int64, np.float64, ">i2", ">f4"])
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_types_byte_orders_and_both_versions_are_read(tmp_path, kind, dtype, name):
    array = (ARRAY % 100).astype(dtype)
    header = kind.header_class(endianness=np.dtype(dtype).str[0].replace("|", "<"))
    header.set_data_dtype(dtype)
    kind(array, np.eye(4), header, dtype=dtype).to_filename(tmp_path / name)
    np.testing.assert_array_equal(read_volume(tmp_path / name).array, ARRAY % 100)
    np.testing.assert_array_equal(read_labels(tmp_path / name).array, ARRAY % 100)


@pytest.mark.parametrize(("name", "packed"), [("a.nii", True), ("a.nii.gz", False)])
def test_whether_a_file_is_compressed_is_told_by_its_content(write, tmp_path, name, packed):
    content = write(name="b.nii").read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    np.testing.assert_array_equal(read_volume(tmp_path / name).array, ARRAY)


# --- sizes ---


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_header_that_promises_more_than_the_file_can_hold_is_refused_before_memory_is_taken(write, name):
    path = write(name=name, dim=[3, 30000, 30000, 30000, 1, 1, 1, 1])
    for read in (read_space, read_values):
        with pytest.raises(InputError, match=r"cannot be read to its end: its header speaks of 54000000000352 bytes"):
            read(path)


def test_a_file_that_holds_more_than_its_header_says_is_refused_without_reading_on(write, tmp_path):
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(write().read_bytes() + bytes(50 * 2**20)))
    with pytest.raises(InputError, match=r"bomb\.nii\.gz holds more than the 990 voxels that its header speaks of"):
        read_values(path)


def test_a_last_block_that_is_filled_up_is_no_fault(write, tmp_path):
    (tmp_path / "b.nii").write_bytes(write().read_bytes() + bytes(512))
    np.testing.assert_array_equal(read_volume(tmp_path / "b.nii").array, ARRAY)


def test_what_does_not_fit_into_the_memory_is_refused(write, monkeypatch):
    monkeypatch.setattr(nifti, "free_memory", lambda: 5000)
    with pytest.raises(InputError, match=r"a\.nii has 9 x 10 x 11 voxels, for which .* GiB are needed and .* are free"):
        read_values(write())
    assert read_space(write()).shape == ARRAY.shape


# --- values ---


@pytest.mark.parametrize(("factor", "what"), [(1e40, "too large"), (1e-40, "too small")])
def test_values_that_float32_cannot_hold_are_refused(write, factor, what):
    with pytest.raises(InputError, match=rf"a\.nii holds values up to .*, {what} for 32-bit numbers; multiply them"):
        read_volume(write(ARRAY * np.float64(factor), dtype=np.float64))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_grey_levels_that_float32_cannot_tell_apart_are_refused(write, dtype):
    with pytest.raises(InputError, match=r"a\.nii holds values from .*, too close for 32-bit numbers; subtract"):
        read_volume(write((ARRAY + np.float64(1e9)).astype(dtype), dtype=dtype))


def test_not_a_number_stays_what_it_is(write):
    array = ARRAY.astype(np.float64)
    array[0, 0, 0], array[1, 1, 1] = np.nan, np.inf
    assert (~np.isfinite(read_values(write(array)).array)).sum() == 2
