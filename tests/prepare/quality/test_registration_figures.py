"""Figures of a registration: right poses pass, wrong ones do not."""

import numpy as np
import pytest
from tests.prepare.quality.conftest import found

from braintumornet.core.space import Space
from braintumornet.prepare.quality.mutual_information import STEP_MM, ImagePair, mirror, small_motion
from braintumornet.prepare.quality.registration_figures import points_in_box, registration_figures
from braintumornet.prepare.registration.rigid import Start
from braintumornet.volumes.volume import Volume, to_ras

SEQUENCE = "t2f"


def _verdicts(figures):
    return {figure.name: figure.verdict for figure in figures}


def _judged(raw, reference, error=None, backward=None, rivals=()):
    pose = raw.motions[SEQUENCE] @ (np.eye(4) if error is None else error)
    back = np.linalg.inv(pose) if backward is None else backward
    moving = to_ras(raw.images[SEQUENCE])
    return _verdicts(registration_figures(reference, moving, found(pose, *rivals), found(back), SEQUENCE))


def test_the_true_pose_passes_in_every_figure(raw, reference):
    verdicts = _judged(raw, reference)
    assert set(verdicts.values()) == {"pass"}


@pytest.mark.parametrize(("axis", "steps"), [(0, 1), (2, -4), (4, 1), (5, -4)])
def test_a_shift_or_turn_that_both_directions_agree_on_is_no_pass(raw, reference, axis, steps):
    error = small_motion(steps * np.eye(6)[axis], np.zeros(3), np.full(3, STEP_MM))
    verdicts = _judged(raw, reference, error)
    assert verdicts["cycle consistency"] == "pass"
    assert verdicts["distance to optimum"] != "pass"
    assert verdicts["local optimum"] != "pass"


def test_there_and_back_that_ends_elsewhere_is_no_pass(raw, reference):
    back = small_motion(np.array([0, 0, 1, 0, 0, 0]), np.zeros(3), np.full(3, STEP_MM)) @ np.linalg.inv(
        raw.motions[SEQUENCE]
    )
    assert _judged(raw, reference, backward=back)["cycle consistency"] == "fail"


@pytest.mark.parametrize(
    ("metric", "distance_mm", "verdict"), [(0.49, 2, "pass"), (0.48, 90, "look"), (0.3, 90, "pass")]
)
def test_only_a_start_that_matches_nearly_as_well_and_ended_elsewhere_is_no_pass(
    raw, reference, metric, distance_mm, verdict
):
    judged = _judged(raw, reference, rivals=[Start("moments", metric, distance_mm)])
    assert judged["agreement of starts"] == verdict


def test_a_mirrored_image_is_no_pass(raw, reference):
    image = to_ras(raw.images[SEQUENCE])
    wrong = Volume(np.ascontiguousarray(image.array[::-1]), image.space)
    centre = image.space.affine @ [*(np.subtract(image.space.shape, 1) / 2), 1]
    middle = points_in_box(reference).mean(axis=0)
    pose = mirror(centre[:3]) @ raw.motions[SEQUENCE] @ mirror(middle)  # a proper motion, as a registration finds it
    assert np.linalg.det(pose) > 0
    figures = registration_figures(reference, wrong, found(pose), found(np.linalg.inv(pose)), SEQUENCE)
    assert _verdicts(figures)["handedness"] == "fail"


def test_images_without_common_points_are_no_pass(raw, reference):
    far = np.eye(4)
    far[2, 3] = 1000
    verdicts = _judged(raw, reference, far)
    assert verdicts["local optimum"] == "fail"
    assert verdicts["handedness"] == "look"


def test_an_image_that_shows_nothing_is_no_pass(reference):
    blank = Volume(np.zeros_like(reference.array), reference.space)
    verdicts = _verdicts(registration_figures(reference, blank, found(np.eye(4)), found(np.eye(4)), SEQUENCE))
    assert verdicts["local optimum"] == "fail"


def test_going_uphill_finds_the_true_pose_from_some_distance(raw, reference):
    pair = ImagePair(reference, to_ras(raw.images[SEQUENCE]), points_in_box(reference))
    true = raw.motions[SEQUENCE]
    away = true @ small_motion(np.array([2, -1, 1, 1, 0, 2]), pair.centre_mm, np.full(3, STEP_MM))
    assert pair.match(away) < 0.8 * pair.match(true)
    assert pair.climb(away) > 0.98 * pair.match(true)


def test_a_head_mask_says_where_distances_count(reference, mask):
    box = points_in_box(reference, mask.array)
    assert np.ptp(box, axis=0).max() < np.ptp(points_in_box(reference), axis=0).max()


def test_thick_slices_are_compared_a_slice_apart(reference):
    thick = Volume(reference.array[:, :, ::2], Space(reference.array[:, :, ::2].shape, _every_second_slice(reference)))
    pair = ImagePair(thick, reference, points_in_box(thick))
    spacing_mm = thick.space.spacing_mm[2]
    assert pair.step_mm.tolist() == [STEP_MM, STEP_MM, spacing_mm]
    assert pair.motion(np.array([0, 0, 1, 0, 0, 0]))[2, 3] == pytest.approx(spacing_mm)


def _every_second_slice(image: Volume) -> np.ndarray:
    affine = image.space.affine.copy()
    affine[:3, 2] *= 2
    return affine
