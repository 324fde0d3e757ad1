"""Each fault is planted in a clean cohort, and found: this one, in this case, and nothing else."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from braintumornet.data.check.t1_swap import check_swap


def test_nothing_is_found_in_a_clean_cohort(planted):
    assert planted.found() == []


# --- files ---


def test_a_missing_file(planted):
    planted.put(1, "t1c", "nowhere.nii.gz")
    assert planted.found() == [("missing-file", "error", "0001")]
    assert "nowhere" not in planted.check().findings[0].text  # a file's name may be a patient's


def test_a_truncated_file(planted):
    whole = Path(planted.rows[1]["t1c"]).read_bytes()
    planted.put(1, "t1c", "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
    assert planted.found() == [("unreadable", "error", "0001")]
    assert "the t1c file cannot be read to its end" in planted.check().findings[0].text


def test_a_file_that_is_no_image(planted):
    planted.put(1, "t2w", "text.nii.gz").write_text("no image")
    assert planted.found() == [("unreadable", "error", "0001")]


def test_a_file_of_several_volumes(planted):
    planted.change(1, "t2w", lambda array, affine: (np.stack([array, array], axis=-1), affine))
    assert planted.found() == [("unreadable", "error", "0001")]


def test_a_file_without_rights(planted, monkeypatch):
    path = Path(planted.rows[1]["t1c"])

    def refuse(self: Path, **kwargs: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **kwargs)

    stat = Path.stat
    monkeypatch.setattr(Path, "stat", refuse)
    assert planted.found() == [("unreadable", "error", "0001")]
    assert "may not be read" in planted.check().findings[0].text


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers(planted, value):
    def spoil(array, affine):
        spoilt = array.astype(np.float32)
        spoilt[16, 16, 16] = value
        return spoilt, affine

    planted.change(1, "t2f", spoil)
    assert planted.found() == [("not-finite", "error", "0001")]
    assert "t2f holds 1 values that are no numbers" in planted.check().findings[0].text


# --- grids ---


@pytest.mark.parametrize("column", ["t2w", "seg", "brainmask"])
def test_another_shape(planted, column):
    planted.change(1, column, lambda array, affine: (array[:, :, 1:], affine))
    assert planted.found() == [("grid", "error", "0001")]
    assert f"{column} and t1n differ in shape: 32 x 32 x 31 and" in planted.check().findings[0].text


@pytest.mark.parametrize("column", ["t2w", "seg", "brainmask"])
def test_another_place(planted, column):
    shift = np.zeros((4, 4))
    shift[0, 3] = 5
    planted.change(1, column, lambda array, affine: (array, affine + shift))
    assert planted.found() == [("grid", "error", "0001")]
    assert f"{column} and t1n lie up to 5 mm apart" in planted.check().findings[0].text


def test_another_voxel_size(planted):
    planted.change(1, "t2w", lambda array, affine: (array, affine @ np.diag([1, 1, 2, 1])))
    assert planted.found() == [("grid", "error", "0001")]
    assert "differ in voxel size: 5 x 5 x 10 and 5 x 5 x 5 mm" in planted.check().findings[0].text


def test_an_orientation_of_its_own_is_another_description_of_one_grid(planted, turn_to_las):
    planted.change(1, "seg", turn_to_las)
    assert planted.found() == []


def test_single_slices(planted):
    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        planted.change(1, column, lambda array, affine: (array[:, :, 16:17], affine))
    assert planted.found() == [("thin", "error", "0001")]
    assert "is a single slice (32 x 32 x 1 voxels)" in planted.check().findings[0].text


def put_header(planted, case, column, change):
    """Give a case a copy of a file whose header is changed."""
    image = nib.load(planted.rows[case][column])
    affine = image.affine
    copy = nib.Nifti1Image(np.asarray(image.dataobj), None)
    copy.header.set_sform(affine, code=1)
    copy.header.set_qform(affine, code=1)
    copy.header.set_xyzt_units("mm")
    change(copy.header, affine)
    copy.to_filename(planted.put(case, column, "header.nii.gz"))


def test_two_forms_that_lie_apart(planted):
    def move(header, affine):
        header.set_qform(affine + np.outer([1, 0, 0, 0], [0, 0, 0, 3]), code=1)

    put_header(planted, 1, "t1c", move)
    put_header(planted, 1, "seg", move)
    assert planted.found() == [("forms", "warning", "0001")]
    text = planted.check().findings[0].text
    assert text == "t1c, seg: sform and qform lie up to 3 mm apart; sform is used, and other programs may use qform"


def test_no_orientation(planted):
    def forget(header, affine):
        header.set_sform(affine, code=0)
        header.set_qform(affine, code=0)

    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        put_header(planted, 1, column, forget)
    kinds = planted.found()
    assert ("no-orientation", "warning", "0001") in kinds
    assert {kind for kind, _, _ in kinds} == {"no-orientation", "orientation"}  # it is turned unlike the others, too
    assert any("left and right cannot be trusted" in finding.text for finding in planted.check().findings)


@pytest.mark.parametrize(("unit", "found"), [("micron", set()), ("mm", {"voxel-size", "spacing", "brain-size"})])
def test_lengths_in_micron(planted, unit, found):
    def scale(header, affine):
        large = np.diag([1000, 1000, 1000, 1]) @ affine
        header.set_sform(large, code=1)
        header.set_qform(large, code=1)
        header.set_xyzt_units(unit)

    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        put_header(planted, 1, column, scale)
    assert {kind for kind, _, _ in planted.found()} == found


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"srow_x": [5, 5, 0, 0]}, "the t1c file is sheared: two of its axes meet at 45.0 degrees"),
        ({"dim": [3, 32, 0, 32, 1, 1, 1, 1]}, "the t1c file has no voxels: its header says 32 x 0 x 32"),
    ],
)
def test_headers_that_cannot_be_true(planted, fields, text):
    def change(header, affine):
        for name, value in fields.items():
            header[name] = value

    put_header(planted, 1, "t1c", change)
    if "dim" in fields:  # nibabel writes the shape that it was given
        path = Path(planted.rows[1]["t1c"])
        content = bytearray(gzip.decompress(path.read_bytes()))
        content[40:56] = np.array(fields["dim"], "<i2").tobytes()
        path.write_bytes(gzip.compress(content))
    assert planted.found() == [("unreadable", "error", "0001")]
    assert text in planted.check().findings[0].text


# --- images ---


def test_an_empty_image(planted):
    planted.change(1, "t2w", lambda array, affine: (np.zeros_like(array), affine))
    assert planted.found() == [("empty-image", "error", "0001")]


def test_an_image_that_is_a_mask(planted):
    planted.change(1, "t2w", lambda array, affine: ((array > np.median(array[array > 0])).astype(np.uint8), affine))
    kinds = planted.found()
    assert ("image-is-mask", "error", "0001") in kinds
    assert {kind for kind, _, _ in kinds} == {"image-is-mask", "coverage"}  # it is zero in half of the brain, too


@pytest.mark.parametrize("factor", [1e-9, 1e21])
def test_another_unit_of_the_grey_levels_is_no_fault(planted, factor):
    for column in ("t1n", "t1c", "t2w", "t2f"):
        planted.change(1, column, lambda array, affine: ((array * factor).astype(np.float32), affine))
    assert planted.found() == []


def test_an_image_that_is_the_same_in_all_of_the_brain(planted):
    brain = np.asarray(nib.load(planted.rows[1]["brainmask"]).dataobj) > 0

    def flatten(array, affine):
        noise = np.random.default_rng(0).normal(100, 20, array.shape).astype(np.float32)
        noise[brain] = 70
        return noise, affine

    planted.change(1, "t2w", flatten)
    assert planted.found() == [("empty-image", "error", "0001")]
    assert "t2w is 70 in nearly all of the brain, so that it shows nothing" in planted.check().findings[0].text


def test_an_image_that_lacks_part_of_the_brain(planted):
    def cut(array, affine):
        array[:, :, :16] = 0
        return array, affine

    planted.change(1, "t2w", cut)
    assert planted.found() == [("coverage", "warning", "0001")]


def test_one_image_under_two_names(planted, turn_to_las):
    # other bytes, data type and orientation; the same voxels
    planted.rows[1]["t2w"] = planted.rows[1]["t2f"]
    planted.change(1, "t2w", lambda array, affine: turn_to_las(array.astype(np.float64), affine), "copy.nii")
    assert planted.found() == [("same-content", "error", "0001")]
    assert "t2w and t2f show the same voxels" in planted.check().findings[0].text


def test_a_tumour_mask_that_is_the_brain_mask(planted):
    planted.rows[1]["seg"] = planted.rows[1]["brainmask"]
    assert planted.found() == [("same-content", "error", "0001")]


def test_one_image_in_two_cases(planted):
    planted.rows[1]["t2w"] = planted.rows[4]["t2w"]
    errors = [found for found in planted.found() if found[1] == "error"]
    assert errors == [("same-content", "error", "0001"), ("same-content", "error", "0004")]
    assert "the same voxels as files of phantom-0004" in planted.check().findings[0].text


def test_one_mask_in_two_cases(planted):
    planted.rows[1]["seg"] = planted.rows[4]["seg"]
    same = [found for found in planted.found() if found[0] == "same-content"]
    assert same == [("same-content", "warning", "0001"), ("same-content", "warning", "0004")]


def test_a_background_that_is_noise(planted):
    planted.rows[1]["brainmask"] = ""
    noise = np.random.default_rng(0).integers(1, 60, (32, 32, 32)).astype(np.int16)
    planted.change(1, "t1n", lambda array, affine: (array + noise, affine))
    assert planted.found() == [("no-background", "warning", "0001")]
    assert "nearly every voxel counts as brain (4096 ml)" in planted.check().findings[0].text


@pytest.mark.parametrize("value", [50, -0.5, -1024])
def test_a_constant_background_that_is_not_zero(planted, value):
    planted.rows[1]["brainmask"] = ""
    planted.change(1, "t1n", lambda array, affine: (np.where(array == 0, value, array).astype(np.float32), affine))
    assert planted.found() == [("background", "note", "0001")]
    assert planted.check().findings[0].text == f"the background of t1n is {value}, not zero; taken as zero"
    assert planted.check().cases[1].facts.brain.brain_ml == pytest.approx(748, abs=1)


def test_a_background_of_nan(planted):
    planted.change(1, "t1n", lambda array, affine: (np.where(array == 0, np.nan, array).astype(np.float32), affine))
    assert planted.found() == [("background", "note", "0001")]


def test_an_empty_brain_mask(planted):
    planted.change(1, "brainmask", lambda array, affine: (np.zeros_like(array), affine))
    assert planted.found() == [("empty-brain", "error", "0001")]


@pytest.mark.parametrize("with_mask", [True, False])
def test_t1_before_and_after_contrast_swapped(planted, with_mask):
    def enhance(array, affine):
        brain = np.flatnonzero(array)
        array.flat[brain[:: len(brain) // 60]] = 4 * array.max()  # vessels
        labels = np.asarray(nib.load(planted.rows[1]["seg"]).dataobj)
        array[labels == 3] = 3 * array.max() // 4
        return array, affine

    planted.change(1, "t1c", enhance)
    if not with_mask:
        planted.rows[1]["seg"] = ""
    assert planted.found() == []
    planted.rows[1]["t1n"], planted.rows[1]["t1c"] = planted.rows[1]["t1c"], planted.rows[1]["t1n"]
    assert planted.found() == [("t1-swapped", "warning", "0001")]


def test_one_contrast_twice_is_not_called_swapped():
    image = np.random.default_rng(0).normal(100, 10, (20, 20, 20))
    brain = np.ones(image.shape, dtype=bool)
    noise = np.random.default_rng(1).normal(0, 10, image.shape)
    assert check_swap(image, image + noise, brain, None) == []


# --- labels ---


def test_a_mask_without_coding(planted):
    planted.rows[1]["coding"] = ""
    assert planted.found() == [("no-coding", "error", "0001")]
    assert "fill the column 'coding': brats2013 or brats2023 or" in planted.check().findings[0].text


def test_an_unknown_coding(planted):
    planted.rows[1]["coding"] = "brats2032"
    assert planted.found() == [("table", "error", "0001")]
    assert "did you mean 'brats2023'?" in planted.check().findings[0].text


def test_an_unknown_label(planted):
    planted.change(1, "seg", lambda array, affine: (np.where(array == 3, 4, array).astype(np.uint8), affine))
    assert planted.found() == [("unknown-label", "error", "0001")]
    assert (
        "seg holds 4, which label scheme 'brats2023' (labels 1, 2, 3) does not have" in planted.check().findings[0].text
    )


def test_a_mask_that_is_an_image(planted):
    planted.change(1, "seg", lambda array, affine: (array * 0.4, affine))
    assert planted.found() == [("not-labels", "error", "0001")]


def test_an_empty_mask_is_no_fault(planted):
    planted.change(1, "seg", lambda array, affine: (np.zeros_like(array), affine))
    assert planted.found() == []
    assert planted.check().cases[1].facts.tumour_ml == 0


@pytest.mark.parametrize(("share", "severity"), [(0.01, "note"), (0.1, "warning"), (1, "error")])
def test_tumour_outside_the_brain(planted, share, severity):
    brain = np.asarray(nib.load(planted.rows[1]["brainmask"]).dataobj)

    def move(array, affine):
        labels = np.zeros_like(array)
        inside, outside = np.flatnonzero(brain), np.flatnonzero(brain == 0)
        labels.flat[inside[: round(300 * (1 - share))]] = 1
        labels.flat[outside[: round(300 * share)]] = 1
        return labels, affine

    planted.change(1, "seg", move)
    assert planted.found() == [("outside-brain", severity, "0001")]
    assert f"{round(300 * share)} of 300 labelled voxels" in planted.check().findings[0].text
