"""The plane between the left and the right half of a brain."""

import numpy as np

from braintumornet.core.space import Space

MOST_AT_EDGE = 0.25  # of the largest sagittal section; a brain that ends so flat at the image's edge is cut off there


def find_midplane(brain: np.ndarray, space: Space) -> tuple[float, float, float, float] | None:
    """Return the plane that halves the rows of voxels that run through a brain from left to right.

    It stands at right angles to these rows. Its tilt is not estimated: the principal axes of brain masks that lie
    straight on an atlas are turned by up to 9 degrees, more than most heads in a scanner are.

    Args:
        brain: bool (D, H, W), its first axis running from left to right.
        space: its grid.

    Returns:
        a, b, c, d such that a x + b y + c z + d is the distance in mm of a point x, y, z (RAS+ mm) from the plane,
        positive on the right; None where the brain is empty, or is cut off at one side.

    Example:
        >>> find_midplane(np.ones((4, 2, 2), dtype=bool), Space((4, 2, 2), np.diag([2.0, 2, 2, 1]))) is None
        True
        >>> brain = np.pad(np.ones((4, 2, 2), dtype=bool), 1)
        >>> find_midplane(brain, Space((6, 4, 4), np.diag([2.0, 2, 2, 1])))  # x = 5 mm
        (1.0, 0.0, 0.0, -5.0)
    """
    sections = np.count_nonzero(brain, axis=(1, 2))
    if not sections.any() or max(sections[0], sections[-1]) > MOST_AT_EDGE * sections.max():
        return None
    rows = brain[:, brain.any(axis=0)]  # (D, rows)
    first, last = rows.argmax(axis=0), len(rows) - 1 - rows[::-1].argmax(axis=0)
    to_index = np.linalg.inv(space.affine)[0]
    plane = to_index - [0, 0, 0, np.median(first + last) / 2]
    a, b, c, d = (plane / np.linalg.norm(to_index[:3]) + 0.0).tolist()  # no negative zeros
    return a, b, c, d
