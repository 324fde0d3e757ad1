"""Cortex that is brighter on FLAIR than elsewhere: insula, cingulum and inner temporal lobe of healthy people.

Hirai et al., "Limbic lobe of the human brain: evaluation with turbo fluid-attenuated inversion-recovery MR imaging",
Radiology 2000, describe it. A network that never met it takes the insula for a tumour.
"""

import numpy as np

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import radial, smooth_noise
from braintumornet.phantom.tissue_layers import Layer

# centre and radii in mm of the template, of the right side
_PLACES = (
    ((38.0, 4.0, 0.0), (11.0, 26.0, 19.0)),  # insula
    ((5.0, 10.0, 24.0), (9.0, 42.0, 18.0)),  # cingulum
    ((24.0, -14.0, -20.0), (14.0, 26.0, 13.0)),  # inner temporal lobe
)


def draw_limbic_cortex(rng: np.random.Generator, inner: Head, brain: Brain) -> list[Layer]:
    """Draw how much of the limbic cortex is bright.

    Args:
        rng: random stream.
        inner: where the voxels lie, after a tumour has pushed the tissue aside.
        brain: the healthy brain; its first layer is the cortex.
    """
    cortex = brain.layers[0]
    there = np.zeros(cortex.share.shape, np.float32)
    for centre, radii in _PLACES:
        strength = float(rng.uniform())
        for sign in (1, -1):
            box = inner.box((sign * centre[0], *centre[1:]), np.multiply(1.3, radii).tolist())
            part = inner.cut(box)
            near = np.clip(
                np.float32(2.6) - np.float32(2) * radial(part.position, (sign * centre[0], *centre[1:]), radii), 0, 1
            )
            uneven = np.clip(np.float32(0.7) + np.float32(0.4) * smooth_noise(rng, part.axes, 10), 0, 1)
            there[box] = np.maximum(there[box], np.float32(strength) * near * uneven)
    return [Layer("limbic", there * cortex.share * (1 - brain.fluid))]
