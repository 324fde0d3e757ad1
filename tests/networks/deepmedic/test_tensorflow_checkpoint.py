"""A TensorFlow checkpoint is read without TensorFlow, and a damaged one is refused."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.networks.deepmedic.original_config import read_model_config
from braintumornet.networks.deepmedic.original_weights import load_original_weights
from braintumornet.networks.deepmedic.tensorflow_checkpoint import checkpoint_files, read_checkpoint
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.segmentation import SegmentationTask


@pytest.fixture
def checkpoint(deepmedic_original: Path, tmp_path: Path) -> Path:
    """A copy of a checkpoint, to damage."""
    for file in checkpoint_files(deepmedic_original / "v2017" / "model.ckpt"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path / "model.ckpt"


def damage(file: Path, keep: slice, flip: int | None = None) -> None:
    content = bytearray(file.read_bytes()[keep])
    if flip is not None:
        content[flip] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("which", "keep", "flip", "message"),
    [
        (0, slice(-100), None, "is no index of a TensorFlow checkpoint, or damaged: it does not end as one"),
        (0, slice(None), 50, "is no index of a TensorFlow checkpoint, or damaged: the checksum of the block at byte 0"),
        (0, slice(0, 20), None, "is no index of a TensorFlow checkpoint"),
        (1, slice(5000), None, "is cut off or damaged: expected"),
        (1, slice(None), 1000, "is cut off or damaged: the checksum of the"),
    ],
)
def test_a_damaged_checkpoint_is_refused(
    which: int, keep: slice, flip: int | None, message: str, checkpoint: Path
) -> None:
    damage(checkpoint_files(checkpoint)[which], keep, flip)
    with pytest.raises(InputError) as error:
        read_checkpoint(checkpoint, scope="net/")
    assert message in str(error.value)


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No such file or directory: .*model.ckpt.index"):
        read_checkpoint(tmp_path / "model.ckpt", scope="net/")


def test_no_random_damage_to_the_index_is_a_crash(checkpoint: Path) -> None:
    index, _ = checkpoint_files(checkpoint)
    content, rng = index.read_bytes(), np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(content)
        for place in rng.integers(len(content) - 60, len(content), 3):  # of the footer, which has no checksum
            damaged[place] = rng.integers(256)
        index.write_bytes(damaged)
        try:
            read_checkpoint(checkpoint, scope="net/")
        except InputError:
            continue


@pytest.mark.parametrize(("model", "weights"), [("v2017", "v0.8"), ("v0.8", "v2017")])
def test_a_checkpoint_of_another_network_is_refused(
    model: str, weights: str, deepmedic_original: Path, tmp_path: Path
) -> None:
    settings = read_model_config(deepmedic_original / model / "modelConfig.cfg")
    network = MultiTaskNetwork(settings.backbone, [SegmentationTask(name="tumour", regions=("WT",))], 2)
    for file in checkpoint_files(deepmedic_original / weights / "model.ckpt"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(InputError, match="the checkpoint is of another network than the model configuration"):
        load_original_weights(network, read_checkpoint(tmp_path / "model.ckpt", scope="net/"))
