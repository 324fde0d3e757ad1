"""The weights of a checkpoint of the original DeepMedic program, under our names."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from braintumornet.core.text.errors import UsageError, require
from braintumornet.networks.deepmedic.deepmedic import DeepMedicModule, End
from braintumornet.networks.deepmedic.pathway import Activation, FirstLayer
from braintumornet.networks.multi_task_network import MultiTaskNetwork


@dataclass(frozen=True)
class Turn:
    """How images lay when a network was trained, against RAS+.

    Args:
        axes: for each axis of RAS+, the axis of the files.
        flipped: for each axis of RAS+, whether the files ran the other way.

    Example:
        >>> Turn.from_orientation("LPS")
        Turn(axes=(0, 1, 2), flipped=(True, True, False))
    """

    axes: tuple[int, int, int] = (0, 1, 2)
    flipped: tuple[bool, bool, bool] = (False, False, False)

    @classmethod
    def from_orientation(cls, letters: str) -> "Turn":
        """Return the turn for three letters: towards which side each axis of the files runs.

        Raises:
            UsageError: they are no orientation.
        """
        sides = [next((pair for pair in ("RL", "AP", "SI") if letter in pair), "") for letter in letters.upper()]
        require(
            sorted(sides) == ["AP", "RL", "SI"],
            f"--orientation {letters!r}: expected a letter of each of R or L, A or P, S or I, such as LPS",
            UsageError,
        )
        x, y, z = (sides.index(pair) for pair in ("RL", "AP", "SI"))
        right, front, up = (letters.upper()[axis] in "LPI" for axis in (x, y, z))
        return cls((x, y, z), (right, front, up))

    @property
    def samples(self) -> tuple[End, ...]:
        """Which voxel stands for a low-resolution cell: the first of the files is the last where they are flipped."""
        return tuple("last" if flipped else "first" for flipped in self.flipped)

    def of_kernel(self, weight: Tensor) -> Tensor:
        """Turn a convolution's weight (O, I, d, h, w)."""
        turned = weight.permute(0, 1, *(2 + axis for axis in self.axes))
        return turned.flip([2 + axis for axis, flipped in enumerate(self.flipped) if flipped])


def load_original_weights(
    network: MultiTaskNetwork, tensors: Mapping[str, np.ndarray], turn: Turn | None = None
) -> None:
    """Put the weights of a checkpoint of the original into a network with one segmentation task.

    TensorFlow numbers tensors of one kind in the order in which the original makes its layers: the pathways from the
    full resolution down, the layers after the join, the bias of the last.

    Args:
        network: to change.
        tensors: of the checkpoint, without their scope.
        turn: of the images that it was trained on; default none.

    Raises:
        InputError: the checkpoint is of another network.
    """
    source = _Numbered(tensors, turn or Turn())
    backbone = network.backbone
    (head,) = network.heads.values()
    if not isinstance(backbone, DeepMedicModule):
        msg = "weights of the original DeepMedic need a DeepMedic"
        raise TypeError(msg)
    for module in [*backbone.pathways.modules(), *backbone.fc.modules(), *head.modules()]:
        if isinstance(module, FirstLayer):
            source.fill(module.bias, "b")
        elif isinstance(module, Activation):
            _fill_activation(module, source)
        elif isinstance(module, nn.Conv3d):
            source.fill(module.weight, "W")
            if module.bias is not None:
                source.fill(module.bias, "b")
    source.require_all_used("W")


class _Numbered:
    """Tensors that are named W, W_1, W_2, ..., taken one after the other."""

    def __init__(self, tensors: Mapping[str, np.ndarray], turn: Turn) -> None:
        self.tensors = tensors
        self.turn = turn
        self.taken: dict[str, int] = {}

    def take(self, kind: str) -> Tensor:
        number = self.taken.get(kind, 0)
        self.taken[kind] = number + 1
        name = f"{kind}_{number}" if number else kind
        require(
            name in self.tensors,
            f"the checkpoint is of another network than the model configuration: it has no tensor {name}",
        )
        return torch.from_numpy(self.tensors[name])

    def fill(self, target: Tensor, kind: str) -> None:
        tensor = self.take(kind)
        if tensor.ndim == 5:
            tensor = self.turn.of_kernel(tensor)
        require(
            tensor.shape == target.shape,
            "the checkpoint is of another network than the model configuration: tensor "
            f"{kind} number {self.taken[kind]} has shape {list(tensor.shape)}, expected {list(target.shape)}",
        )
        with torch.no_grad():
            target.copy_(tensor)

    def require_all_used(self, kind: str) -> None:
        left = sum(name == kind or name.startswith(f"{kind}_") for name in self.tensors) - self.taken.get(kind, 0)
        require(
            not left, f"the checkpoint is of another network than the model configuration: it has {left} layers more"
        )


def _fill_activation(activation: Activation, source: _Numbered) -> None:
    norm = activation.norm
    if not isinstance(norm, nn.BatchNorm3d) or norm.running_mean is None or norm.running_var is None:
        msg = "weights of the original DeepMedic need batch norm"
        raise TypeError(msg)
    source.fill(norm.weight, "gBn")
    source.fill(norm.bias, "bBn")
    means, variances = source.take("muBnsForRollingAverage"), source.take("varBnsForRollingAverage")  # (60, C)
    norm.running_mean.copy_(means.mean(0))
    norm.running_var.copy_(variances.mean(0) - norm.eps)  # the original adds next to nothing to the variance
    source.fill(activation.prelu.weight, "aPrelu")
