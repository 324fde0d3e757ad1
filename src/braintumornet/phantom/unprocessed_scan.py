"""A phantom as a scanner delivers it: with its skull, every sequence on a grid and in a pose of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import nibabel.orientations as orient
import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Space
from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.contrasts import draw_levels, paint
from braintumornet.phantom.full_head.surroundings import MASK_FLUID_MM, surface_distance_mm
from braintumornet.phantom.head_coordinates import HEAD_SIZE_MM
from braintumornet.phantom.phantom_case import (
    Anatomy,
    Records,
    Streams,
    centred_space,
    draw_records,
    make_anatomy,
)
from braintumornet.phantom.phantom_settings import GENERATOR_VERSION, PhantomSettings
from braintumornet.phantom.scanner import Acquisition, bias_field, blurred, digitised, draw_acquisition
from braintumornet.phantom.skull_and_scalp import draw_shell
from braintumornet.phantom.smooth_noise import smooth_noise
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume

RAW_GENERATOR_VERSION = f"{GENERATOR_VERSION}.1"
"""As `GENERATOR_VERSION`, of raw examinations; since .1 a brain mask holds the fluid next to the brain."""

REFERENCE = "t1c"
_ORIENTATIONS = ("RAS", "LAS", "LPS", "LPI", "PIR", "ASR", "LSA")


@dataclass(frozen=True, eq=False)
class RawExamination:
    """An examination that nobody has prepared, and the truth that preparation is to find.

    Args:
        images: sequence -> int16 volume with skull, on its own grid.
        labels: uint8 volume in coding brats2023, on the grid of t1c.
        brainmask: boolean volume, on the grid of t1c: the brain with the fluid next to it.
        motions: sequence -> (4, 4) rigid motion from a point of t1c to the same point of the sequence, both in RAS+ mm.
        records: what else is known.
    """

    images: Mapping[str, Volume]
    labels: Volume
    brainmask: Volume
    motions: Mapping[str, np.ndarray]
    records: Records


def make_raw_phantom(seed: int, settings: PhantomSettings, index: int = 0) -> RawExamination:
    """Make the raw examination that a seed, an index and settings stand for.

    The settings' grid is that of the head before scanning; a field of view too small for a head with its skull (190 x
    224 x 214 mm) gets a head scaled down to fit.

    Args:
        seed: of the cohort.
        settings: of the cohort.
        index: of the case in the cohort.

    Example:
        >>> raw = make_raw_phantom(1, PhantomSettings(shape=(32, 32, 32), spacing_mm=(7, 7, 7)))
        >>> raw.labels.space == raw.images["t1c"].space
        True
    """
    streams = Streams.of(seed, index)
    records = draw_records(streams.records, settings)
    space = centred_space(settings)
    anatomy = make_anatomy(streams, settings, records, space, HEAD_SIZE_MM)
    layers = (*anatomy.layers, *draw_shell(streams.shell, anatomy.head, anatomy.depth))
    levels = draw_levels(streams.levels)
    rng = streams.scanner
    grain = smooth_noise(rng, anatomy.head.axes, 5)
    images, motions = {}, {}
    for sequence in SEQUENCES:
        taken = draw_acquisition(rng, records.site)
        motions[sequence] = np.eye(4) if sequence == REFERENCE else _draw_motion(rng)
        native = _draw_grid(rng, space, taken)
        image = paint(layers, levels, sequence, space.shape)
        image *= 1 + np.float32(taken.grain) * grain
        image = blurred(image, anatomy.head.axes, taken) * bias_field(rng, anatomy.head.axes, taken)
        seen = _moved(Volume(image, space), motions[sequence], native, order=1)
        images[sequence] = Volume(digitised(rng, seen.array, taken), native)
    return _with_truth(anatomy, space, images, motions, records)


def _with_truth(
    anatomy: Anatomy, space: Space, images: dict[str, Volume], motions: dict[str, np.ndarray], records: Records
) -> RawExamination:
    """Bring labels and brain mask to the grid of t1c."""
    native = images[REFERENCE].space
    labels = _moved(Volume(anatomy.labels, space), np.eye(4), native, order=0)
    inside = surface_distance_mm(anatomy.head, anatomy.depth) < MASK_FLUID_MM
    mask = _moved(Volume(inside.astype(np.uint8), space), np.eye(4), native, order=0)
    return RawExamination(images, labels, Volume(mask.array > 0, native), motions, records)


def _moved(volume: Volume, motion: np.ndarray, native: Space, order: int) -> Volume:
    """Sample a volume on a native grid after the head has moved."""
    seen_from = Space(native.shape, np.linalg.inv(motion) @ native.affine)
    return Volume(resample(volume, seen_from, order).array, native)


def _draw_motion(rng: np.random.Generator) -> np.ndarray:
    """Draw how a patient moved between two sequences: some degrees, some mm."""
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_rotvec(rng.normal(0, 2.5, 3).clip(-6, 6), degrees=True).as_matrix()
    motion[:3, 3] = rng.normal(0, 3.0, 3).clip(-8, 8)
    return motion


def _draw_grid(rng: np.random.Generator, space: Space, taken: Acquisition) -> Space:
    """Draw a sequence's own grid over the field of view: its spacing, its orientation, a little oblique."""
    spacing = np.multiply(space.spacing_mm, rng.uniform(0.9, 1.15))
    spacing[taken.slice_axis] = max(spacing[taken.slice_axis], taken.slice_mm)
    shape = np.ceil(np.multiply(space.shape, space.spacing_mm) / spacing).astype(int)
    codes = str(rng.choice(_ORIENTATIONS))
    turn = Rotation.from_rotvec(rng.normal(0, 2.0, 3).clip(-5, 5), degrees=True).as_matrix()
    upright = np.eye(4)
    upright[:3, :3] = turn * spacing
    upright[:3, 3] = upright[:3, :3] @ (-(shape - 1) / 2)
    transform = orient.ornt_transform(orient.axcodes2ornt(("R", "A", "S")), orient.axcodes2ornt(tuple(codes)))
    affine = upright @ orient.inv_ornt_aff(transform, tuple(shape))
    permuted = [0, 0, 0]
    for axis, target in enumerate(transform[:, 0].astype(int)):
        permuted[target] = int(shape[axis])
    return Space((permuted[0], permuted[1], permuted[2]), affine)
