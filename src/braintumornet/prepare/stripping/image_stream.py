"""An endless stream of training images, each shown once."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from braintumornet.prepare.stripping.training_heads import make_training_anatomy
from braintumornet.prepare.stripping.training_images import make_training_image

IMAGES_PER_HEAD = 4  # a head takes longer to make than an image of it

Example = tuple[Tensor, Tensor]  # image and signed distance in mm, both (1, 1, D, H, W)


class ImageStream(IterableDataset[Example]):
    """Images to learn from; the same seed and number give the same image.

    Args:
        seed: of the heads.
        voxel_mm: edge of the voxels.
        first: number of the image to begin with.
    """

    def __init__(self, seed: int, voxel_mm: float, first: int = 0) -> None:
        self.seed, self.voxel_mm, self.first = seed, voxel_mm, first

    def __iter__(self) -> Iterator[Example]:
        for index in count(self.first // IMAGES_PER_HEAD):
            head = make_training_anatomy(self.seed, index, self.voxel_mm)
            for number in range(index * IMAGES_PER_HEAD, (index + 1) * IMAGES_PER_HEAD):
                if number >= self.first:
                    made = make_training_image(np.random.default_rng([self.seed, number]), head)
                    yield torch.from_numpy(made.image)[None, None], torch.from_numpy(made.distance_mm)[None, None]


def fixed_examples(seed: int, voxel_mm: float, heads: int) -> list[Example]:
    """Return one image of each of some heads."""
    stream = iter(ImageStream(seed, voxel_mm))
    return [next(stream) for _ in range(heads * IMAGES_PER_HEAD)][::IMAGES_PER_HEAD]
