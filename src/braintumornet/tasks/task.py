"""A task: its settings, the last layer of its head, its loss, and the meaning of its output."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from braintumornet.core.cohort.case import Case, as_values
from braintumornet.core.plugin import Plugin
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.text.names import require_plain_name

if TYPE_CHECKING:
    from torch import Tensor, nn

    from braintumornet.core.cohort.case import Cohort
    from braintumornet.core.scores import Row
    from braintumornet.core.workers.failures import CaseFailure
    from braintumornet.scoring.scored_task import AskedHead, Question, Scoring
    from braintumornet.tasks.losses import Criterion

Level = Literal["voxels", "scales"]
"""Which features of the backbone a head reads: the voxels', or those of the encoder's scales, pooled."""

Gives = Literal["maps", "classes", "values"]
"""What an answer is: a RegionMap, class -> probability, or a mapping of plain values, as JSON holds them."""


class Task(Plugin):
    """Base of all kinds of task.

    A kind says what its last layer is, its loss, and what its output means: `last_layer`, `criterion`, `decode`. All
    other verbs have a default: that of a task which learns the number in a column of the manifest from the whole patch,
    and gives plain values. Studies compare arms by the metric that is `compared`, if there is one. Kinds can be asked
    without torch, which is imported in the verbs that compute.

    Args:
        name: unique in an experiment; names the head, its loss and its output files.
        where: which cases the task is for, as column -> value or values; empty: all.
        detach: read the shared features without teaching the shared network: the head learns, and everything else is
            trained to the same weights as without it.
        warm_up_steps: steps of a training in which it does not teach the shared network yet, as if it was detached.
        target: column of the manifest that holds the truth.
    """

    group: ClassVar[str] = "braintumornet.tasks"

    reads: ClassVar[Level] = "scales"
    gives: ClassVar[Gives] = "values"
    compared: ClassVar[str] = ""

    kind: str
    name: str
    where: Mapping[str, str | tuple[str, ...]] = {}
    detach: bool = False
    warm_up_steps: int = Field(0, ge=0)
    target: str

    @field_validator("name")
    @classmethod
    def _can_name_a_head_and_files(cls, name: str) -> str:
        require_plain_name("a task, which names a head and files", name)
        from torch import nn

        require(
            not (hasattr(nn.ModuleDict, name) or hasattr(nn.ModuleDict(), name)),
            f"{name!r} cannot be the name of a task, because torch uses it for something else; choose another",
            ValueError,
        )
        return name

    @model_validator(mode="after")
    def _warms_up_to_teach(self) -> Self:
        require(
            not (self.detach and self.warm_up_steps),
            f"task {self.name!r} is detached and never teaches the shared network; drop warm_up_steps or detach",
            ValueError,
        )
        return self

    def teaches_at(self, step: int | None) -> bool:
        """Say whether its gradient reaches the shared network.

        Args:
            step: of a training, from 0; None: where no training counts its steps.
        """
        return not self.detach and (step is None or step >= self.warm_up_steps)

    def is_for(self, case: Case) -> bool:
        """Say whether a case belongs to the task's population.

        Args:
            case: to ask about.
        """
        return case.fits(self.where)

    def allows(self, column: str, value: str) -> bool:
        """Say whether `where` lets the task be for cases with a value in a column.

        Args:
            column: of the manifest.
            value: in that column.
        """
        return column not in self.where or value in as_values(self.where[column])

    def question(self) -> Question:
        """Return what a scorer asks of predictions."""
        from braintumornet.scoring.scored_task import Question

        return Question.of(self.name, self.about(), self.answers_as)

    @property
    def answers_as(self) -> str:
        """Kind under which predictions hold its answer, and whose `score` scores it."""
        return {"maps": "segmentation", "classes": "classification"}.get(self.gives, self.kind)

    def about(self) -> dict[str, Any]:
        """Return what a scorer must know of the task, as JSON holds it."""
        where = {column: wanted if isinstance(wanted, str) else list(wanted) for column, wanted in self.where.items()}
        return {"target": self.target, "where": where}

    @property
    def answered(self) -> tuple[str, ...]:
        """What the task tells of a case, by name: regions, classes; default the one number of its column."""
        return (self.target,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output of the last layer stands for, in order; default what it tells of the case."""
        return self.answered

    def label(self, case: Case) -> float | None:
        """Return the one label of a case as a number; None where it is not known or the task is not for the case.

        Args:
            case: to ask about.

        Raises:
            InputError: the manifest says something that is no label.
        """
        value = case.value(self.target)
        if value is None or not self.is_for(case):
            return None
        try:
            return self.number(value)
        except ValueError as error:
            msg = f"case {case.id}: {self.target} {value!r} {error}"
            raise InputError(msg) from error

    def number(self, value: str) -> float:
        """Return the label that a cell of the manifest means; default the number that it is.

        Args:
            value: the cell.

        Raises:
            ValueError: it is none; the text goes on after what was found.
        """
        try:
            number = float(value)
        except ValueError:
            number = nan
        require(isfinite(number), f"is no number, which task {self.name!r} learns", ValueError)
        return number

    def present(self, case: Case) -> np.ndarray:
        """Say which labels a case has: bool (M,) for the learned maps, bool () for its one label.

        Args:
            case: to ask about.
        """
        return np.array(self.label(case) is not None)

    def labelled(self, case: Case) -> bool:
        """Say whether a case has a label from which this task can learn anything.

        Args:
            case: to ask about.
        """
        return bool(self.present(case).any())

    @property
    def teaches_coarsest_scale_only(self) -> bool:
        """Whether the shared network learns from it through its coarsest scale alone."""
        return False

    @property
    def learned(self) -> tuple[str, ...]:
        """Maps that are learned from masks, in the order of targets and presence; none for one label per patient."""
        return ()

    def learned_in(self, case: Case) -> tuple[str, ...]:
        """Return the regions or tissues of a case's mask that the learned maps are to show, in their order.

        Args:
            case: to ask about.
        """
        return self.learned

    @property
    def class_columns(self) -> tuple[str, ...]:
        """Columns whose values are classes that it tells: splits are balanced over them."""
        return ()

    @property
    def counted(self) -> tuple[str, ...]:
        """What is counted of the samples that it learns from, such as regions or classes; see `held`."""
        return ()

    def held(self, target: Tensor, present: Tensor) -> Tensor:
        """Return which samples of a batch hold what is `counted`: bool (B, len(counted)).

        Args:
            target: float32 (B, M, D, H, W) for the maps that are learned, or the one label of each sample, (B,).
            present: which of these are known: bool (B, M) or (B,).
        """
        return present.new_zeros((len(present), 0))

    @property
    def sees_tumour(self) -> bool:
        """Whether features are averaged over the tumour, so that one patch there answers a case; default no."""
        return False

    def needs(self, sequences: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return region -> which of the network's sequences it cannot be told without; default none.

        Args:
            sequences: that the network reads.

        Raises:
            ValueError: a sequence is asked for that the network does not read.
        """
        return {}

    def outlines(self, known: Sequence[str]) -> tuple[str, ...]:
        """Return the segmentation tasks, of all that are known, that show it the tumour; default the first.

        Args:
            known: names of all segmentation tasks of the network.
        """
        return tuple(known[:1]) if self.sees_tumour else ()

    @abstractmethod
    def last_layer(self, features: int) -> nn.Module:
        """Return the last layer of the head, after the branch that the backbone builds.

        Args:
            features: channels F that the branch gives: a map (B, F, D, H, W) where the task reads voxels, else (B, F).

        Returns:
            A module from these to logits, one channel for each of `outputs`.
        """

    @abstractmethod
    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the loss; what it needs to know of the training cases is counted here.

        Args:
            training_cases: each as often, beside the others, as it is drawn.

        Returns:
            A function of logits (B, M, D, H, W) or (B, K), target and present, to a loss of shape ().
        """

    def probabilities(self, logits: Tensor) -> Tensor:
        """Turn the head's output into what is averaged over windows; default as it is.

        Args:
            logits: (B, M, D, H, W) where the task reads voxels, else (B, K).

        Returns:
            The same shape.
        """
        return logits

    @abstractmethod
    def decode(self, probabilities: Tensor) -> Any:
        """Turn the mean over windows into what the task `gives` of a case.

        Args:
            probabilities: (M, D, H, W) where the task reads voxels, else (K,).
        """

    def tidy(self, answer: Any, voxel_ml: float) -> tuple[Any, str]:
        """Return an answer cleaned of what cannot be, and a note of that for the reader; default as it is.

        Args:
            answer: as `decode` returned it.
            voxel_ml: volume of a voxel in ml.
        """
        return answer, ""

    @classmethod
    def score(cls, asked: Sequence[AskedHead], cohort: Cohort, scoring: Scoring) -> tuple[list[Row], list[CaseFailure]]:
        """Return the rows of all questions about tasks of the kind, and the cases that could not be scored.

        Default for plain values: what `score_case` measures of each case.

        Args:
            asked: tasks, with the heads that answer them.
            cohort: with the truth.
            scoring: where predictions lie, and how they are scored.
        """
        from braintumornet.scoring.values_of_cohort import score_values

        return score_values(cls.score_case, asked, cohort, scoring)

    @classmethod
    def score_case(cls, answer: Mapping[str, Any], truth: str) -> dict[str, float]:
        """Return metric -> value of the plain values that were answered of a case; default none.

        Args:
            answer: what the task gave, and what `about` says beside it.
            truth: what the manifest says.

        Raises:
            InputError: one of them cannot be used.
        """
        return {}

    @classmethod
    def in_words(cls, answer: Mapping[str, Any]) -> str:
        """Return in a few words what plain values mean; default all of them.

        Args:
            answer: the values, and what `about` says beside them.
        """
        return ", ".join(f"{name} {value}" for name, value in answer.items())

    def measure(self, answer: Any, target: np.ndarray, present: np.ndarray) -> dict[str, float]:
        """Return figures of one answer, the higher the better, by whose mean the best weights are chosen; default none.

        Args:
            answer: as a prediction has it.
            target: bool (M, D, H, W) for the maps that are learned, or the one label.
            present: bool (M,) for these maps, bool () for the one label, as `present` returned it.
        """
        return {}
