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
    """Base class of all kinds of task.

    A kind defines its last layer, its loss and the meaning of its output: `last_layer`, `criterion`, `decode`. All
    other methods have a default, which suits a task that learns the number in a column of the manifest from the whole
    patch and gives plain values. Studies compare arms by the metric that `compared` names, if any. Kinds can be
    inspected without torch, which is imported in the methods that compute.

    Args:
        name: unique name in an experiment; also names the head, its loss and its output files.
        where: which cases the task is for, as column -> value or values; empty for all.
        detach: read the shared features without teaching the shared network: the head learns, and everything else is
            trained to the same weights as without it.
        warm_up_steps: first training steps, in which the task does not yet teach the shared network, as if detached.
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
        """Return whether the task's gradient reaches the shared network.

        Args:
            step: step of a training, from 0; None if no training counts its steps.
        """
        return not self.detach and (step is None or step >= self.warm_up_steps)

    def is_for(self, case: Case) -> bool:
        """Return whether a case belongs to the task's population.

        Args:
            case: the case.
        """
        return case.fits(self.where)

    def allows(self, column: str, value: str) -> bool:
        """Return whether `where` allows cases with a value in a column.

        Args:
            column: column of the manifest.
            value: value in that column.
        """
        return column not in self.where or value in as_values(self.where[column])

    def question(self) -> Question:
        """Return the question that a scorer asks of predictions."""
        from braintumornet.scoring.scored_task import Question

        return Question.of(self.name, self.about(), self.answers_as)

    @property
    def answers_as(self) -> str:
        """Kind under which predictions hold the task's answer, and whose `score` scores it."""
        return {"maps": "segmentation", "classes": "classification"}.get(self.gives, self.kind)

    def about(self) -> dict[str, Any]:
        """Return what a scorer must know about the task, as JSON holds it."""
        where = {column: wanted if isinstance(wanted, str) else list(wanted) for column, wanted in self.where.items()}
        return {"target": self.target, "where": where}

    @property
    def answered(self) -> tuple[str, ...]:
        """Names of what the task predicts for a case: regions, classes; default: the one number of its column."""
        return (self.target,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output of the last layer stands for, in order; default: what `answered` names."""
        return self.answered

    def label(self, case: Case) -> float | None:
        """Return the one label of a case as a number; None if it is not known or the task is not for the case.

        Args:
            case: the case.

        Raises:
            InputError: the manifest holds something that is not a label.
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
        """Return the label that a cell of the manifest stands for; default: its number.

        Args:
            value: text of the cell.

        Raises:
            ValueError: the cell is not a label; the message continues a sentence that begins with the cell.
        """
        try:
            number = float(value)
        except ValueError:
            number = nan
        require(isfinite(number), f"is no number, which task {self.name!r} learns", ValueError)
        return number

    def present(self, case: Case) -> np.ndarray:
        """Return which labels a case has: bool (M,) for the learned maps, bool () for its one label.

        Args:
            case: the case.
        """
        return np.array(self.label(case) is not None)

    def labelled(self, case: Case) -> bool:
        """Return whether a case has any label that this task can learn from.

        Args:
            case: the case.
        """
        return bool(self.present(case).any())

    @property
    def teaches_coarsest_scale_only(self) -> bool:
        """Whether the shared network learns from the task through its coarsest scale alone."""
        return False

    @property
    def learned(self) -> tuple[str, ...]:
        """Maps that are learned from masks, in the order of targets and presence; empty for one label per patient."""
        return ()

    def learned_in(self, case: Case) -> tuple[str, ...]:
        """Return the regions or tissues of a case's mask that the learned maps should show, in the order of the maps.

        Args:
            case: the case.
        """
        return self.learned

    @property
    def class_columns(self) -> tuple[str, ...]:
        """Columns whose values are classes that the task predicts; splits are balanced over them."""
        return ()

    @property
    def counted(self) -> tuple[str, ...]:
        """What is counted in the samples that the task learns from, such as regions or classes; see `held`."""
        return ()

    def held(self, target: Tensor, present: Tensor) -> Tensor:
        """Return which samples of a batch hold what is `counted`: bool (B, len(counted)).

        Args:
            target: float32 (B, M, D, H, W) for the maps that are learned, or the one label of each sample, (B,).
            present: which of them are known: bool (B, M) or (B,).
        """
        return present.new_zeros((len(present), 0))

    @property
    def sees_tumour(self) -> bool:
        """Whether features are averaged over the tumour, so one patch there is enough for a case; default: no."""
        return False

    def needs(self, sequences: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return region -> the network's sequences without which it cannot be assessed; default: none.

        Args:
            sequences: sequences that the network reads.

        Raises:
            ValueError: the task asks for a sequence that the network does not read.
        """
        return {}

    def outlines(self, known: Sequence[str]) -> tuple[str, ...]:
        """Return which of the known segmentation tasks show the task where the tumour is; default: the first.

        Args:
            known: names of all segmentation tasks of the network.
        """
        return tuple(known[:1]) if self.sees_tumour else ()

    @abstractmethod
    def last_layer(self, features: int) -> nn.Module:
        """Return the last layer of the head, which follows the branch that the backbone builds.

        Args:
            features: channels F that the branch gives: a map (B, F, D, H, W) if the task reads voxels, else (B, F).

        Returns:
            A module from these to logits, with one channel for each of `outputs`.
        """

    @abstractmethod
    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the loss, after counting what it needs to know about the training cases.

        Args:
            training_cases: training cases, each repeated in proportion to how often it is drawn.

        Returns:
            A function from logits (B, M, D, H, W) or (B, K), target and present to a loss of shape ().
        """

    def probabilities(self, logits: Tensor) -> Tensor:
        """Turn the head's output into what is averaged over windows; default: unchanged.

        Args:
            logits: (B, M, D, H, W) if the task reads voxels, else (B, K).

        Returns:
            A tensor of the same shape.
        """
        return logits

    @abstractmethod
    def decode(self, probabilities: Tensor) -> Any:
        """Turn the mean over windows into what the task `gives` for a case.

        Args:
            probabilities: (M, D, H, W) if the task reads voxels, else (K,).
        """

    def tidy(self, answer: Any, voxel_ml: float) -> tuple[Any, str]:
        """Return an answer without what cannot be true, and a note about that for the reader; default: unchanged.

        Args:
            answer: answer as `decode` returned it.
            voxel_ml: volume of a voxel in ml.
        """
        return answer, ""

    @classmethod
    def score(cls, asked: Sequence[AskedHead], cohort: Cohort, scoring: Scoring) -> tuple[list[Row], list[CaseFailure]]:
        """Return the rows of all questions about tasks of this kind, and the cases that could not be scored.

        The default is for plain values: it applies `score_case` to each case.

        Args:
            asked: tasks, with the heads that answer them.
            cohort: cohort with the truth.
            scoring: where the predictions are, and how they are scored.
        """
        from braintumornet.scoring.values_of_cohort import score_values

        return score_values(cls.score_case, asked, cohort, scoring)

    @classmethod
    def score_case(cls, answer: Mapping[str, Any], truth: str) -> dict[str, float]:
        """Return metric -> value for the plain values predicted for a case; default: none.

        Args:
            answer: values that the task gave, together with those of `about`.
            truth: value in the manifest.

        Raises:
            InputError: one of them cannot be used.
        """
        return {}

    @classmethod
    def in_words(cls, answer: Mapping[str, Any]) -> str:
        """Return in a few words what plain values mean; default: all of them.

        Args:
            answer: the values, together with those of `about`.
        """
        return ", ".join(f"{name} {value}" for name, value in answer.items())

    def measure(self, answer: Any, target: np.ndarray, present: np.ndarray) -> dict[str, float]:
        """Return figures of one answer, higher is better, whose mean is used to choose the best weights; default: none.

        Args:
            answer: answer as in a prediction.
            target: bool (M, D, H, W) for the maps that are learned, or the one label.
            present: bool (M,) for these maps, bool () for the one label, as returned by `present`.
        """
        return {}
