import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.registration.rigid import RigidSettings, register_rigid
from braintumornet.prepare.registration.rigid_motion import (
    angle_degrees,
    mean_distance_mm,
    rotation_about,
    shift,
)
from braintumornet.volumes.nifti import read_volume
from braintumornet.volumes.volume import Volume, to_ras

CENTRE = np.zeros(3)
QUICK = RigidSettings(samples=20_000, iterations=60)  # for images of 4 mm


@pytest.fixture
def check_found(brain_points):
    def check(found, truth, raw, limit_mm=1.0):
        assert mean_distance_mm(found.matrix, truth, brain_points(raw)) < limit_mm
        assert angle_degrees(found.matrix, truth) < 1.0

    return check


@pytest.mark.parametrize("sequence", ["t2w", "t2f"])
def test_a_patient_who_moved_between_sequences_is_found(child, sequence, check_found):
    found = register_rigid(to_ras(child.images["t1c"]), to_ras(child.images[sequence]), settings=QUICK)
    check_found(found, child.motions[sequence], child)
    assert found.metric > found.metric_start


@pytest.mark.parametrize(
    "header",
    [
        shift(np.array([20.0, -25.0, 24.0])) @ rotation_about((20, -15, 15), CENTRE),  # 40 mm and 29 degrees
        rotation_about((180, 0, 0), CENTRE),
        rotation_about((0, 180, 0), CENTRE),
        rotation_about((0, 0, 180), CENTRE),  # a file in LPS that is read as RAS
    ],
    ids=["40 mm and 30 degrees", "upside down", "turned over", "back to front"],
)
def test_scanner_positions_that_lie_are_seen_through(adult, header, moved, check_found):
    wrong = moved(to_ras(adult.images["t2f"]), header)
    found = register_rigid(to_ras(adult.images["t1c"]), wrong, settings=QUICK)
    check_found(found, header @ adult.motions["t2f"], adult)
    assert found.start != "header"


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["sagittal", "coronal", "axial"])
def test_thick_slices_in_any_plane_take_the_place_of_the_moving_image(adult, axis, check_found):
    fine, thick = to_ras(adult.images["t1n"]), _thick(to_ras(adult.images["t1c"]), axis)
    found = register_rigid(thick, fine, settings=QUICK)
    check_found(found, adult.motions["t1n"], adult)


def test_both_directions_look_from_the_image_with_thinner_slices(adult):
    fine, thick = to_ras(adult.images["t1n"]), _thick(to_ras(adult.images["t1c"]), 2)
    few = RigidSettings(samples=5_000, iterations=10)
    there, back = register_rigid(thick, fine, settings=few), register_rigid(fine, thick, settings=few)
    np.testing.assert_allclose(there.matrix @ back.matrix, np.eye(4), atol=1e-6)


def test_a_second_opinion_looks_from_the_other_image(adult):
    fine, thick = to_ras(adult.images["t1n"]), _thick(to_ras(adult.images["t1c"]), 2)
    there = register_rigid(thick, fine, settings=QUICK)
    back = register_rigid(fine, thick, settings=QUICK, points_of=there.points_of)
    difference = there.matrix @ back.matrix - np.eye(4)
    assert (there.points_of, back.points_of) == ("moving", "moving")
    assert 1e-3 < np.abs(difference).max() < 2


