"""Whether one sequence was brought to another: figures that need no truth."""

import numpy as np

from braintumornet.prepare.quality.figure import Figure
from braintumornet.prepare.quality.limits import judge
from braintumornet.prepare.quality.mutual_information import ImagePair, mirror
from braintumornet.prepare.registration.rigid import Registration
from braintumornet.prepare.registration.rigid_motion import angle_degrees, mean_distance_mm
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.volume import Volume

POINT_MM = 4.0  # between the points at which poses and images are compared
SEED = 0


def registration_figures(
    fixed: Volume,
    moving: Volume,
    registration: Registration,
    backward: Registration,
    sequence: str | None = None,
    head: np.ndarray | None = None,
) -> list[Figure]:
    """Judge a registration by doing it backwards, by its starts, by the poses around it, and by the mirrored image.

    Args:
        fixed: image in RAS+.
        moving: image in RAS+ that was registered to it.
        registration: its result.
        backward: that of the same two images with their parts exchanged, and with points of the other image.
        sequence: that was registered.
        head: boolean, on the grid of `fixed`: brain or head, in whose box distances count; default what is bright.

    Returns:
        Cycle consistency, agreement of starts, local optimum, distance to optimum, handedness, motion and rotation.
    """
    points_mm = points_in_box(fixed, head)
    pose, still = registration.matrix, np.eye(4)
    pair = ImagePair(fixed, moving, points_mm)
    ring = pair.ring(pose)
    offset = pair.motion(ring.offset_steps)
    values = {
        "cycle consistency": mean_distance_mm(backward.matrix @ pose, still, points_mm),
        "agreement of starts": registration.agreement_mm,
        "local optimum": ring.beaten,
        "distance to optimum": mean_distance_mm(offset, still, points_mm),
        "handedness": 1 - pair.climb(pose @ mirror(pair.centre_mm)) / ring.centre if ring.centre else None,
        "motion": mean_distance_mm(pose, still, points_mm),
        "rotation": angle_degrees(pose, still),
    }
    return [judge(name, value, sequence) for name, value in values.items()]


def pose_figures(
    fixed: Volume, moving: Volume, fixed_to_moving_mm: np.ndarray, sequence: str | None = None
) -> list[Figure]:
    """Judge a pose that nobody searched for, such as that of images which were registered before.

    Args:
        fixed: image in RAS+.
        moving: image in RAS+.
        fixed_to_moving_mm: (4, 4), the pose.
        sequence: of the moving image.

    Returns:
        Local optimum and distance to optimum.
    """
    points_mm = points_in_box(fixed)
    pair = ImagePair(fixed, moving, points_mm)
    ring = pair.ring(fixed_to_moving_mm)
    offset = pair.motion(ring.offset_steps)
    distance_mm = mean_distance_mm(offset, np.eye(4), points_mm)
    return [judge("local optimum", ring.beaten, sequence), judge("distance to optimum", distance_mm, sequence)]


def points_in_box(image: Volume, head: np.ndarray | None = None) -> np.ndarray:
    """Return points 4 mm apart, (N, 3) in mm, within the box around a head.

    Each is shifted a little at random, always the same way: a regular lattice falls on the centres of voxels in some
    poses and between them in others, where noise averages out, and that changes mutual information.

    Args:
        image: in RAS+.
        head: boolean (D, H, W); default the voxels that are brighter than the mean.
    """
    mask = image.array > image.array.mean() if head is None else head
    box = box_around(mask)
    steps = np.divide(POINT_MM, image.space.spacing_mm)
    axes = [np.arange(side.start, side.stop, step) for side, step in zip(box, steps, strict=True)]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    index = index + np.random.default_rng(SEED).uniform(-0.5, 0.5, index.shape) * steps
    return np.asarray(index @ image.space.affine[:3, :3].T + image.space.affine[:3, 3])
