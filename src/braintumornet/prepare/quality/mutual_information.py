"""How well two images match in a pose, in the poses around it, and when one of them is mirrored.

This is not the function that a registration climbs: points, smoothing and histogram are others, so that what misled the
one need not mislead the other.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from braintumornet.volumes.volume import Volume

BINS = 32
STEP_MM, STEP_DEGREES = 3.0, 3.0  # one slice where slices are thicker: between two, interpolation misleads
THICK = 1.5  # times the smallest edge of a voxel
FARTHEST_STEPS = 1.5  # beyond it a parabola says nothing
MOST_CLIMBS = 8  # of up to 4.5 mm and 4.5 degrees each
SMOOTH_MM = 2.0
MOST_POINTS = 30_000
FEWEST_POINTS = 1000  # that both images must show; fewer fill no histogram of 32 x 32
_TRIM = (0.5, 99.5)


@dataclass(frozen=True)
class Ring:
    """Mutual information in a pose and in twelve poses around it.

    Args:
        centre: in the pose itself, in nats.
        around: (6, 2), a step along and 3 degrees about each axis, backwards and forwards.
    """

    centre: float
    around: np.ndarray

    @property
    def beaten(self) -> int:
        """How many of the twelve match less well than the pose itself."""
        return int((self.around < self.centre).sum())

    @property
    def offset_steps(self) -> np.ndarray:
        """How many steps along each of the six axes the best match lies away, (6,), by a parabola through three poses.

        At most 1.5 steps, also where the pose is no maximum along the axis.
        """
        back, forth = self.around[:, 0], self.around[:, 1]
        bend = 2 * self.centre - back - forth
        uphill = np.sign(forth - back) * FARTHEST_STEPS
        steps = np.where(bend > 0, (forth - back) / np.where(bend > 0, 2 * bend, 1), uphill)
        return np.asarray(np.clip(steps, -FARTHEST_STEPS, FARTHEST_STEPS))


class ImagePair:
    """Two images, smoothed a little, that are compared at the same points of the head.

    Args:
        fixed: image in RAS+.
        moving: image in RAS+.
        points_mm: (N, 3) of the fixed image.

    Attributes:
        step_mm: (3,) along each axis to the poses around one: 3 mm, or a slice where slices are thicker.
    """

    def __init__(self, fixed: Volume, moving: Volume, points_mm: np.ndarray) -> None:
        self.step_mm = np.maximum(STEP_MM, np.maximum(_slice_mm(fixed), _slice_mm(moving)))
        points = points_mm[:: -(-len(points_mm) // MOST_POINTS) or 1]
        values, inside = _Sampler.of(fixed).at(points)
        self._points, self._values = points[inside], values[inside]
        self._moving = _Sampler.of(moving)

    @property
    def centre_mm(self) -> np.ndarray:
        """Middle of the points, (3,)."""
        return np.asarray(self._points.mean(axis=0)) if len(self._points) else np.zeros(3)

    def match(self, fixed_to_moving_mm: np.ndarray) -> float:
        """Return the mutual information in a pose, a (4, 4) matrix; 0 where the images have too little in common."""
        values, inside = self._moving.at(_transform(fixed_to_moving_mm, self._points))
        return mutual_information(self._values[inside], values[inside]) if inside.sum() >= FEWEST_POINTS else 0.0

    def ring(self, fixed_to_moving_mm: np.ndarray) -> Ring:
        """Compare a pose with those a step along and 3 degrees about each axis, backwards and forwards."""
        steps = [sign * step for step in np.eye(6) for sign in (-1, 1)]
        around = [self.match(fixed_to_moving_mm @ self.motion(step)) for step in steps]
        return Ring(self.match(fixed_to_moving_mm), np.asarray(around).reshape(6, 2))

    def motion(self, steps: np.ndarray) -> np.ndarray:
        """Return the (4, 4) motion of (6,) steps along and about the axes through the middle of the points."""
        return small_motion(steps, self.centre_mm, self.step_mm)

    def climb(self, fixed_to_moving_mm: np.ndarray) -> float:
        """Return the best mutual information that is found by going uphill from a pose."""
        pose, best = fixed_to_moving_mm, self.match(fixed_to_moving_mm)
        for _ in range(MOST_CLIMBS):
            pose = pose @ self.motion(self.ring(pose).offset_steps)
            reached = self.match(pose)
            if reached <= best:
                break
            best = reached
        return best


def small_motion(steps: np.ndarray, centre_mm: np.ndarray, step_mm: np.ndarray) -> np.ndarray:
    """Return a (4, 4) motion of (6,) steps along and, of 3 degrees each, about the axes through a point.

    Example:
        >>> small_motion(np.array([1, 0, 0, 0, 0, 0]), np.zeros(3), np.full(3, 3.0))[0].tolist()
        [1.0, 0.0, 0.0, 3.0]
    """
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_rotvec(STEP_DEGREES * steps[3:], degrees=True).as_matrix()
    motion[:3, 3] = step_mm * steps[:3] + centre_mm - motion[:3, :3] @ centre_mm
    return motion


def _slice_mm(image: Volume) -> np.ndarray:
    """Return the thickness of slices along the axis that they lie on, (3,); 0 along the others, and of even voxels."""
    spacing_mm = np.asarray(image.space.spacing_mm)
    return np.where(spacing_mm > THICK * spacing_mm.min(), spacing_mm, 0.0)


def mirror(centre_mm: np.ndarray) -> np.ndarray:
    """Return the (4, 4) reflection that exchanges left and right of a point."""
    reflection = np.diag([-1.0, 1.0, 1.0, 1.0])
    reflection[0, 3] = 2 * centre_mm[0]
    return reflection


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mutual information of two samples in nats, by a histogram of 32 x 32 bins without the extremes.

    Args:
        a: (N,) values.
        b: (N,) values at the same points.

    Example:
        >>> values = np.arange(1000.0)
        >>> round(mutual_information(values, -values), 2), mutual_information(values, np.zeros(1000))
        (3.46, 0.0)
    """
    joint = np.bincount(BINS * _binned(a) + _binned(b), minlength=BINS**2).reshape(BINS, BINS) / len(a)
    alone = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    filled = joint > 0
    return max(0.0, float((joint[filled] * np.log(joint[filled] / alone[filled])).sum()))


def _binned(values: np.ndarray) -> np.ndarray:
    low, high = np.percentile(values, _TRIM)
    width = (high - low) / BINS if high > low else 1.0
    return np.asarray(np.clip((values - low) / width, 0, BINS - 1).astype(np.intp))


def _transform(matrix: np.ndarray, points_mm: np.ndarray) -> np.ndarray:
    return np.asarray(points_mm @ matrix[:3, :3].T + matrix[:3, 3])


@dataclass(frozen=True)
class _Sampler:
    """An image that can be asked for its values anywhere."""

    array: np.ndarray
    to_index: np.ndarray

    @classmethod
    def of(cls, volume: Volume) -> "_Sampler":
        sd_voxels = np.divide(SMOOTH_MM, volume.space.spacing_mm)
        sd_voxels[sd_voxels < 0.5] = 0  # thick slices are smooth enough
        array = ndimage.gaussian_filter(volume.array.astype(np.float32), sd_voxels)
        return cls(array, np.linalg.inv(volume.space.affine))

    def at(self, points_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values (N,), and which points lie within the image."""
        index = _transform(self.to_index, points_mm)
        inside = np.all((index >= 0) & (index <= np.subtract(self.array.shape, 1)), axis=1)
        return ndimage.map_coordinates(self.array, index.T, order=1, mode="nearest"), inside
