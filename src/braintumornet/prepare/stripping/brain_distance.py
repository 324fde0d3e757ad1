"""How far each point of a head lies from the brain's surface: what one image alone says."""

import numpy as np

from braintumornet.prepare.stripping.head_box import box_over_head, sampled, within_reach
from braintumornet.prepare.stripping.network import LARGEST_MM, distances_mm, network_input, shipped_network
from braintumornet.volumes.blank_slices import without_blank_slices
from braintumornet.volumes.volume import Volume


def brain_distance(image: Volume) -> Volume:
    """Estimate the signed distance to the brain's surface with the network in the package, from any one sequence.

    Regressing the distance instead of a mask is the way of SynthStrip (Hoopes et al., NeuroImage 2022,
    doi:10.1016/j.neuroimage.2022.119474).

    Args:
        image: a head with its skull or without, any grid.

    Returns:
        Distances in mm, negative inside, cut at 5 mm to either side, on a grid of 2 mm in RAS+ that holds the brain;
        NaN where the image does not reach, or has blank slices. Beyond that grid nothing is brain.

    Raises:
        InputError: the weights in the package are damaged.
    """
    import torch

    image = without_blank_slices(image)
    grid = box_over_head(image)
    shown = network_input(sampled(image, grid).array)
    with torch.inference_mode():
        found = distances_mm(shipped_network(), torch.from_numpy(shown)[None, None])[0, 0].numpy()
    distance = np.clip(found, -LARGEST_MM, LARGEST_MM)
    distance[~within_reach(image.space, grid)] = np.nan
    return Volume(distance, grid)
