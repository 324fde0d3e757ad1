"""Image and label move together, and where the map says."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from braintumornet.data.data_settings import AugmentSettings
from braintumornet.data.transforms.augment import Augmentation, draw_augmentation
from braintumornet.data.transforms.spatial import plan_warp, warp_patch
from braintumornet.data.transforms.splines import SmoothField
from braintumornet.volumes.box import cut_box

NOTHING = draw_augmentation(np.random.default_rng(0), AugmentSettings(), np.array([True]), np.full(3, 32.0))
UNIT_MM = (1.0, 1.0, 1.0)


def take(
    volume: np.ndarray,
    augmentation: Augmentation,
    patch: tuple[int, int, int] | None = None,
    start: tuple[int, int, int] = (0, 0, 0),
    spacing_mm: tuple[float, float, float] = UNIT_MM,
) -> tuple[Tensor, Tensor]:
    """Return a patch of a volume whose labels are its rounded intensities."""
    labels = np.round(volume).astype(np.int32)
    warp = plan_warp(augmentation, patch or labels.shape, np.array(start), spacing_mm)
    begin, box = warp.source(labels.shape)
    image = torch.from_numpy(cut_box(volume[None].astype(np.float32), begin, box))
    moved, marks = warp_patch(image, torch.from_numpy(cut_box(labels, begin, box)), warp, begin)
    return moved[0], marks


def linear(matrix: object) -> Augmentation:
    return replace(NOTHING, matrix=np.asarray(matrix, dtype=float))


def turn(axis: int, degrees: float) -> np.ndarray:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    a, b = [other for other in range(3) if other != axis]
    matrix[a, a], matrix[a, b], matrix[b, a], matrix[b, b] = cosine, -sine, sine, cosine
    return matrix


def blob(shape: tuple[int, int, int], centre: tuple[float, ...], sd: float = 2.0, height: float = 9.0) -> np.ndarray:
    squares = sum((index - c) ** 2 for index, c in zip(np.indices(shape), centre, strict=True))
    return np.asarray(height * np.exp(-squares / (2 * sd**2)))


def centre_of_mass(weights: Tensor) -> np.ndarray:
    values = weights.double().numpy()
    return np.array([(index * values).sum() for index in np.indices(values.shape)]) / values.sum()


@pytest.fixture
def volume() -> np.ndarray:
    return np.random.default_rng(0).uniform(1, 9, (12, 10, 8)).astype(np.float32)


def test_nothing_moves_without_a_map(volume: np.ndarray) -> None:
    image, labels = take(volume, NOTHING)
    assert np.array_equal(image, volume)
    assert np.array_equal(labels, np.round(volume))


def test_a_patch_begins_where_it_should(volume: np.ndarray) -> None:
    image, _ = take(volume, NOTHING, (4, 3, 5), (2, 6, -1))
    assert np.array_equal(image[:, :, 1:], volume[2:6, 6:9, 0:4])
    assert not image[:, :, 0].any()


@pytest.mark.parametrize("axis", range(3))
def test_mirroring_is_exact_and_twice_is_nothing(axis: int, volume: np.ndarray) -> None:
    mirror = np.eye(3)
    mirror[axis, axis] = -1
    image, labels = take(volume, linear(mirror))
    assert np.array_equal(image, np.flip(volume, axis))
    assert np.array_equal(labels, np.flip(np.round(volume), axis))
    assert np.array_equal(take(image.numpy(), linear(mirror))[0], volume)


@pytest.mark.parametrize(("axis", "plane"), [(0, (2, 1)), (1, (2, 0)), (2, (1, 0))])
def test_a_quarter_turn_is_a_quarter_turn(axis: int, plane: tuple[int, int]) -> None:
    cube = np.random.default_rng(1).uniform(1, 9, (9, 9, 9))
    image, labels = take(cube, linear(turn(axis, 90)))
    np.testing.assert_allclose(image, np.rot90(cube, axes=plane), atol=1e-4)
    assert np.array_equal(labels, np.rot90(np.round(cube), axes=plane))


def test_a_quarter_turn_of_flat_voxels_is_one_in_millimetres() -> None:
    ridge = np.zeros((8, 16, 3))  # 2 mm by 1 mm
    ridge[2:6, 8, :] = 5  # 8 mm along the first axis
    _, labels = take(ridge, linear(turn(2, 90)), spacing_mm=(2.0, 1.0, 1.0))
    assert labels[:, :, 1].any(dim=1).sum() == 1
    assert labels[:, :, 1].any(dim=0).sum() == 8


def test_half_a_voxel_is_interpolated() -> None:
    ramp = np.arange(16.0)[:, None, None] * np.ones((1, 4, 4)) + 1
    shear = np.eye(3)
    shear[0, 1] = 0.5
    image, _ = take(ramp, linear(shear), (4, 4, 4), (6, 0, 0))
    expected = np.arange(7.0, 11)[:, None] + 0.5 * (np.arange(4) - 1.5)
    np.testing.assert_allclose(image[:, :, 1], expected, atol=1e-5)


def test_magnifying_by_two_doubles_a_sphere() -> None:
    radius = np.sqrt(sum((index - 19.5) ** 2 for index in np.indices((40, 40, 40))))
    image, labels = take((radius < 8) * 4.0, linear(np.eye(3) / 2))
    assert (labels > 0).any(dim=2).any(dim=1).sum() == 2 * 16
    assert int((labels > 0).sum()) / (radius < 8).sum() == pytest.approx(8, rel=0.01)
    assert float((image > 2).sum()) == pytest.approx(int((labels > 0).sum()), rel=0.06)


def test_shear_moves_a_landmark() -> None:
    shear = np.eye(3)
    shear[0, 2] = 0.5
    middle, found = np.full(3, 15.5), np.array([18.0, 14.0, 22.0])
    source = middle + shear @ (found - middle)
    image, labels = take(blob((32, 32, 32), tuple(source)), linear(shear))
    np.testing.assert_allclose(centre_of_mass(image), found, atol=0.05)
    np.testing.assert_allclose(centre_of_mass(labels), found, atol=0.3)


def test_an_elastic_deformation_moves_a_landmark() -> None:
    knots = np.zeros((3, 4, 4, 4))
    knots[0], knots[1] = 3.0, -2.0  # the same everywhere: a shift
    image, labels = take(blob((32, 32, 32), (16, 16, 16)), replace(NOTHING, displacements_mm=knots))
    np.testing.assert_allclose(centre_of_mass(image), (13, 18, 16), atol=1e-3)
    np.testing.assert_allclose(centre_of_mass(labels), (13, 18, 16), atol=1e-3)


def test_a_landmark_moves_by_the_spline_at_its_place() -> None:
    knots = np.random.default_rng(3).normal(0, 2.0, (3, 5, 5, 5))
    found = (20, 12, 17)
    moved = SmoothField(knots, (32, 32, 32), torch.device("cpu")).block(slice(32))[:, *found].numpy()
    spacing_mm = (1.0, 2.0, 1.0)
    source = np.array(found) + moved / spacing_mm
    volume = blob((32, 32, 32), tuple(source), sd=1.0)
    image, labels = take(volume, replace(NOTHING, displacements_mm=knots), spacing_mm=spacing_mm)
    assert np.unravel_index(int(image.argmax()), image.shape) == found
    assert labels[found] >= labels.max() - 1


def test_labels_are_never_mixed() -> None:
    codes = np.random.default_rng(2).choice([0, 1, 6, 96], (12, 12, 12)).astype(float)
    knots = np.random.default_rng(3).normal(0, 1, (3, 4, 4, 4))
    _, labels = take(codes, replace(linear(turn(0, 20) / 1.1), displacements_mm=knots))
    assert set(labels.unique().tolist()) <= {0, 1, 6, 96}


def test_labels_of_any_size_keep_every_bit() -> None:
    code = 2**30 + 1  # a float32 could not tell it from 2**30
    labels = torch.full((8, 8, 8), code, dtype=torch.int32)
    warp = plan_warp(linear(turn(0, 10)), (4, 4, 4), np.array([2, 2, 2]), UNIT_MM)
    begin, box = warp.source((8, 8, 8))
    d, h, w = (slice(a, a + b) for a, b in zip(begin, box, strict=True))
    _, found = warp_patch(torch.zeros(1, *box), labels[d, h, w], warp, begin)
    assert torch.all(found == code)


def test_beyond_the_volume_is_zero() -> None:
    image, labels = take(np.full((8, 8, 8), 3.0), linear(np.eye(3) * 2))  # shown at half its size
    assert torch.all(image[2:6, 2:6, 2:6] == 3)
    assert image.sum() == 3 * 4**3
    assert labels.count_nonzero() == 4**3


def test_image_and_mask_turn_alike() -> None:
    volume = np.zeros((32, 32, 32))
    volume[12:22, 8:20, 10:18] = 1
    image, labels = take(volume, linear(turn(2, 20)))
    assert ((image > 0.5) == (labels > 0)).float().mean() > 0.995


@pytest.mark.parametrize("degrees", [0.0, 17.0])
def test_the_source_is_as_large_as_needed(degrees: float, volume: np.ndarray) -> None:
    large = np.random.default_rng(0).uniform(1, 9, (40, 40, 40))
    whole = take(large, linear(turn(1, degrees)))[0][16:24, 16:24, 16:24]
    warp = plan_warp(linear(turn(1, degrees)), (8, 8, 8), np.array([16, 16, 16]), UNIT_MM)
    assert max(warp.source((40, 40, 40))[1]) <= 8 * 1.25 + 2
    part = take(large, linear(turn(1, degrees)), (8, 8, 8), (16, 16, 16))[0]
    np.testing.assert_allclose(part, whole, atol=1e-4)


@pytest.mark.parametrize(
    "make", [lambda: linear(turn(0, 20)), lambda: replace(NOTHING, displacements_mm=np.ones((3, 4, 4, 4)))]
)
def test_the_same_map_gives_the_same_bits(make: Callable[[], Augmentation], volume: np.ndarray) -> None:
    first, second = take(volume, make()), take(volume, make())
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_a_large_patch_is_sampled_in_parts_without_a_seam() -> None:
    places = np.stack(np.indices((20, 100, 100))).sum(axis=0).astype(float)  # linear, so interpolation is exact
    matrix = turn(0, 5)
    image, _ = take(places + 1, linear(matrix), (16, 96, 96), (2, 2, 2))
    offsets = np.stack(np.indices((16, 96, 96))) - np.array([7.5, 47.5, 47.5])[:, None, None, None]
    expected = (np.einsum("ab,bdhw->adhw", matrix, offsets) + np.array([9.5, 49.5, 49.5])[:, None, None, None]).sum(
        0
    ) + 1
    inside = (slice(None), slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(image.numpy()[inside], expected[inside], rtol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device that torch can use on this machine")
def test_the_accelerator_does_the_same() -> None:
    knots = np.random.default_rng(3).normal(0, 1, (3, 4, 4, 4))
    augmentation = replace(linear(turn(0, 20)), displacements_mm=knots)
    warp = plan_warp(augmentation, (24, 24, 24), np.array([4, 4, 4]), UNIT_MM)
    begin, box = warp.source((32, 32, 32))
    image, labels = torch.rand(2, *box), torch.randint(0, 8, box, dtype=torch.int32)
    expected = warp_patch(image, labels, warp, begin)
    found = warp_patch(image.cuda(), labels.cuda(), warp, begin)
    torch.testing.assert_close(found[0].cpu(), expected[0], atol=1e-3, rtol=1e-3)
    assert (found[1].cpu() == expected[1]).float().mean() > 0.999
