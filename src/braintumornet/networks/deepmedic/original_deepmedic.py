"""Networks of the original DeepMedic program: its model configuration, and its weights under our names.

The configuration is a Python file. It is parsed, never run: each line must give a name a literal.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from braintumornet.core.component import describe
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.networks.deepmedic.deepmedic import DeepMedic, DeepMedicModule, End
from braintumornet.networks.deepmedic.pathway import Activation, FirstLayer
from braintumornet.networks.network import MultiTaskNetwork


@dataclass(frozen=True)
class OriginalModel:
    """What a model configuration of the original says.

    Args:
        backbone: the same network in our settings.
        sequences: number of input channels.
        classes: number of exclusive classes, background included.
        patch: edges of the segments that it was trained on.
        window: edges of the segments that volumes are cut into for inference.
    """

    backbone: DeepMedic
    sequences: int
    classes: int
    patch: tuple[int, int, int]
    window: tuple[int, int, int]


def read_model_config(path: Path) -> OriginalModel:
    """Read a `modelConfig.cfg`.

    Raises:
        InputError: it cannot be read, holds anything but literals, or describes a network that DeepMedic here is not.
    """
    values = _literals(path)
    try:
        backbone = DeepMedic.model_validate(_settings(values))
        return OriginalModel(
            backbone,
            int(values["numberOfInputChannels"]),
            int(values["numberOfOutputClasses"]),
            tuple(values.get("segmentsDimTrain") or (25, 25, 25)),
            tuple(values.get("segmentsDimInference") or (45, 45, 45)),
        )
    except ValidationError as error:
        msg = f"{path} describes a network that is not supported: {describe(error)[0]}"
        raise InputError(msg) from error
    except KeyError as error:
        msg = f"{path} is no model configuration of DeepMedic: {error.args[0]} is missing"
        raise InputError(msg) from error
    except (_UnsupportedError, TypeError, ValueError) as error:
        msg = f"{path} describes a network that is not supported: {error}"
        raise InputError(msg) from error


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
        if sorted(sides) != ["AP", "RL", "SI"]:
            msg = f"--orientation {letters!r}: expected a letter of each of R or L, A or P, S or I, such as LPS"
            raise UsageError(msg)
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


class _UnsupportedError(Exception):
    """The original can do this and DeepMedic here cannot."""


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
        if name not in self.tensors:
            msg = f"the checkpoint is of another network than the model configuration: it has no tensor {name}"
            raise InputError(msg)
        return torch.from_numpy(self.tensors[name])

    def fill(self, target: Tensor, kind: str) -> None:
        tensor = self.take(kind)
        if tensor.ndim == 5:
            tensor = self.turn.of_kernel(tensor)
        if tensor.shape != target.shape:
            msg = (
                "the checkpoint is of another network than the model configuration: tensor "
                f"{kind} number {self.taken[kind]} has shape {list(tensor.shape)}, expected {list(target.shape)}"
            )
            raise InputError(msg)
        with torch.no_grad():
            target.copy_(tensor)

    def require_all_used(self, kind: str) -> None:
        left = sum(name == kind or name.startswith(f"{kind}_") for name in self.tensors) - self.taken.get(kind, 0)
        if left:
            msg = f"the checkpoint is of another network than the model configuration: it has {left} layers more"
            raise InputError(msg)


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


def _literals(path: Path) -> dict[str, Any]:
    try:
        tree = ast.parse(path.read_text())
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        msg = f"cannot read {path}: {error}"
        raise InputError(msg) from error
    values: dict[str, Any] = {}
    for line in tree.body:
        try:
            if not isinstance(line, ast.Assign):
                raise ValueError
            (target,) = line.targets
            values[target.id] = ast.literal_eval(line.value)  # type: ignore[attr-defined]
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            msg = f"{path}, line {line.lineno}: expected NAME = LITERAL; nothing else is read, and no code is run"
            raise InputError(msg) from error
    return values


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of `DeepMedic`; what is not given has the original's default."""
    widths = tuple(values["numberFMsPerLayerNormal"])
    factors = _factors(values)
    fc_widths = tuple(values.get("numberFMsPerLayerFC") or ())
    residual = tuple(values.get("layersWithResidualConnNormal") or ())
    _require_equal_pathways(values, widths, residual, len(factors))
    rates = values.get("dropoutRatesFc")
    return {
        "preset": None,
        "widths": widths,
        "factors": factors,
        "residual": residual,
        "fc_widths": fc_widths,
        "fc_kernel": _fc_kernel(values, len(fc_widths)),
        "fc_residual": tuple(values.get("layersWithResidualConnFC") or ()),
        "dropout": tuple(rates) if rates else (0.0, *[0.5] * len(fc_widths)),
    }


def _factors(values: Mapping[str, Any]) -> tuple[int, ...]:
    if not values.get("useSubsampledPathway"):
        return ()
    factors = values.get("subsampleFactor") or [3, 3, 3]
    each = factors if isinstance(factors[0], list | tuple) else [factors]
    for factor in each:
        if len(set(factor)) != 1:
            msg = f"a pathway must be subsampled alike along all axes, found {list(factor)}"
            raise _UnsupportedError(msg)
    return tuple(factor[0] for factor in each)


def _require_equal_pathways(
    values: Mapping[str, Any], widths: tuple[int, ...], residual: tuple[int, ...], low_pathways: int
) -> None:
    expected = [[3, 3, 3]] * len(widths)
    for key in ("kernelDimPerLayerNormal", "kernelDimPerLayerSubsampled"):
        if [list(kernel) for kernel in values.get(key) or expected] != expected:
            msg = f"{key}: all kernels of the pathways must be 3x3x3"
            raise _UnsupportedError(msg)
    if values.get("activationFunction", "prelu") != "prelu":
        msg = f"activationFunction must be prelu, found {values['activationFunction']!r}"
        raise _UnsupportedError(msg)
    for key in ("padTypePerLayerNormal", "padTypePerLayerSubsampled"):
        if any(pad not in {None, "VALID"} for pad in values.get(key) or ()):
            msg = f"{key}: the pathways must not be padded"
            raise _UnsupportedError(msg)
    if not low_pathways:
        return
    low = values.get("numberFMsPerLayerSubsampled") or list(widths)
    if any(tuple(each) != widths for each in (low if isinstance(low[0], list | tuple) else [low])):
        msg = "numberFMsPerLayerSubsampled must be the same as numberFMsPerLayerNormal"
        raise _UnsupportedError(msg)
    if tuple(values.get("layersWithResidualConnSubsampled", residual) or ()) != residual:
        msg = "layersWithResidualConnSubsampled must be the same as layersWithResidualConnNormal"
        raise _UnsupportedError(msg)


def _fc_kernel(values: Mapping[str, Any], layers: int) -> int:
    kernels = [list(kernel) for kernel in values.get("kernelDimPerLayerFC") or [[1, 1, 1]] * (layers + 1)]
    pads = list(values.get("padTypePerLayerFC") or [None] * len(kernels))
    if kernels[0] == [3, 3, 3] and str(pads[0]).lower() not in {"mirror", "reflect"}:
        msg = "a first 3x3x3 kernel after the join must be mirror-padded (padTypePerLayerFC)"
        raise _UnsupportedError(msg)
    if kernels[0] not in ([1, 1, 1], [3, 3, 3]) or any(kernel != [1, 1, 1] for kernel in kernels[1:]):
        msg = "kernelDimPerLayerFC: the first kernel must be 1x1x1 or 3x3x3, the others 1x1x1"
        raise _UnsupportedError(msg)
    return int(kernels[0][0])
