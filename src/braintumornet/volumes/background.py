"""What surrounds the head in an image: made zero where it is one value, as skull-stripped images have it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

EDGE_SHARE = 0.5  # of the voxels on the edges of the volume that one value must have to be its background
FRAME_SHARE = 0.1  # of all voxels that a further value must have, as where an image was moved within a larger frame
DUST = 0.005  # of the range of grey levels: what resampling leaves of an empty background; a scanner's noise is more
DUSTY_EDGES = 0.95  # of the voxels on the edges that must be no more than that
SOLID = 0.6  # of the voxels of a value whose next voxel has it, too; whole numbers of noise lie scattered
LEAST_SHARE = 0.02  # of all voxels; less is tissue
SAMPLE = 200_000


@dataclass(frozen=True)
class Cleared:
    """An image whose background is zero, if it was a constant.

    Args:
        array: float32 (D, H, W).
        found: what it was instead of zero, such as `is -1024, not zero`; blank where it was zero, or no constant.
    """

    array: np.ndarray
    found: str = ""


def clear_background(image: np.ndarray) -> Cleared:
    """Make a constant background zero: another value, values that are no numbers, or what resampling leaves of zero.

    The background is what reaches the border of the volume, so that tissue that happens to have its value stays.
    Where the border is no constant, as with the noise of a scanner, nothing is changed.

    Args:
        image: float32 (D, H, W); values that are no numbers may be among them.

    Example:
        >>> image = np.full((8, 8, 8), -1024, np.float32)
        >>> image[2:6, 2:6, 2:6] = 100
        >>> cleared = clear_background(image)
        >>> cleared.found, float(cleared.array.min()), float(cleared.array.max())
        ('is -1024, not zero', 0.0, 1124.0)
    """
    sample = image.ravel()[:: max(1, image.size // SAMPLE)]
    edges = _edges(image)
    values = [value for value in _background_values(edges, sample) if not value or _is_solid(image == value)]
    empty = np.isnan(image)
    if not any(values) and not empty.any():
        return _clear_dust(image, edges, sample)
    for value in values:
        empty |= image == value
    outside = _reaching_border(empty)
    if outside.mean() < LEAST_SHARE:
        return Cleared(image)
    found = [f"{value:g}" for value in values if value and np.mean(image[outside] == value) >= LEAST_SHARE]
    if np.isnan(image[outside]).any():
        outside |= np.isnan(image)  # where nothing was measured within the head, too
        found.append("not a number")
    level = values[0] if values else 0.0
    return Cleared(_without(image, outside, level), f"is {_list(found)}, not zero") if found else Cleared(image)


def _background_values(edges: np.ndarray, sample: np.ndarray) -> list[float]:
    """Return the values that fill the background, the one at the edges first."""
    known = sample[np.isfinite(sample)]
    if known.size == 0 or known.min() == known.max():
        return []  # an image that shows nothing
    at_edges = [value for value, share in _shares(edges) if share >= EDGE_SHARE]
    frames = [value for value, share in _shares(sample) if share >= FRAME_SHARE and value != known.max()]
    return list(dict.fromkeys([*at_edges, *frames]))  # what is white all over is no frame, but too bright


def _is_solid(mask: np.ndarray) -> bool:
    """Say whether the voxels of a mask lie together along an axis, as a background's do even in the thinnest frame."""
    pairs = (mask[1:] & mask[:-1], mask[:, 1:] & mask[:, :-1], mask[:, :, 1:] & mask[:, :, :-1])
    return max(int(both.sum()) for both in pairs) > SOLID * int(mask.sum())


def _list(values: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(values))


def _shares(values: np.ndarray) -> Iterable[tuple[float, float]]:
    """Yield each number with its share of the values."""
    numbers, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    return zip(numbers.tolist(), counts / values.size, strict=True)


def _faces(image: np.ndarray) -> list[np.ndarray]:
    return [side for axis in range(3) for side in (image.take(0, axis), image.take(-1, axis))]


def _edges(image: np.ndarray) -> np.ndarray:
    return np.concatenate([line for face in _faces(image) for line in (face[0], face[-1], face[:, 0], face[:, -1])])


def _reaching_border(mask: np.ndarray) -> np.ndarray:
    """Return the part of a mask (D, H, W) that is connected with a face of the volume."""
    labels, _ = ndimage.label(mask)
    reaching = np.unique(np.concatenate([face.ravel() for face in _faces(labels)]))
    return np.asarray(mask & np.isin(labels, reaching))


def _without(image: np.ndarray, outside: np.ndarray, level: float) -> np.ndarray:
    """Return an image whose background is zero, and none of whose tissue is."""
    above = np.where(outside, 0, image - np.float32(level))
    above[(above == 0) & ~outside] = np.finfo(np.float32).tiny
    return above.astype(np.float32)


def _clear_dust(image: np.ndarray, edges: np.ndarray, sample: np.ndarray) -> Cleared:
    """Clear a background that is nearly one value."""
    if not (np.isfinite(edges).all() and np.isfinite(sample).all()):
        return Cleared(image)
    middle = float(np.median(edges.astype(np.float64)))
    away = np.abs(sample - middle)
    limit = DUST * float(np.percentile(away, 99.5))
    dusty = np.mean((sample != 0) & (away <= limit))
    if limit == 0 or dusty < LEAST_SHARE or np.mean(np.abs(edges - middle) <= limit) < DUSTY_EDGES:
        return Cleared(image)
    outside = _reaching_border(np.abs(image - middle) <= limit)
    spread = float(np.abs(image[outside] - middle).max())
    around = f"{middle:.3g}" if abs(middle) > spread else "0"
    return Cleared(_without(image, outside, middle), f"is within {spread:.1g} of {around}")
