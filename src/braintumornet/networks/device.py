"""What the machine can compute with."""

import platform

import torch
from torch import nn

from braintumornet.core.text.errors import UsageError, require


def choose_device(accelerator: str) -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`.

    Raises:
        UsageError: the device that is asked for is not there.
    """
    found = "cuda" if torch.cuda.is_available() else "cpu"
    require(
        found == "cuda" or accelerator != "cuda",
        "accelerator 'cuda': there is no CUDA device that torch can use; choose auto or cpu",
        UsageError,
    )
    return torch.device(found if accelerator == "auto" else accelerator)


def uses_bf16(precision: str, device: torch.device) -> bool:
    """Say whether to compute in bf16; `auto` does where the device has bf16 arithmetic, else it would be slower."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # neither has a public name in all versions of torch from 2.8 on
    if platform.machine() in ("x86_64", "AMD64"):  # oneDNN also emulates bf16, at half the speed of float32
        return bool(torch.cpu._is_avx512_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def place(network: nn.Module, device: torch.device) -> None:
    """Move a network to a device, in the channels-last layout, in which 3-D convolutions are faster."""
    network.to(device=device, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
