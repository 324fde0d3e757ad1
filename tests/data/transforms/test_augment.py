"""What is drawn stays within what the settings allow, and the same stream of random numbers draws the same."""

from collections import Counter
from dataclasses import fields

import numpy as np
import pytest

from braintumornet.data.data_settings import AugmentSettings, ProbabilitySettings
from braintumornet.data.transforms.augment import Augmentation, draw_augmentation

EXTENT_MM = np.array([96.0, 64.0, 48.0])
STRONG = AugmentSettings(
    flip=(0.5, 0.5, 0.5),
    affine=1.0,
    rotation_degrees=30,
    scale=(0.8, 1.2),
    anisotropic_scale=0.1,
    shear=0.1,
    elastic_mm=3.0,
    blur_voxels=1.0,
    low_resolution=2.0,
    thick_slices=4.0,
    gamma_sd=0.3,
    contrast_sd=0.3,
    gain_sd=0.3,
    shift_sd=0.3,
    linear_bias_sd=0.3,
    bias_field_sd=0.3,
    noise_sd=0.3,
    sequence_dropout=0.5,
)


def draw(seed: int, settings: AugmentSettings = STRONG, present: tuple[bool, ...] = (True, True)) -> Augmentation:
    return draw_augmentation(np.random.default_rng(seed), settings, np.array(present), EXTENT_MM)


def test_the_same_stream_draws_the_same() -> None:
    first, second = draw(1), draw(1)
    for field in fields(Augmentation):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_the_defaults_draw_nothing() -> None:
    drawn = draw(1, AugmentSettings())
    assert np.array_equal(drawn.matrix, np.eye(3))
    assert drawn.displacements_mm is None
    assert drawn.field is None
    assert drawn.coarseness == (1, 1, 1)
    assert drawn.blur_voxels == drawn.noise_sd == 0
    assert np.all([drawn.gamma, drawn.contrast, drawn.gain] == np.ones(2))
    assert not drawn.shift.any()
    assert not drawn.dropped.any()


def test_a_chance_of_zero_switches_off() -> None:
    never = ProbabilitySettings(**dict.fromkeys(ProbabilitySettings.model_fields, 0.0))
    off = draw(
        3, STRONG.model_copy(update={"probability": never, "affine": 0.0, "flip": (0, 0, 0), "sequence_dropout": 0.0})
    )
    none = draw(3, AugmentSettings())
    for field in fields(Augmentation):
        if field.name != "noise_seed":
            np.testing.assert_array_equal(getattr(off, field.name), getattr(none, field.name))


def test_a_chance_is_a_probability() -> None:
    settings = AugmentSettings(gamma_sd=0.3, noise_sd=0.1, probability=ProbabilitySettings(gamma=0.3, noise=0.1))
    drawn = [draw(seed, settings) for seed in range(1000)]
    assert np.mean([a.gamma[0] != 1 for a in drawn]) == pytest.approx(0.3, abs=0.05)
    assert np.mean([a.noise_sd > 0 for a in drawn]) == pytest.approx(0.1, abs=0.03)


def test_the_matrix_turns_and_scales_within_its_limits() -> None:
    settings = AugmentSettings(affine=1.0, rotation_degrees=30, scale=(0.8, 1.2), flip=(0.5, 0.5, 0.5))
    for seed in range(30):
        stretches = np.linalg.svd(draw(seed, settings).matrix, compute_uv=False)
        np.testing.assert_allclose(stretches, stretches[0])
        assert 1 / 1.2 <= stretches[0] <= 1 / 0.8


def test_stretch_changes_each_axis_by_itself() -> None:
    settings = AugmentSettings(affine=1.0, anisotropic_scale=0.1)
    matrices = np.array([draw(seed, settings).matrix for seed in range(30)])
    axes = np.diagonal(matrices, axis1=1, axis2=2)
    assert np.ptp(axes, axis=1).min() > 0
    assert 1 / 1.1 <= axes.min() <= axes.max() <= 1 / 0.9


def test_shear_moves_planes_along_each_other() -> None:
    matrices = np.array([draw(seed, AugmentSettings(affine=1.0, shear=0.2)).matrix for seed in range(30)])
    np.testing.assert_allclose(np.linalg.det(matrices), 1)
    assert 0.15 < np.abs(matrices[:, 0, 1]).max() <= 0.2


def test_an_elastic_deformation_never_folds() -> None:
    settings = AugmentSettings(elastic_mm=100.0, elastic_spacing_mm=16.0)
    moved = draw(0, settings).displacements_mm
    assert moved is not None
    assert moved.shape == (3, 6 + 3, 4 + 3, 3 + 3)
    assert np.abs(moved).max() == pytest.approx(0.4 * 16)


def test_coarse_voxels_are_cubes_and_thick_slices_are_not() -> None:
    cubes = [draw(seed, AugmentSettings(low_resolution=2.0)).coarseness for seed in range(20)]
    assert all(edges[0] == edges[1] == edges[2] and 1 <= edges[0] <= 2 for edges in cubes)
    slices = np.array([draw(seed, AugmentSettings(thick_slices=5.0)).coarseness for seed in range(50)])
    assert np.all((slices > 1).sum(axis=1) == 1)
    assert set((slices > 1).argmax(axis=1)) == {0, 1, 2}
    assert slices.max() <= 5


def test_one_present_sequence_always_stays() -> None:
    settings = AugmentSettings(sequence_dropout=1.0)
    for present in ((True, True, True), (False, True, True), (False, True, False)):
        left = [present & ~draw(seed, settings, present).dropped for seed in range(20)]
        assert all(flags.sum() == 1 for flags in left)
    assert {int(flags.argmax()) for flags in left} == {1}


def test_an_absent_sequence_cannot_be_dropped() -> None:
    assert not any(draw(seed, AugmentSettings(sequence_dropout=0.9), (False, True)).dropped[0] for seed in range(20))


def test_most_patches_keep_all_sequences_where_few_are_to_lose_some() -> None:
    settings = AugmentSettings(sequence_dropout=0.5, probability=ProbabilitySettings(sequence_dropout=0.5))
    flags = (True, True, True, True)
    draws = Counter(tuple(draw(seed, settings, flags).dropped.tolist()) for seed in range(300))
    (commonest, times), (_, second) = draws.most_common(2)
    assert not any(commonest)
    assert times > 2 * second
    assert len(draws) == 15  # all but the one in which nothing is left


def test_the_probability_of_losing_some_changes_nothing_else() -> None:
    always = AugmentSettings(sequence_dropout=0.9, noise_sd=0.1)
    never = always.model_copy(update={"probability": ProbabilitySettings(sequence_dropout=0.0)})
    first, second = draw(3, always), draw(3, never)
    assert first.dropped.any()
    assert not second.dropped.any()
    assert first.noise_seed == second.noise_seed
