"""Where an image lies: two forms, a unit, sheared and singular axes, and what a mask repeats of it."""

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.nifti import read_space, read_volume, write_channels, write_volume
from braintumornet.volumes.nifti_affine import find_doubts
from braintumornet.volumes.volume import Volume, to_ras

SHAPE = (10, 12, 9)
LPS = np.array([[-1.0, 0, 0, 90], [0, -1.0, 0, 120], [0, 0, 1.5, -70], [0, 0, 0, 1]])
SHIFTED = LPS + np.array([[0, 0, 0, 12.0], [0] * 4, [0] * 4, [0] * 4])


@pytest.fixture
def write(tmp_path):
    """Write an image whose header says of its place what a test wants."""

    def write(sform=LPS, qform=LPS, codes=(1, 1), unit="mm", kind=nib.Nifti1Image, **fields):
        array = np.random.default_rng(0).normal(100, 20, SHAPE).astype(np.float32)
        image = kind(array, None)
        image.header.set_sform(sform, code=codes[0])
        if qform is not None:
            image.header.set_qform(qform, code=codes[1])
        image.header.set_xyzt_units(unit)
        for name, value in fields.items():
            image.header[name] = value
        path = tmp_path / "a_t1c.nii"
        path.write_bytes(image.to_bytes())
        return path

    return write


def texts(path):
    return [doubt.text for doubt in find_doubts({"t1c": read_space(path)})]


def shear(cosine):
    affine = np.eye(4)
    affine[:2, 1] = cosine, np.sqrt(1 - cosine**2)
    return affine


# --- two forms ---


def test_forms_that_lie_apart_are_said_with_the_one_that_is_used(write):
    path = write(qform=SHIFTED)
    assert texts(path) == [
        "t1c: sform and qform lie up to 12 mm apart; sform is used, and other programs may use qform"
    ]
    np.testing.assert_allclose(read_space(path).affine, LPS)


def test_forms_that_agree_to_a_millimetre_are_no_matter(write):
    near = LPS.copy()
    near[0, 3] += 0.99
    assert texts(write(qform=near)) == []
    assert texts(write(qform=LPS @ np.diag([-1, 1, 1, 1])))[0].startswith("t1c: sform and qform lie up to")


def test_a_qform_alone_is_used(write):
    path = write(sform=SHIFTED, codes=(0, 1))
    assert texts(path) == []
    np.testing.assert_allclose(read_space(path).affine, LPS, atol=1e-5)


@pytest.mark.parametrize("fields", [{"quatern_b": 2.0}, {"quatern_c": np.nan}])
def test_a_qform_that_is_no_rotation_is_said_or_refused(write, fields):
    assert texts(write(**fields)) == ["t1c: the qform is no rotation; sform is used"]
    with pytest.raises(InputError, match=r"a_t1c\.nii does not say where its voxels lie \(its qform is no rotation\)"):
        read_space(write(codes=(0, 1), **fields))


def test_voxel_sizes_that_contradict_the_sform_are_said(write):
    path = write(codes=(1, 0), pixdim=[1, 1, 1, 3, 0, 0, 0, 0])
    assert texts(path) == ["t1c: voxels of 1 x 1 x 3 mm by pixdim and of 1 x 1 x 1.5 mm by sform; sform is used"]


@pytest.mark.parametrize("size", [-1.0, 0.0, np.nan])
def test_voxel_sizes_that_can_be_none_are_refused_where_they_are_needed(write, size):
    for codes in ((0, 1), (0, 0)):
        with pytest.raises(InputError, match=r"has voxels of 1 x 1 x .* mm by its header \(pixdim\)"):
            read_space(write(codes=codes, pixdim=[1, 1, 1, size, 0, 0, 0, 0]))


def test_no_orientation_at_all_is_said(write):
    path = write(codes=(0, 0))
    assert texts(path) == [
        "t1c: no orientation in the header (sform and qform codes are 0), so left and right cannot be trusted"
    ]
    np.testing.assert_allclose(read_space(path).affine, nib.load(path).affine)


def test_codes_that_nifti_does_not_know_are_refused(write):
    with pytest.raises(InputError, match="has sform_code 77, and NIfTI knows 0 to 5"):
        read_space(write(sform_code=77))


