"""A task: its settings, the last layer of its head, its loss, and the meaning of its output."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from pydantic import field_validator
from torch import Tensor, nn

from braintumornet.core.case import Case, as_values
from braintumornet.core.component import Component
from braintumornet.core.text.names import require_plain_name
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.batch_totals import total

Criterion = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Output, target and presence of one task -> its loss; called only where at least one label is present.

The loss is over the batch of all processes, of which one may hold no label: a criterion takes the `total` of its sums
before it divides them.
"""

Level = Literal["voxels", "scales"]
"""Which features of the backbone a head reads: the voxels', or those of the encoder's scales, pooled."""


class Task(Component):
    """Base of all kinds of task.

    Args:
        name: unique in an experiment; names the head, its loss and its output files.
        where: which cases the task is for, as column -> value or values; empty: all.
        detach: read the shared features without teaching the shared network: the head learns, and everything else is
            trained to the same weights as without it.
    """

    group: ClassVar[str] = "braintumornet.tasks"

    reads: ClassVar[Level]

    kind: str
    name: str
    where: Mapping[str, str | tuple[str, ...]] = {}
    detach: bool = False

    @field_validator("name")
    @classmethod
    def _can_name_a_head_and_files(cls, name: str) -> str:
        require_plain_name("a task, which names a head and files", name)
        if hasattr(nn.ModuleDict, name) or hasattr(nn.ModuleDict(), name):
            msg = f"{name!r} cannot be the name of a task, because torch uses it for something else; choose another"
            raise ValueError(msg)
        return name

    def is_for(self, case: Case) -> bool:
        """Say whether a case belongs to the task's population."""
        return case.fits(self.where)

    def allows(self, column: str, value: str) -> bool:
        """Say whether `where` lets the task be for cases with this value in a column."""
        return column not in self.where or value in as_values(self.where[column])

    @property
    @abstractmethod
    def outputs(self) -> tuple[str, ...]:
        """What each output of the last layer stands for, in order: regions or classes."""

    def about(self) -> dict[str, Any]:
        """Return what a scorer must know of the task, as JSON holds it."""
        where = {column: wanted if isinstance(wanted, str) else list(wanted) for column, wanted in self.where.items()}
        return {"target": getattr(self, "target", ""), "where": where}

    @abstractmethod
    def labelled(self, case: Case) -> bool:
        """Say whether a case has a label from which this task can learn anything."""

    @abstractmethod
    def last_layer(self, features: int) -> nn.Module:
        """Return the last layer of the head, after the branch that the backbone builds."""

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """Turn the output of the head into probabilities: (B, M, D, H, W) of learned maps, (B, K) of classes."""

    @abstractmethod
    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the loss; what it needs to know of the training cases is counted here.

        Args:
            training_cases: each as often, beside the others, as it is drawn.
        """


def teaching(losses: Mapping[str, Tensor], tasks: Sequence[Task]) -> dict[str, Tensor]:
    """Return the losses of the tasks that teach the shared network."""
    detached = {task.name for task in tasks if task.detach}
    return {name: loss for name, loss in losses.items() if name not in detached}


def task_losses(outputs: Mapping[str, Tensor], batch: Batch, criteria: Mapping[str, Criterion]) -> dict[str, Tensor]:
    """Return the loss of every task of which the batch holds a label; the others have no entry, so no gradient.

    Args:
        outputs: task -> output of its head.
        batch: labels and their presence.
        criteria: task -> loss.
    """
    labels = total(torch.stack([batch.present[name].sum() for name in criteria]))  # (K,)
    return {
        name: criterion(outputs[name], batch.targets[name], batch.present[name])
        for (name, criterion), number in zip(criteria.items(), labels.tolist(), strict=True)
        if number
    }
