"""The skull is seen as a dark gap under a bright rim."""

import numpy as np
import pytest

from braintumornet.volumes.brain_plausibility import describe_left_out, doubt_brain, judge_brain
from braintumornet.volumes.skull import shows_skull, skull_score

SPACING_MM = (2.0, 2.0, 2.0)


def ball(radii_mm: dict[float, float], spacing_mm: tuple[float, float, float] = SPACING_MM) -> np.ndarray:
    """Return shells, given as outer radius -> brightness from the inside out, in the dark."""
    shape = tuple(int(220 / mm) for mm in spacing_mm)
    places = np.moveaxis(np.indices(shape), 0, -1) * spacing_mm - 110
    radius = np.linalg.norm(places, axis=-1)
    image = np.zeros(shape, np.float32)
    for outer, brightness in sorted(radii_mm.items(), reverse=True):
        image[radius < outer] = brightness
    return image


def has_skull(image: np.ndarray, brain: np.ndarray, spacing_mm: tuple[float, float, float]) -> bool:
    return shows_skull([skull_score(image, brain, spacing_mm)])


BRAIN = {72: 100.0}
HEAD = {72: 100.0, 74: 30.0, 82: 12.0, 90: 150.0}


def test_a_head_has_a_skull_and_a_brain_has_none():
    head, brain = ball(HEAD), ball(BRAIN)
    assert skull_score(head, head != 0, SPACING_MM) > 0.9
    assert skull_score(brain, brain != 0, SPACING_MM) == 0


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 6.0), (6.0, 2.0, 2.0)])
def test_thick_slices_do_not_hide_it(spacing_mm):
    head = ball(HEAD, spacing_mm)
    assert has_skull(head, head != 0, spacing_mm)


def test_noise_around_the_head_does_not_hide_it():
    head = ball(HEAD) + np.abs(np.random.default_rng(0).normal(0, 3, ball(HEAD).shape))
    assert has_skull(head, head != 0, SPACING_MM)


def test_a_brain_mask_that_holds_the_skull_shows_it():
    head = ball(HEAD)
    assert has_skull(head, ball({91: 1.0}) > 0, SPACING_MM)
    assert not has_skull(head, ball(BRAIN) > 0, SPACING_MM)


def test_dark_furrows_are_no_skull():
    """Fluid between the folds is dark on some rays only, and never all around."""
    brain = ball(BRAIN)
    brain[:, 40:44, :] *= 0.1
    brain[60:64] *= 0.1
    assert not has_skull(brain, brain != 0, SPACING_MM)


@pytest.mark.parametrize("mm", [1.0, 1.5])
def test_narrow_furrows_in_fine_voxels_are_no_skull_and_the_skull_is_seen(mm):
    fine = (mm, mm, mm)
    brain, head = ball({66: 100.0, 67.5: 15.0, 72: 100.0}, fine), ball(HEAD, fine)
    assert not has_skull(brain, brain != 0, fine)
    assert has_skull(head, head != 0, fine)


def test_z_scores_of_a_brain_show_no_skull():
    inside = ball(BRAIN) > 0
    scores = np.where(inside, np.random.default_rng(0).normal(0, 1, inside.shape), 0).astype(np.float32)
    assert not has_skull(scores, inside, SPACING_MM)


def test_a_rim_that_one_of_several_sequences_shows_is_no_skull():
    """Fluid around a brain is bright on T2, and the brain's edge under it is dark where voxels are coarse."""
    rim, brain = ball({72: 100.0, 80: 68.0, 90: 110.0}), ball({90: 100.0})
    inside = rim != 0
    assert judge_brain({"t2w": rim}, inside, SPACING_MM).skull
    assert not judge_brain({"t1c": brain, "t2f": brain, "t1n": brain, "t2w": rim}, inside, SPACING_MM).skull


def test_an_empty_or_tiny_image_shows_no_skull():
    nothing = np.zeros((20, 20, 20), np.float32)
    assert not has_skull(nothing, nothing != 0, SPACING_MM)
    one = np.pad(np.ones((3, 3, 3), np.float32), 4)
    assert not has_skull(one, one != 0, SPACING_MM)


@pytest.mark.parametrize(
    ("image", "spacing_mm", "kind", "text"),
    [
        (ball(HEAD), SPACING_MM, "skull", "the skull is there (30"),
        (ball(BRAIN), SPACING_MM, None, ""),
        (ball(BRAIN), (3.0, 3.0, 3.0), "brain-size", "more than a brain has (up to 2200 ml)"),
        (ball(BRAIN), (0.5, 0.5, 0.5), "brain-size", "less than a brain has (from 300 ml)"),
        (ball(BRAIN) + 3, SPACING_MM, "no-background", "nearly every voxel counts as brain"),
    ],
)
def test_what_counts_as_brain_is_doubted(image, spacing_mm, kind, text):
    doubt = doubt_brain(judge_brain({"t1c": image}, image != 0, spacing_mm))
    assert (doubt and doubt.kind) == kind
    assert doubt is None or text in doubt.what


def test_an_image_that_is_empty_in_much_of_the_brain_is_told():
    whole, half = ball(BRAIN), ball(BRAIN)
    half[: len(half) // 2] = 0
    assert judge_brain({"t1c": whole, "t2f": half}, whole != 0, SPACING_MM).blank == {
        "t2f": pytest.approx(0.5, abs=0.02)
    }


def test_a_brain_mask_that_leaves_out_much_of_a_stripped_image_is_told():
    brain = ball(BRAIN)
    mask = brain != 0
    mask[: len(mask) // 2] = False
    facts = judge_brain({"t1c": brain}, mask, SPACING_MM, masked=True)
    assert describe_left_out(facts) == "the brain mask leaves out 49 % of what the images show: look at it"


def test_a_brain_mask_within_a_head_leaves_out_nothing_of_the_brain():
    head, mask = ball(HEAD), ball(BRAIN) != 0
    assert describe_left_out(judge_brain({"t1c": head}, mask, SPACING_MM, masked=True)) == ""
