"""A task: its settings, the last layer of its head, its loss, and the meaning of its output."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal

from torch import Tensor, nn

from braintumornet.core.case import Case
from braintumornet.core.component import Component
from braintumornet.tasks.batch import Batch

Criterion = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Output, target and presence of one task -> its loss; called only where at least one label is present."""

Level = Literal["voxels", "scales"]
"""Which features of the backbone a head reads: the voxels', or those of the encoder's scales, pooled."""


class Task(Component):
    """Base of all kinds of task.

    Args:
        name: unique in an experiment; names the head, its loss and its output files.
        where: which cases the task is for, as column -> value or values; empty: all.
    """

    reads: ClassVar[Level]

    kind: str
    name: str
    where: Mapping[str, str | tuple[str, ...]] = {}

    def is_for(self, case: Case) -> bool:
        """Say whether a case belongs to the task's population."""
        return all(
            case.value(column) in ((wanted,) if isinstance(wanted, str) else wanted)
            for column, wanted in self.where.items()
        )

    @abstractmethod
    def labelled(self, case: Case) -> bool:
        """Say whether a case has a label from which this task can learn anything."""

    @abstractmethod
    def last_layer(self, features: int) -> nn.Module:
        """Return the last layer of the head, after the branch that the backbone builds."""

    @abstractmethod
    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the loss; what it needs to know of the training cases is counted here."""


def task_losses(outputs: Mapping[str, Tensor], batch: Batch, criteria: Mapping[str, Criterion]) -> dict[str, Tensor]:
    """Return the loss of every task of which the batch holds a label; the others have no entry, so no gradient.

    Args:
        outputs: task -> output of its head.
        batch: labels and their presence.
        criteria: task -> loss.
    """
    return {
        name: criterion(outputs[name], batch.targets[name], batch.present[name])
        for name, criterion in criteria.items()
        if bool(batch.present[name].any())
    }
