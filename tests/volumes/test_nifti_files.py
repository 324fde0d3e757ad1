import gzip

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, InputError
from braintumornet.volumes.head_image import read_head
from braintumornet.volumes.nifti import read_labels, read_space, read_volume, write_volume
from braintumornet.volumes.volume import Volume, to_ras


@pytest.mark.parametrize("name", ["RAS", "LAS", "LPS", "oblique"])
def test_write_then_read_gives_the_same_in_native_orientation(tmp_path, volume_in, name):
    native = volume_in(name)
    write_volume(to_ras(native), tmp_path / "a.nii.gz", native.space)
    stored = nib.load(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(stored.get_fdata(dtype=np.float32), native.array)
    np.testing.assert_allclose(stored.affine, native.space.affine, atol=1e-4)
    np.testing.assert_allclose(stored.header.get_qform(), native.space.affine, atol=1e-4)
    assert read_space(tmp_path / "a.nii.gz") == native.space


@pytest.mark.parametrize("name", ["RAS", "LAS", "LPS", "oblique"])
def test_reading_turns_to_ras(tmp_path, volume_in, name):
    write_volume(volume_in(name), tmp_path / "a.nii.gz")
    found, expected = read_volume(tmp_path / "a.nii.gz"), to_ras(volume_in(name))
    np.testing.assert_array_equal(found.array, expected.array)
    assert found.space == expected.space
    assert found.array.dtype == np.float32


def test_writing_on_another_grid_is_refused(tmp_path, volume_in):
    volume = volume_in("RAS")
    with pytest.raises(GeometryError):
        write_volume(volume, tmp_path / "a.nii.gz", Space((1, 1, 1), np.eye(4)))
    assert not list(tmp_path.iterdir())


def test_the_same_volume_gives_the_same_bytes(tmp_path, volume_in):
    for name in ("a.nii.gz", "b.nii.gz"):
        write_volume(volume_in("LPS"), tmp_path / name)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


def test_booleans_are_written_as_labels(tmp_path):
    write_volume(
        Volume(np.eye(9, dtype=bool)[..., None].repeat(9, 2), Space((9, 9, 9), np.eye(4))),
        tmp_path / "a.nii.gz",
    )
    assert nib.load(tmp_path / "a.nii.gz").get_data_dtype() == np.uint8
    assert read_labels(tmp_path / "a.nii.gz").array.sum() == 81


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_file_cut_short_is_named(tmp_path, volume_in, part):
    path = tmp_path / "a.nii.gz"
    write_volume(volume_in("RAS"), path)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(InputError, match=r"a\.nii\.gz .*cut short: copy it again"):
        read_volume(path)


def test_a_file_with_one_wrong_byte_is_named(tmp_path, volume_in):
    path = tmp_path / "a.nii.gz"
    write_volume(volume_in("RAS"), path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.nii\.gz cannot be read to its end"):
        read_volume(path)


def test_an_uncompressed_file_cut_short_is_named(nifti):
    path = nifti(np.zeros((9, 9, 9), np.float32), "a.nii")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"a\.nii cannot be read to its end"):
        read_volume(path)


def test_a_compressed_file_that_ends_too_early_is_said_in_one_line(nifti):
    path = nifti(np.zeros((9, 9, 9), np.float32))
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:1000]))
    with pytest.raises(InputError, match=r"to its end \(Expected 2916 bytes, got 648 bytes\); it is damaged"):
        read_volume(path)


@pytest.mark.parametrize("content", [b"", b"no image at all"])
def test_a_file_that_is_no_image_is_named(tmp_path, content):
    (tmp_path / "a.nii.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.nii\.gz is not a readable NIfTI file"):
        read_space(tmp_path / "a.nii.gz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.nii\.gz does not exist; check the path"):
        read_volume(tmp_path / "a.nii.gz")


def test_a_series_of_volumes_is_refused(nifti):
    with pytest.raises(InputError, match="has shape 9 x 9 x 9 x 2; expected one volume of three axes"):
        read_volume(nifti(np.zeros((9, 9, 9, 2), np.float32)))


def test_a_fourth_axis_of_one_is_dropped(nifti):
    assert read_volume(nifti(np.zeros((9, 9, 9, 1), np.float32))).array.shape == (9, 9, 9)


def test_a_single_slice_is_no_image_for_a_network(nifti):
    path = nifti(np.zeros((20, 20, 1), np.float32))
    assert read_volume(path).array.shape == (20, 20, 1)
    with pytest.raises(InputError, match="has 20 x 20 x 1 voxels; expected a volume of at least 8 slices"):
        read_head(path)


def test_values_that_are_no_numbers_are_refused(nifti):
    array = np.zeros((9, 9, 9), np.float32)
    array[1, 2, 3] = np.nan
    with pytest.raises(InputError, match="no numbers"):
        read_volume(nifti(array))


def test_a_grid_without_extent_is_refused(tmp_path):
    header = nib.Nifti1Header()
    header.set_data_shape((9, 9, 9))
    header.set_sform(np.diag([1.0, 0.0, 1.0, 1.0]), code=1)
    (tmp_path / "a.nii").write_bytes(header.binaryblock + bytes(4 + 4 * 9**3))
    with pytest.raises(InputError, match=r"a\.nii does not say where its voxels lie"):
        read_volume(tmp_path / "a.nii")


def test_a_scaled_mask_reads_as_whole_numbers(nifti):
    stored = np.zeros((9, 9, 9), np.int16)
    stored[4:] = 32767
    labels = read_labels(nifti(stored, slope=0.99999997 / 32767))
    assert labels.array.dtype == np.int16
    assert np.unique(labels.array).tolist() == [0, 1]
    assert labels.array.sum() == 5 * 81


@pytest.mark.parametrize("value", [0.5, -1.0, 40000.0])
def test_what_is_no_mask_is_refused(nifti, value):
    array = np.zeros((9, 9, 9), np.float32)
    array[0, 0, 0] = value
    with pytest.raises(InputError, match=r"a_t1c\.nii\.gz is not a mask: expected whole numbers from 0"):
        read_labels(nifti(array))
