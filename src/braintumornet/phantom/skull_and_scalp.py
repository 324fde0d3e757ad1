"""What is around a brain before it is skull-stripped: CSF, skull, scalp, face, eyes, air."""

import numpy as np

from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import ellipsoid, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer

# centre and radii in mm of the template; of the right one where there are two
_CAVITY = ((0.0, -2.0, -4.0), (72.0, 90.0, 70.0))
_FACE = ((0.0, 12.0, -72.0), (52.0, 72.0, 46.0))
_NECK = ((0.0, -25.0, -110.0), (48.0, 48.0, 80.0))
_EYE = ((31.0, 76.0, -36.0), (12.0, 12.0, 12.0))
_NASAL_CAVITY = ((0.0, 70.0, -58.0), (13.0, 26.0, 22.0))
_SKULL_MM = 7.0


def draw_shell(rng: np.random.Generator, head: Head, depth: np.ndarray) -> list[Layer]:
    """Draw the layers around a brain; they leave it as it is.

    Args:
        rng: random stream.
        head: where the voxels lie.
        depth: how deep each voxel lies under the brain's surface, in mm (D, H, W).
    """
    edge = 0.5 * head.voxel_mm
    outside = 1 - soft_step(depth, edge)
    cavity = np.minimum(ellipsoid(head.position, *_CAVITY), depth + 6)  # the base of the skull follows the brain
    scalp_mm = np.float32(rng.uniform(4, 8)) + smooth_noise(rng, head.axes, 40)
    table_mm = np.float32(_SKULL_MM * rng.uniform(0.7, 1.2))
    skin = np.maximum(cavity + table_mm + scalp_mm, ellipsoid(head.position, *_FACE))
    skin = np.maximum(skin, ellipsoid(head.position, *_NECK))
    marrow = np.minimum(cavity + table_mm - 2, -cavity - 2)
    shares = {
        "air": np.ones_like(depth),
        "scalp": soft_step(skin, edge),
        "bone": soft_step(cavity + table_mm, edge),
        "marrow": soft_step(marrow, edge),
        "csf": soft_step(cavity, edge),
    }
    layers = [Layer(tissue, outside * share) for tissue, share in shares.items()]
    for tissue, (centre, radii) in (("vitreous", _EYE), ("air", _NASAL_CAVITY)):
        for sign in (-1, 1) if centre[0] else (1,):
            middle = (sign * centre[0], *centre[1:])
            box = head.box(middle, np.add(radii, 2 * edge))
            part = soft_step(ellipsoid(head.cut(box).position, middle, radii), edge)
            layers.append(Layer(tissue, part * outside[box], box))
    return layers