def _thick(volume: Volume, axis: int, slices: int = 2) -> Volume:
    """Return pairs of slices as one of twice the thickness."""
    array = np.moveaxis(volume.array.astype(np.float32), axis, 0)
    array = array[: len(array) // slices * slices].reshape(-1, slices, *array.shape[1:]).mean(axis=1)
    array = np.ascontiguousarray(np.moveaxis(array, 0, axis))
    affine = volume.space.affine.copy()
    affine[:3, 3] += affine[:3, axis] * (slices - 1) / 2
    affine[:3, axis] *= slices
    return Volume(array, Space(array.shape, affine))


def test_a_field_of_view_that_ends_in_the_head_does_no_harm(adult, check_found):
    whole = to_ras(adult.images["t2w"])
    check_found(
        register_rigid(to_ras(adult.images["t1c"]), _lower_part(whole), settings=QUICK), adult.motions["t2w"], adult
    )


def _lower_part(volume: Volume) -> Volume:
    array = np.ascontiguousarray(volume.array[:, :, : volume.array.shape[2] * 3 // 4])
    return Volume(array, Space(array.shape, volume.space.affine))


def test_the_order_of_axes_in_a_file_changes_nothing(adult):
    image = to_ras(adult.images["t1c"])
    flipped = image.space.affine @ np.array(
        [[-1, 0, 0, image.array.shape[0] - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    )
    las = Volume(np.ascontiguousarray(image.array[::-1]), Space(image.space.shape, flipped))
    found = register_rigid(image, to_ras(las), settings=QUICK)
    np.testing.assert_allclose(found.matrix, np.eye(4), atol=0.02)


def test_the_same_images_give_the_same_digits(adult):
    images = to_ras(adult.images["t1c"]), to_ras(adult.images["t2f"])
    few = RigidSettings(samples=5_000, iterations=10)
    first, again = (register_rigid(*images, settings=few) for _ in range(2))
    np.testing.assert_array_equal(first.matrix, again.matrix)
    assert first.metric == again.metric
    other = register_rigid(*images, seed=1, settings=few)
    assert not np.array_equal(first.matrix, other.matrix)


def test_a_mask_of_the_brain_lets_the_last_levels_look_there(adult, brain_points):
    from scipy import ndimage

    fixed, moving = to_ras(adult.images["t1c"]), to_ras(adult.images["t1n"])
    mask = to_ras(adult.brainmask)
    near = ndimage.binary_dilation(mask.array, iterations=4)
    scrambled = np.where(
        near, fixed.array, np.random.default_rng(0).permutation(fixed.array.ravel()).reshape(near.shape)
    )
    found = register_rigid(Volume(scrambled, fixed.space), moving, mask, settings=QUICK)
    assert mean_distance_mm(found.matrix, adult.motions["t1n"], brain_points(adult)) < 1.5


def test_what_cannot_be_registered_is_said():
    image = Volume(np.random.default_rng(0).random((8, 8, 8)), Space((8, 8, 8), np.eye(4)))
    slab = Volume(image.array[:, :, :3], Space((8, 8, 3), np.eye(4)))
    with pytest.raises(InputError, match="the moving image has 8 x 8 x 3 voxels .*; expected at least 4 slices"):
        register_rigid(image, slab, settings=QUICK)
    blank = Volume(np.ones((8, 8, 8)), image.space)
    with pytest.raises(InputError, match="the fixed image shows nothing that could be registered"):
        register_rigid(blank, image, settings=QUICK)


def test_the_real_case_whose_header_is_wrong(shared_data, brain_points):
    folder = shared_data / "raw-tcga-lgg" / "TCGA-FG-6692"
    t1c, t2f = (to_ras(read_volume(folder / f"TCGA-FG-6692_{s}.nii.gz")) for s in ("t1c", "t2f"))
    found = register_rigid(t1c, t2f, settings=RigidSettings(levels_mm=((2.0, 2.0),), samples=30_000))
    steps = np.indices((5, 5, 5)).reshape(3, -1).T / 8 + 0.25  # the middle of the image
    points = (steps * t1c.space.shape) @ t1c.space.affine[:3, :3].T + t1c.space.affine[:3, 3]
    assert mean_distance_mm(found.matrix, np.eye(4), points) == pytest.approx(20.7, abs=0.7)
    assert angle_degrees(found.matrix, np.eye(4)) == pytest.approx(13.5, abs=0.7)
    assert found.agreement_mm < 1
