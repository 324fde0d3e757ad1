"""Where a registration begins: the scanner's position is one guess among many."""

from itertools import product

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.registration.rigid_motion import rotation_about, shift
from braintumornet.volumes.volume import Volume

_TILTS_DEGREES = (-24, -12, 0, 12, 24)
_SHIFTS_MM = (-30, -15, 15, 30)
_FEW_TILTS = ((0, 0, 0), (-20, 0, 0), (20, 0, 0), (0, -20, 0), (0, 20, 0), (0, 0, -20), (0, 0, 20))
_HALF_TURNS = {"turned upside down": (180, 0, 0), "turned over": (0, 180, 0), "turned back to front": (0, 0, 180)}


def propose_starts(fixed_head: Volume, moving_head: Volume) -> dict[str, np.ndarray]:
    """Return guesses of the (4, 4) transform from the fixed to the moving image, by what they rest on.

    Args:
        fixed_head: boolean mask of the head on a coarse grid.
        moving_head: likewise.

    Returns:
        `header` (the positions that the scanner gives), the centres of the two heads (`centre`), of the two fields of
        view (`field of view`), their vertices (`vertex`), and the centres of the heads tilted, shifted, or turned by
        180 degrees, as a file without orientation is.
    """
    fixed, moving = _centre(fixed_head), _centre(moving_head)
    starts = {
        "header": np.eye(4),
        "centre": shift(moving - fixed),
        "field of view": shift(_middle(moving_head.space) - _middle(fixed_head.space)),
        "vertex": shift(_vertex(moving_head, moving) - _vertex(fixed_head, fixed)),
    }
    onto = shift(moving - fixed)
    for tilt in product(_TILTS_DEGREES, _TILTS_DEGREES, _TILTS_DEGREES):
        if any(tilt):
            starts[f"centre, tilted {tilt[0]}/{tilt[1]}/{tilt[2]}"] = onto @ rotation_about(tilt, fixed)
    for by_mm, (axis, name) in product(_SHIFTS_MM, enumerate(("right", "forward", "up"))):
        starts[f"centre, {by_mm} mm {name}"] = shift(by_mm * np.eye(3)[axis]) @ onto
    for (name, turn), tilt in product(_HALF_TURNS.items(), _FEW_TILTS):
        tilted = f", tilted {tilt[0]}/{tilt[1]}/{tilt[2]}" if any(tilt) else ""
        starts[name + tilted] = onto @ rotation_about(turn, fixed) @ rotation_about(tilt, fixed)
    return starts


def _centre(head: Volume) -> np.ndarray:
    index = np.argwhere(head.array).mean(axis=0)
    return np.asarray(head.space.affine[:3, :3] @ index + head.space.affine[:3, 3])


def _middle(space: Space) -> np.ndarray:
    return np.asarray(space.corners_mm().mean(axis=0))


def _vertex(head: Volume, centre: np.ndarray) -> np.ndarray:
    """Return a point below which the head lies: its top, above the middle of its upper part."""
    points = np.argwhere(head.array) @ head.space.affine[:3, :3].T + head.space.affine[:3, 3]
    top = np.percentile(points[:, 2], 99)
    upper = points[points[:, 2] > top - 80]
    return np.array([*upper[:, :2].mean(axis=0), top]) if len(upper) else centre
