"""Rigid registration: how one image of a head must be turned and shifted to lie on another of the same head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import PositiveFloat, PositiveInt
from scipy import ndimage

from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.registration.head_mask import head_mask
from braintumornet.prepare.registration.itk_images import to_rigid_transform
from braintumornet.prepare.registration.mutual_information import ImagePair, measure_fit, overlap
from braintumornet.prepare.registration.optimise import climb
from braintumornet.prepare.registration.pyramid import clipped, cropped, isotropic, smoothed, thinned
from braintumornet.prepare.registration.rigid_motion import box_points, mean_distance_mm
from braintumornet.prepare.registration.starts import propose_starts
from braintumornet.volumes.volume import Volume

Side = Literal["fixed", "moving"]

FEWEST_SLICES = 4
_MASK_MM = 3.0  # is fine enough to say where the brain and its surroundings are
_AS_GOOD = 0.9  # of the best metric
_FINER = 0.95  # of the other's thickest axis: from there on an image is the better one to take points from


class RigidSettings(Settings):
    """How a rigid registration searches.

    Args:
        search_mm: resolution at which all starts are compared.
        coarse_mm: resolution at which the best starts are refined.
        refined: how many starts are refined.
        apart_mm: how far apart two of them are at least.
        levels_mm: resolution and smoothing of each later level; slices thicker than that are left as they are.
        margin_mm: what is looked at around the head, or around the brain where it is known.
        samples: points of the head that a later level looks at.
        iterations: of the optimiser, at most, per level.
    """

    search_mm: PositiveFloat = 8.0
    coarse_mm: PositiveFloat = 4.0
    refined: PositiveInt = 3
    apart_mm: PositiveFloat = 8.0
    levels_mm: tuple[tuple[PositiveFloat, PositiveFloat], ...] = ((2.0, 2.0), (1.0, 1.0))
    margin_mm: PositiveFloat = 10.0
    samples: PositiveInt = 100_000
    iterations: PositiveInt = 100


@dataclass(frozen=True)
class Start:
    """A start that was refined at the coarse level.

    Args:
        name: what it rested on.
        metric: mutual information in nats that it came to.
        distance_mm: from where the best of them came to, mean over the box around the head.
    """

    name: str
    metric: float
    distance_mm: float


@dataclass(frozen=True, eq=False)
class Registration:
    """Where a moving image lies to a fixed one.

    Args:
        matrix: (4, 4) from a point of the fixed image to the same point of the moving image, RAS+ mm.
        metric_start: mutual information in nats at the header's positions, over the points of the last level.
        metric: at the result, over the same points.
        starts: those that were refined, the best first.
        agreement_mm: largest distance from the best start of those that came to nine tenths of its metric; others ended
            on a lower peak, which says nothing against the best.
        moved_mm: mean distance over the head's box between the header's positions and the result.
        points_of: the image that points were taken from.
    """

    matrix: np.ndarray
    metric_start: float
    metric: float
    starts: tuple[Start, ...]
    agreement_mm: float
    moved_mm: float
    points_of: Side = "fixed"

    @property
    def start(self) -> str:
        """What the start that won rested on."""
        return self.starts[0].name


def agreement_mm(starts: Sequence[Start]) -> float:
    """Return how far from the best start those ended that came to nine tenths of its metric.

    Example:
        >>> agreement_mm([Start("header", 1.0, 0.0), Start("centre", 0.98, 0.4), Start("vertex", 0.5, 170.0)])
        0.4
    """
    return max(start.distance_mm for start in starts if start.metric >= _AS_GOOD * starts[0].metric)


def register_rigid(
    fixed: Volume,
    moving: Volume,
    fixed_mask: Volume | None = None,
    seed: int = 0,
    settings: RigidSettings | None = None,
    points_of: Side | None = None,
) -> Registration:
    """Find how a head lies in two images.

    All starts are compared at a low resolution, the best that lie apart are refined, and the best of these is
    refined at the images' own resolution. Points are taken from whichever image has the thinner slices, because
    interpolation into thick slices favours places that lie on their grid. The same images give the same digits.

    Args:
        fixed: any sequence, RAS+ orientation.
        moving: another image of the same head, RAS+ orientation.
        fixed_mask: of the brain, on any grid; with it the last levels look at the brain and its surroundings alone.
        seed: of the points that are looked at.
        settings: default as `RigidSettings`.
        points_of: the image that points are taken from; default the one of the thinner slices. The way back with its
            images exchanged and the same word is a second, independent opinion.

    Raises:
        InputError: an image has fewer than four slices, or shows nothing.

    Example:
        >>> from braintumornet.phantom.phantom_settings import PhantomSettings
        >>> from braintumornet.phantom.unprocessed_scan import make_raw_phantom
        >>> from braintumornet.volumes.volume import to_ras
        >>> raw = make_raw_phantom(1, PhantomSettings(shape=(32, 32, 32), spacing_mm=(7, 7, 7)))
        >>> found = register_rigid(to_ras(raw.images["t1c"]), to_ras(raw.images["t1n"]))
        >>> bool(np.linalg.norm(found.matrix[:3, 3] - raw.motions["t1n"][:3, 3]) < 7)
        True
    """
    settings = settings or RigidSettings()
    for image, name in ((fixed, "fixed"), (moving, "moving")):
        _require_image(image, name)
    moving_is_finer = max(moving.space.spacing_mm) < _FINER * max(fixed.space.spacing_mm)
    side: Side = points_of or ("moving" if moving_is_finer else "fixed")
    pair = ImagePair(clipped(fixed), clipped(moving), seed=seed)
    mask = None if fixed_mask is None else widened(fixed_mask, settings.margin_mm)
    if side == "moving":
        pair = ImagePair(pair.moving, pair.fixed, moving_mask=mask, seed=seed)
    else:
        pair = replace(pair, fixed_mask=mask)
    found = _register(pair, settings)
    return replace(found, matrix=np.linalg.inv(found.matrix), points_of=side) if side == "moving" else found


def _require_image(image: Volume, name: str) -> None:
    if min(image.space.shape) < FEWEST_SLICES:
        msg = f"the {name} image has {image.space}; expected at least {FEWEST_SLICES} slices along each axis"
        raise InputError(msg)
    if not np.ptp(image.array) > 0:  # not so for NaN
        msg = f"the {name} image shows nothing that could be registered: every voxel has one value, or one is no number"
        raise InputError(msg)


def widened(mask: Volume, margin_mm: float) -> Volume:
    """Return a mask that is larger by a margin all around, on a grid of about 3 mm; boolean."""
    few = thinned(mask, _MASK_MM)
    near = ndimage.distance_transform_edt(few.array == 0, few.space.spacing_mm) <= margin_mm
    return Volume(near, few.space)


def _register(pair: ImagePair, settings: RigidSettings) -> Registration:
    coarse = ImagePair(isotropic(pair.fixed, settings.coarse_mm), isotropic(pair.moving, settings.coarse_mm))
    head = head_mask(coarse.fixed, settings.margin_mm)
    coarse = replace(coarse, fixed_mask=head)
    points_mm = box_points(head.array, head.space)
    centre_mm = points_mm.mean(axis=0)
    starts = propose_starts(head_mask(coarse.fixed), head_mask(coarse.moving))
    chosen = _choose(coarse, starts, points_mm, settings)
    refined = []
    for name, matrix in chosen.items():
        better = climb(coarse, to_rigid_transform(matrix, centre_mm), settings.coarse_mm / 2, settings.iterations)
        refined.append((_score(coarse, [better])[0], name, better))
    refined.sort(key=lambda found: -found[0])
    matrix = best = refined[0][2]
    mask = pair.fixed_mask or head
    pair = replace(pair, fixed=cropped(pair.fixed, mask), fixed_mask=mask)
    for spacing_mm, sd_mm in settings.levels_mm:
        level = _at_level(pair, spacing_mm, sd_mm, settings)
        matrix = climb(level, to_rigid_transform(matrix, centre_mm), spacing_mm / 2, settings.iterations)
    before, after = measure_fit(level, [to_rigid_transform(m, centre_mm) for m in (np.eye(4), matrix)])
    tried = [Start(name, metric, mean_distance_mm(found, best, points_mm)) for metric, name, found in refined]
    return Registration(
        matrix=matrix,
        metric_start=before,
        metric=after,
        starts=tuple(tried),
        agreement_mm=agreement_mm(tried),
        moved_mm=mean_distance_mm(np.eye(4), matrix, points_mm),
    )


def _choose(
    coarse: ImagePair, starts: Mapping[str, np.ndarray], points_mm: np.ndarray, settings: RigidSettings
) -> dict[str, np.ndarray]:
    """Return the best starts that lie apart."""
    pair = ImagePair(isotropic(coarse.fixed, settings.search_mm), isotropic(coarse.moving, settings.search_mm))
    pair = replace(pair, fixed_mask=coarse.fixed_mask)
    scores = _score(pair, list(starts.values()))
    chosen: dict[str, np.ndarray] = {}
    for name in sorted(starts, key=dict(zip(starts, scores, strict=True)).__getitem__, reverse=True):
        near = (mean_distance_mm(starts[name], other, points_mm) for other in chosen.values())
        if len(chosen) < settings.refined and all(mm >= settings.apart_mm for mm in near):
            chosen[name] = starts[name]
    return chosen


def _score(pair: ImagePair, matrices: list[np.ndarray]) -> list[float]:
    """Return the mutual information times the share of the head that both images show.

    Without that share, a corner that happens to match would beat the whole head.
    """
    fits = measure_fit(pair, [to_rigid_transform(matrix) for matrix in matrices])
    mask = pair.fixed_mask or Volume(np.ones(pair.fixed.space.shape, bool), pair.fixed.space)
    return [fit * share for fit, share in zip(fits, overlap(mask, pair.moving, matrices), strict=True)]


def _at_level(pair: ImagePair, spacing_mm: float, sd_mm: float, settings: RigidSettings) -> ImagePair:
    fixed = thinned(smoothed(pair.fixed, sd_mm), spacing_mm)
    return replace(pair, fixed=fixed, moving=smoothed(pair.moving, sd_mm), samples=settings.samples)
