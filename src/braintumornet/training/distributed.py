"""Several processes that train one network: each computes its samples of a batch, and all take the same step."""

import atexit
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from lightning.fabric.strategies import DDPStrategy
from torch import nn

from braintumornet.config import ExperimentConfig
from braintumornet.core.text.errors import BrainTumorNetError, UsageError, require
from braintumornet.networks.device import choose_device, uses_bf16
from braintumornet.tasks.batch_totals import processes, total

CONNECTION = ("gloo", "nccl", "connection", "peer", "socket", "timed out", "timeout")
"""What the libraries say where another process does not answer."""

LONGEST_WAIT = timedelta(days=1)
"""For the first process, which reads cases that nobody has read before, and validates, while the others wait."""


class _SumOfParts(DDPStrategy):  # type: ignore[misc]
    """Fabric's processes without torch's wrapper around the network.

    The wrapper averages the gradients of one backward pass through all parameters. The losses here are already those of
    the whole batch, heads may be absent, and some weightings take a backward pass per task.
    """

    def setup_module(self, module: nn.Module) -> nn.Module:
        """Leave the network as it is; it begins the same in all processes, because they have one seed."""
        return module


def start_processes(config: ExperimentConfig) -> Fabric:
    """Return the engine for the device and precision wanted, with all processes running and seeded alike.

    Raises:
        UsageError: more processes than patches in a batch, or than GPUs.
    """
    device = choose_device(config.training.accelerator)
    here, nodes = _processes_here_and_nodes(config)
    require(
        here * nodes <= config.data.batch_size,
        f"data.batch_size {config.data.batch_size}: expected a patch for each of the {here * nodes} processes; "
        "use a larger batch or fewer processes",
        UsageError,
    )
    gpus = torch.cuda.device_count()
    require(
        here <= gpus or device.type != "cuda",
        f"training.devices {here}: found {gpus} GPUs; use so many, or accelerator: cpu",
        UsageError,
    )
    fabric = Fabric(
        accelerator=device.type,
        devices=here,
        num_nodes=nodes,
        strategy=_SumOfParts(timeout=LONGEST_WAIT) if here * nodes > 1 else "auto",
        precision="bf16-mixed" if uses_bf16(config.training.precision, device) else "32-true",
    )
    fabric.launch()
    if processes() > 1:
        atexit.register(_leave_the_others)
    torch.manual_seed(config.seed)
    return fabric


def _leave_the_others() -> None:
    """Close the connection while Python still runs: a thread of it that outlives Python aborts the process."""
    if processes() > 1:
        torch.distributed.destroy_process_group()


def highest(number: int, fabric: Fabric) -> int:
    """Return the highest of the numbers that the processes have."""
    if processes() == 1:
        return number
    whole = torch.tensor(number, device=fabric.device)
    torch.distributed.all_reduce(whole, op=torch.distributed.ReduceOp.MAX)
    return int(whole)


@contextmanager
def explaining(run: Path) -> Iterator[None]:
    """Say in our words that a process was lost which the training needs.

    Raises:
        BrainTumorNetError: one that shares the batch, or one that prepares batches, is gone.
    """
    try:
        yield
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        if "DataLoader worker" in reason:
            msg = (
                f"a process that prepares batches was ended from outside, probably out of memory ({reason}); lower "
                "data.workers, and continue with --resume"
            )
            raise BrainTumorNetError(msg) from error
        if processes() > 1 and any(word in reason.lower() for word in CONNECTION):
            msg = (
                f"another process of this training is gone ({reason}); what it said itself tells why; when that is "
                f"fixed, continue {run} with --resume"
            )
            raise BrainTumorNetError(msg) from error
        raise


def seed_step(seed: int, step: int, process: int) -> None:
    """Let dropout depend on the step and the process only, so that a resumed training needs no memory of chance."""
    torch.manual_seed(int(np.random.SeedSequence([seed, 3, step, process]).generate_state(1, np.uint64)[0]))


def sum_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Give the parameters the gradients of the whole batch; one that no process has a gradient for keeps none."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if processes() > 1:
        whole = total(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        for gradient, part in zip(gradients, torch.split(whole, [one.numel() for one in gradients]), strict=True):
            gradient.copy_(part.view(gradient.shape))


def _processes_here_and_nodes(config: ExperimentConfig) -> tuple[int, int]:
    """Return the number of processes on this machine and of machines; where torchrun started them, it knows."""
    if not torch.distributed.is_torchelastic_launched():
        return config.training.devices, 1
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    return here, int(os.environ["WORLD_SIZE"]) // here
