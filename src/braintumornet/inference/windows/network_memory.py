"""How much memory a network needs for a window, without computing it, and how much it may take."""

import weakref
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from braintumornet.config import ExperimentConfig
from braintumornet.core.space import Shape
from braintumornet.core.workers.parallel import GIB, free_memory, held_memory

DEFAULT_SHARE = 0.7  # of what is free; the rest is for others, and for what nobody counts
SCRATCH = {False: 1.7, True: 0.8}
"""Memory that a pass takes per byte of float32 that is alive at once, in float32 and in bf16: 1.4 to 1.65, and 0.61 to
0.72 were measured, of a `resunet` on windows of 40 voxels to a whole brain; the rest is oneDNN's."""
MAP_COPIES = 4  # of each map, in float32: logits, probabilities, their mirror image, and the mean


class NetworkMemory:
    """What a network needs.

    Args:
        config: of its experiment.
        bf16: whether it computes in bf16.
    """

    def __init__(self, config: ExperimentConfig, bf16: bool) -> None:
        self.config = config
        self.bf16 = bf16
        self._known: dict[Shape, int] = {}
        self._network: torch.nn.Module | None = None

    def bytes_of(self, read: Shape) -> int:
        """Return about what one window takes that reads so many voxels along each axis."""
        if read not in self._known:
            maps = sum(len(task.outputs) for task in self.config.tasks if task.reads == "voxels")
            answers = 4 * MAP_COPIES * maps * prod(read)
            self._known[read] = int(SCRATCH[self.bf16] * self._peak_bytes(read)) + answers
        return self._known[read]

    def _peak_bytes(self, read: Shape) -> int:
        if self._network is None:
            with torch.random.fork_rng(devices=[]), torch.device("meta"):
                self._network = self.config.build_network().eval()
        image = torch.empty(1, len(self.config.sequences), *read, device="meta")
        with torch.inference_mode(), _LiveBytes() as live:
            self._network(image)
        return int(live.peak)


class _LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all tensors that are alive, and the most of them at any time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = self.peak = 0
        self._sizes: dict[int, int] = {}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in tree_iter(result):
            if isinstance(tensor, torch.Tensor):
                self._add(tensor.untyped_storage())
        return result

    def _add(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata  # of a view it is that of the whole
        if key not in self._sizes:
            self._sizes[key] = storage.nbytes()
            self.now += storage.nbytes()
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._remove, key)

    def _remove(self, key: int) -> None:
        self.now -= self._sizes.pop(key)


def allowed_bytes(max_memory_gib: float | None, device: torch.device) -> int | None:
    """Return what may still be taken: of what a person allows, or a share of what is free; None: nobody knows."""
    if max_memory_gib is not None:
        held = torch.cuda.memory_allocated(device) if device.type == "cuda" else held_memory()
        return int(max_memory_gib * GIB) - held
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else free_memory()
    return None if free is None else int(DEFAULT_SHARE * free)
