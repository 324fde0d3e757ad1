"""What a shared network costs beside one network per task, without computing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from braintumornet.networks.multi_task_network import Backbone, MultiTaskNetwork
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import outlines_of


@dataclass(frozen=True)
class Cost:
    """Parameters, and operations of one forward pass.

    Args:
        image: voxels that are read: one patch with what surrounds it.
        shared: parameters of the backbone.
        own: task -> parameters of its head.
        operations: additions and multiplications of one pass through the backbone and all heads.
        parameters_apart: parameters of one network per task, together.
        operations_apart: operations of one pass through each of these.
    """

    image: tuple[int, int, int]
    shared: int
    own: dict[str, int]
    operations: int
    parameters_apart: int
    operations_apart: int

    @property
    def parameters(self) -> int:
        """Of the shared network with all its heads."""
        return self.shared + sum(self.own.values())


_KNOWN: dict[tuple[object, ...], Cost] = {}
"""What was counted, since the networks of a study differ in little that costs."""


def network_cost(
    backbone: Backbone, tasks: Sequence[Task], sequences: int, image: tuple[int, int, int], presence: bool = False
) -> Cost:
    """Count a network's parameters and operations on torch's `meta` device, and those of one network per task.

    Operations are those of convolutions and matrix products, which are nearly all. A marker that sees the tumour needs
    the tasks that outline it, so its own network has their heads too.

    Example:
        >>> from braintumornet.networks.resunet import ResUNet
        >>> from braintumornet.tasks.segmentation import SegmentationTask
        >>> tasks = [SegmentationTask(name=name, regions=("WT",)) for name in ("hgg", "mets")]
        >>> cost = network_cost(ResUNet(width=8), tasks, 4, (32, 32, 32))
        >>> cost.operations < cost.operations_apart < 2.01 * cost.operations
        True
    """
    key = (repr(backbone), repr(tasks), sequences, image, presence)
    if key not in _KNOWN:
        _KNOWN[key] = _count_all(backbone, tasks, sequences, image, presence)
    return _KNOWN[key]


def _count_all(
    backbone: Backbone, tasks: Sequence[Task], sequences: int, image: tuple[int, int, int], presence: bool
) -> Cost:
    together = _on_meta(backbone, tasks, sequences, presence)
    apart = [_on_meta(backbone, [*outlines_of(task, tasks), task], sequences, presence) for task in tasks]
    return Cost(
        image,
        _count(together.backbone),
        {task.name: _count(together.heads[task.name]) for task in tasks},
        _operations(together, sequences, image),
        sum(_count(network) for network in apart),
        sum(_operations(network, sequences, image) for network in apart),
    )


def _on_meta(backbone: Backbone, tasks: Sequence[Task], sequences: int, presence: bool) -> MultiTaskNetwork:
    with torch.device("meta"):
        return MultiTaskNetwork(backbone, tasks, sequences, presence).eval()


def _count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _operations(network: MultiTaskNetwork, sequences: int, image: tuple[int, int, int]) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.empty(1, sequences, *image, device="meta"))
    return int(counter.get_total_flops())
