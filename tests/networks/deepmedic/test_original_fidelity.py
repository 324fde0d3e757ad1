"""Networks of the original DeepMedic answer here as they do there.

The original cuts a volume into segments and feeds its pathways otherwise than we predict, in three ways: low-resolution
cells begin at each segment's own first voxel; a first kernel of 3 after the join sees the outermost voxels of its
segment twice; and what a low-resolution pathway would read beyond the padded volume is the mean of the volume's
corners, with the samples that are left taken from the border on. All that is done here too, to compare.
"""

from itertools import product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from braintumornet.networks.deepmedic.deepmedic import DeepMedicModule
from braintumornet.networks.deepmedic.original_config import read_model_config
from braintumornet.networks.deepmedic.original_weights import load_original_weights
from braintumornet.networks.deepmedic.tensorflow_checkpoint import read_checkpoint
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.segmentation import SegmentationTask

TASK = SegmentationTask(name="tumour", regions=("WT",), tissues=("tumour_core", "oedema"))
SEGMENT = 45


def predict_as_original(network: MultiTaskNetwork, image: np.ndarray) -> np.ndarray:
    """Return probabilities of all classes (K, D, H, W) of an image (S, D, H, W)."""
    module = network.backbone
    assert isinstance(module, DeepMedicModule)
    padded = np.pad(
        image, [(0, 0)] + [(module.settings.valid_margin, module.settings.valid_margin)] * 3, mode="reflect"
    ).astype(np.float32)
    answer = SEGMENT - 2 * module.settings.valid_margin
    corners = list(product(*(starts(size, answer) for size in padded.shape[1:])))
    views = [
        torch.from_numpy(
            np.stack([view(padded, corner, answer, factor, module.settings.valid_margin) for corner in corners])
        )
        for factor in module.factors
    ]
    joined = module.join(views, [(0, 0, 0)] * len(views), (answer,) * 3)
    if module.rim:
        joined = F.pad(joined, (module.rim,) * 6, mode="replicate")
    (head,) = network.heads.values()
    answers = head(module.fc(joined)).softmax(1).numpy()
    found = np.zeros((answers.shape[1], *image.shape[1:]), np.float32)
    for corner, given in zip(corners, answers, strict=True):
        found[(slice(None), *(slice(start, start + answer) for start in corner))] = given
    return found


def starts(size: int, stride: int) -> list[int]:
    """Return where segments begin along an axis: a stride apart, the last one shifted back to the end."""
    last = size - SEGMENT
    return [*range(0, last, stride), last]


def view(padded: np.ndarray, corner: tuple[int, ...], answer: int, factor: int, valid_margin: int) -> np.ndarray:
    """Return the input of one pathway for the segment that begins at a corner."""
    cells = -(-answer // factor) + 2 * valid_margin
    filled = np.empty((len(padded), cells, cells, cells), np.float32)
    ends = np.ix_(range(len(padded)), *[[0, -1]] * 3)
    filled[:] = padded[ends].mean((1, 2, 3))[:, None, None, None]
    source, target = [], []
    for start, size in zip(corner, padded.shape[1:], strict=True):
        low = (
            start + valid_margin - factor * valid_margin
        )  # of the first sample; the segment's first answer lies at start + valid_margin
        samples = slice(max(low, 0), min(low + factor * cells, size), factor)
        first = max(0, -low) // factor
        source.append(samples)
        target.append(slice(first, first + len(range(*samples.indices(size)))))
    filled[(slice(None), *target)] = padded[(slice(None), *source)]
    return filled


def load(folder: Path) -> MultiTaskNetwork:
    model = read_model_config(folder / "modelConfig.cfg")
    network = MultiTaskNetwork(model.backbone, [TASK], model.sequences)
    load_original_weights(network, read_checkpoint(folder / "model.ckpt", scope="net/"))
    return network.eval()


@torch.no_grad()
@pytest.mark.parametrize("name", ["v2017", "v0.8"])
def test_the_probabilities_are_those_of_the_original(name: str, deepmedic_original: Path) -> None:
    def read(file: str) -> np.ndarray:
        return np.asarray(nib.load(deepmedic_original / name / file).dataobj, dtype=np.float32)

    image = np.stack([read(f"channel{number}.nii.gz") for number in (0, 1)])
    found = predict_as_original(load(deepmedic_original / name), image)
    for number in (1, 2):
        expected = read(f"probability_class{number}.nii.gz")
        assert expected.std() > 0.05  # there is something to agree about
        assert np.abs(found[number] - expected).max() < 1e-4
