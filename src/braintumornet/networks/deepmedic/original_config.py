"""The model configuration of the original DeepMedic program.

It is a Python file, which is parsed, never run: each line must give a name a literal.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from braintumornet.core.plugin import describe
from braintumornet.core.text.errors import InputError, require
from braintumornet.networks.deepmedic.deepmedic import DeepMedic


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
    except (TypeError, ValueError) as error:
        msg = f"{path} describes a network that is not supported: {error}"
        raise InputError(msg) from error


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
        require(
            len(set(factor)) == 1,
            f"a pathway must be subsampled alike along all axes, found {list(factor)}",
            ValueError,
        )
    return tuple(factor[0] for factor in each)


def _require_equal_pathways(
    values: Mapping[str, Any], widths: tuple[int, ...], residual: tuple[int, ...], low_pathways: int
) -> None:
    expected = [[3, 3, 3]] * len(widths)
    for key in ("kernelDimPerLayerNormal", "kernelDimPerLayerSubsampled"):
        require(
            [list(kernel) for kernel in values.get(key) or expected] == expected,
            f"{key}: all kernels of the pathways must be 3x3x3",
            ValueError,
        )
    activation = values.get("activationFunction", "prelu")
    require(activation == "prelu", f"activationFunction must be prelu, found {activation!r}", ValueError)
    for key in ("padTypePerLayerNormal", "padTypePerLayerSubsampled"):
        require(
            all(pad in {None, "VALID"} for pad in values.get(key) or ()),
            f"{key}: the pathways must not be padded",
            ValueError,
        )
    if not low_pathways:
        return
    low = values.get("numberFMsPerLayerSubsampled") or list(widths)
    require(
        all(tuple(each) == widths for each in (low if isinstance(low[0], list | tuple) else [low])),
        "numberFMsPerLayerSubsampled must be the same as numberFMsPerLayerNormal",
        ValueError,
    )
    require(
        tuple(values.get("layersWithResidualConnSubsampled", residual) or ()) == residual,
        "layersWithResidualConnSubsampled must be the same as layersWithResidualConnNormal",
        ValueError,
    )


def _fc_kernel(values: Mapping[str, Any], layers: int) -> int:
    kernels = [list(kernel) for kernel in values.get("kernelDimPerLayerFC") or [[1, 1, 1]] * (layers + 1)]
    pads = list(values.get("padTypePerLayerFC") or [None] * len(kernels))
    mirrored = str(pads[0]).lower() in {"mirror", "reflect"}
    require(
        mirrored or kernels[0] != [3, 3, 3],
        "a first 3x3x3 kernel after the join must be mirror-padded (padTypePerLayerFC)",
        ValueError,
    )
    require(
        kernels[0] in ([1, 1, 1], [3, 3, 3]) and all(kernel == [1, 1, 1] for kernel in kernels[1:]),
        "kernelDimPerLayerFC: the first kernel must be 1x1x1 or 3x3x3, the others 1x1x1",
        ValueError,
    )
    return int(kernels[0][0])