# --- units ---


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1), ("micron", 1000), ("meter", 0.001), ("unknown", 1)])
@pytest.mark.parametrize("codes", [(1, 1), (0, 1), (0, 0)])
def test_units_are_honoured(write, unit, scale, codes):
    expected = read_space(write(codes=codes))
    to_unit = np.diag([scale, scale, scale, 1])
    found = read_space(write(to_unit @ LPS, to_unit @ LPS, codes, unit))
    assert found == expected
    assert found.voxel_ml == pytest.approx(0.0015)


def test_an_unknown_unit_is_refused(write):
    with pytest.raises(InputError, match="has lengths in unit 5, and NIfTI knows 1 metre, 2 millimetre, 3 micron"):
        read_space(write(xyzt_units=13))


@pytest.mark.parametrize("size_mm", [0.001, 100])
def test_voxels_of_no_head_are_said(write, size_mm):
    affine = np.diag([size_mm, size_mm, size_mm, 1.0])
    assert texts(write(affine, affine)) == [
        f"t1c: voxels of {size_mm:g} x {size_mm:g} x {size_mm:g} mm, as no scan of a head has; "
        "look at size and unit in the header"
    ]


# --- axes ---


def test_sheared_axes_are_refused(write):
    with pytest.raises(InputError, match=r"is sheared: two of its axes meet at 60\.0 degrees; resample it"):
        read_space(write(shear(0.5), None, (1, 0)))
    assert read_space(write(shear(0.005), None, (1, 0))).voxel_ml == pytest.approx(1e-3, rel=2e-5)


def test_the_volume_of_a_sheared_voxel_is_its_determinant():
    assert Space((2, 2, 2), shear(0.6)).voxel_ml == pytest.approx(0.8e-3)


@pytest.mark.parametrize(
    ("sform", "why"),
    [
        (shear(0.9999), "its affine is nearly singular"),
        (np.diag([1, 0, 1, 1.0]), "no usable affine"),
        (np.diag([1, np.inf, 1, 1.0]), "no usable affine"),
        (np.diag([1e-12, 1, 1, 1.0]), "no usable affine"),
        (np.diag([1e30, 1, 1, 1.0]), "no usable affine"),
    ],
)
def test_axes_that_span_no_space_are_refused(write, sform, why):
    with pytest.raises(InputError, match=rf"a_t1c\.nii does not say where its voxels lie \({why}\)"):
        read_space(write(sform, None, (1, 0)))


# --- what a mask repeats ---


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("unit", ["mm", "micron"])
@pytest.mark.parametrize(
    ("qform", "codes"), [(LPS, (2, 1)), (SHIFTED, (4, 1)), (LPS, (0, 1)), (LPS, (1, 0)), (LPS, (0, 0))]
)
def test_a_mask_carries_both_forms_as_its_image_does(write, tmp_path, kind, unit, qform, codes):
    path = write(qform=qform, codes=codes, unit=unit, kind=kind)
    if unit == "micron":
        path = write(np.diag([1000, 1000, 1000, 1]) @ LPS, qform, codes, unit, kind)
    image, native = read_volume(path), read_space(path)
    mask = Volume((image.array > 100).astype(np.uint8), image.space)
    write_volume(mask, tmp_path / "mask.nii.gz", native)
    write_channels([mask, mask], tmp_path / "prob.nii.gz", native)
    given = nib.load(path).header
    for name in ("mask.nii.gz", "prob.nii.gz"):
        written = nib.load(tmp_path / name).header
        for form in ("sform", "qform"):
            assert int(written[f"{form}_code"]) == int(given[f"{form}_code"])
            np.testing.assert_allclose(getattr(written, f"get_{form}")(), getattr(given, f"get_{form}")())
        assert written.get_xyzt_units()[0] == given.get_xyzt_units()[0]
        np.testing.assert_array_equal(written["pixdim"][:4], np.float32(given["pixdim"][:4]))
    found = read_volume(tmp_path / "mask.nii.gz")
    np.testing.assert_array_equal(found.array, mask.array)
    assert found.space == image.space
    assert read_space(tmp_path / "mask.nii.gz") == native


def test_what_was_turned_is_another_description_and_repeats_nothing(write):
    assert to_ras(Volume(np.zeros(SHAPE), read_space(write()))).space.header is None
