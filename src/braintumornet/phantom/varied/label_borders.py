"""Borders of labels as people draw them: no two alike."""

import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates

from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import smooth_noise
from braintumornet.phantom.tumours.tumour import OEDEMA
from braintumornet.volumes.brain import Box, box_around

_MARGIN_MM = 6.0
_LARGEST_MM = 1.5
_USUAL_HABIT_MM = 0.4  # people draw what is faint, too
_HABIT_MM = 1.0  # standard deviation of how generously one draws oedema


def vary_borders(rng: np.random.Generator, labels: np.ndarray, head: Head, allowed: np.ndarray) -> np.ndarray:
    """Return labels whose borders wander by up to some 1.5 mm, and whose oedema is drawn generously or sparingly.

    Args:
        rng: random stream; how much is taken from it does not depend on the labels.
        labels: uint8 (D, H, W) in coding brats2023.
        head: where the voxels lie.
        allowed: boolean (D, H, W), where there may be labels.
    """
    wander_mm, habit_mm = rng.uniform(0, _LARGEST_MM), float(rng.normal(_USUAL_HABIT_MM, _HABIT_MM))
    streams = rng.spawn(4)
    if not labels.any():
        return labels
    box: Box = box_around(labels > 0, int(np.ceil(_MARGIN_MM / head.voxel_mm)))
    part, drawn = head.cut(box), labels[box]
    shift = [wander_mm / head.voxel_mm * smooth_noise(stream, part.axes, 9) for stream in streams[:3]]
    places = [index + move for index, move in zip(np.indices(drawn.shape, np.float32), shift, strict=True)]
    moved = map_coordinates(drawn, places, order=0, mode="nearest")
    moved = _redraw_oedema(streams[3], moved, part, habit_mm)
    result = np.zeros_like(labels)
    result[box] = np.where(allowed[box], moved, 0)
    return result if result.any() else labels


def _redraw_oedema(rng: np.random.Generator, labels: np.ndarray, part: Head, habit_mm: float) -> np.ndarray:
    tumour = labels > 0
    if not (labels == OEDEMA).any():
        return labels
    outwards = distance_transform_edt(~tumour) - distance_transform_edt(tumour)
    reach = habit_mm * np.clip(1 + 0.7 * smooth_noise(rng, part.axes, 20), 0, 2) / part.voxel_mm
    whole = outwards < np.clip(reach, -2 / part.voxel_mm, 2 / part.voxel_mm)
    core = np.isin(labels, (0, OEDEMA), invert=True)
    redrawn: np.ndarray = np.where(core, labels, np.where(whole, OEDEMA, 0)).astype(labels.dtype)
    return redrawn
