"""How the original DeepMedic cuts a volume into segments and feeds its pathways, for comparison with its outputs.

It differs from how we predict in three ways: low-resolution cells begin at each segment's own first voxel; a first
kernel of 3 after the join sees the outermost voxels of its segment twice; and what a low-resolution pathway would read
beyond the padded volume is the mean of the volume's corners, with the samples that are left taken from the border on.
"""

from itertools import product

import numpy as np
import torch
from torch.nn import functional as F

from braintumornet.networks.base import MultiTaskNetwork
from braintumornet.networks.deepmedic import DeepMedicModule

SEGMENT = 45


def predict_as_original(network: MultiTaskNetwork, image: np.ndarray) -> np.ndarray:
    """Return probabilities of all classes (K, D, H, W) of an image (S, D, H, W)."""
    module = network.backbone
    assert isinstance(module, DeepMedicModule)
    padded = np.pad(image, [(0, 0)] + [(module.settings.inset, module.settings.inset)] * 3, mode="reflect").astype(
        np.float32
    )
    answer = SEGMENT - 2 * module.settings.inset
    found: np.ndarray | None = None
    for corner in product(*(starts(size, answer) for size in padded.shape[1:])):
        views = [
            torch.from_numpy(view(padded, corner, answer, factor, module.settings.inset))[None]
            for factor in module.factors
        ]
        joined = module.join(views, [(0, 0, 0)] * len(views), (answer,) * 3)
        mirrored = F.pad(joined, (module.rim,) * 6, mode="replicate") if module.rim else joined
        (head,) = network.heads.values()
        given = head(module.fc(mirrored)).softmax(1)[0].numpy()
        found = np.zeros((len(given), *image.shape[1:]), np.float32) if found is None else found
        found[(slice(None), *(slice(start, start + answer) for start in corner))] = given
    assert found is not None
    return found


def starts(size: int, stride: int) -> list[int]:
    """Return where segments begin along an axis: a stride apart, the last one shifted back to the end."""
    last = size - SEGMENT
    return [*range(0, last, stride), last]


def view(padded: np.ndarray, corner: tuple[int, ...], answer: int, factor: int, inset: int) -> np.ndarray:
    """Return the input of one pathway for the segment that begins at a corner."""
    cells = -(-answer // factor) + 2 * inset
    filled = np.empty((len(padded), cells, cells, cells), np.float32)
    ends = np.ix_(range(len(padded)), *[[0, -1]] * 3)
    filled[:] = padded[ends].mean((1, 2, 3))[:, None, None, None]
    source, target = [], []
    for start, size in zip(corner, padded.shape[1:], strict=True):
        low = start + inset - factor * inset  # of the first sample; the segment's first answer lies at start + inset
        samples = slice(max(low, 0), min(low + factor * cells, size), factor)
        first = max(0, -low) // factor
        source.append(samples)
        target.append(slice(first, first + len(range(*samples.indices(size)))))
    filled[(slice(None), *target)] = padded[(slice(None), *source)]
    return filled
