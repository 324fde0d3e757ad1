"""Classification of a patient's marker from what the encoder saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from braintumornet.core.cohort.case import Case, as_values
from braintumornet.core.text.earlier_names import take_earlier_verb
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import require_among, require_once
from braintumornet.tasks.task import Gives, Task

if TYPE_CHECKING:
    from torch import Tensor, nn

    from braintumornet.core.cohort.case import Cohort
    from braintumornet.core.scores import Row
    from braintumornet.core.workers.failures import CaseFailure
    from braintumornet.scoring.scored_task import AskedHead, Scoring
    from braintumornet.tasks.losses import Criterion


class ClassificationTask(Task):
    """Tell a marker, such as a genotype.

    Args:
        target: holds the class; a blank cell means that it is not known.
        classes: the values that the column may have.
        roi: `tumour` (the class counts only for a patch with at least half of the largest tumour component, features
            are averaged over the outline, and a case is answered by one patch at the predicted component) or `patch`
            (whatever patch comes, a plain mean, and the mean over all windows: the reading of arXiv 2111.14959).
        tumour_from: segmentation task, or tasks for different pathologies, that show where the tumour is; default the
            first that is not detached.
        teaches: the shared network through `all_scales` that the head reads, or through the `coarsest_scale` alone, so
            that what it wants cannot blur fine detail that the outline needs.
        class_weights: `balanced` weighs the cross-entropy by the inverse frequency with which training cases of each
            class are drawn.

    Example:
        >>> ClassificationTask(name="genotype", target="genotype", classes=("fusion", "v600e", "other")).roi
        'tumour'
    """

    gives: ClassVar[Gives] = "classes"
    compared: ClassVar[str] = "auc"

    kind: Literal["classification"] = "classification"
    classes: tuple[str, ...] = Field(min_length=2)
    roi: Literal["tumour", "patch"] = "tumour"
    tumour_from: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    teaches: Literal["all_scales", "coarsest_scale"] = "all_scales"
    class_weights: Literal["balanced", "none"] = "balanced"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Take `class_index`, as plug-ins before 0.2 call it, for `label`."""
        super().__pydantic_init_subclass__(**kwargs)
        take_earlier_verb(cls, "class_index", "label")

    @field_validator("classes")
    @classmethod
    def _differ(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        require(
            all(name.strip() for name in classes),
            "a class has no name; a blank cell means that the class is not known",
            ValueError,
        )
        require_once("class", classes)
        return classes

    @property
    def answered(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    @property
    def class_columns(self) -> tuple[str, ...]:
        """The column of the class."""
        return (self.target,)

    @property
    def counted(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    def held(self, target: Tensor, present: Tensor) -> Tensor:
        """Return which samples are of which class."""
        return present[:, None] & (target[:, None] == target.new_tensor(range(len(self.classes))))

    @property
    def teaches_coarsest_scale_only(self) -> bool:
        """Whether the shared network learns from it through its coarsest scale alone."""
        return self.teaches == "coarsest_scale"

    @property
    def sees_tumour(self) -> bool:
        """Whether it reads the tumour, `roi: tumour`."""
        return self.roi == "tumour"

    def outlines(self, known: Sequence[str]) -> tuple[str, ...]:
        """Return the segmentation tasks, of all that are known, that show the tumour; none for a task that looks not.

        Example:
            >>> ClassificationTask(name="idh", target="idh", classes=("wt", "mutant")).outlines(["hgg", "mets"])
            ('hgg',)
        """
        return as_values(self.tumour_from) if self.sees_tumour and self.tumour_from else super().outlines(known)

    def number(self, value: str) -> int:
        """Return the index of a class."""
        require_among(value, self.classes, f"is no class of task {self.name!r}", ValueError)
        return self.classes.index(value)

    def last_layer(self, features: int) -> nn.Module:
        """Return a linear layer to one logit per class."""
        from torch import nn

        return nn.Linear(features, len(self.classes))

    def weights(self, training_cases: Sequence[Case]) -> Tensor:
        """Return cases / (classes * cases of the class) for each class, shape (K,).

        Raises:
            InputError: a class has no training case.
        """
        import torch

        counts = Counter(index for case in training_cases if (index := self.label(case)) is not None)
        for index, name in enumerate(self.classes):
            require(
                counts[index],
                f"task {self.name!r}: no training case has {self.target} {name!r}; drop the class or add cases",
            )
        number = torch.tensor([counts[index] for index in range(len(self.classes))], dtype=torch.float32)
        return number.sum() / (len(self.classes) * number)

    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the (weighted) cross-entropy over the samples whose class is present."""
        from braintumornet.tasks.losses import class_cross_entropy

        weights = self.weights(training_cases)
        return partial(
            class_cross_entropy, weights=weights.new_ones(len(weights)) if self.class_weights == "none" else weights
        )

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probability of each class (B, K)."""
        return logits.softmax(-1)

    def decode(self, probabilities: Tensor) -> dict[str, float]:
        """Turn probabilities (K,) into class -> probability."""
        return dict(zip(self.classes, probabilities.float().tolist(), strict=True))

    @classmethod
    def score(cls, asked: Sequence[AskedHead], cohort: Cohort, scoring: Scoring) -> tuple[list[Row], list[CaseFailure]]:
        """Score the probabilities of the classes over the cohort, beside a regression that has seen no image."""
        from braintumornet.scoring.markers_of_cohort import score_marker

        scored = [score_marker(one, cohort, scoring) for one in asked]
        return [row for rows, _ in scored for row in rows], [failure for _, unread in scored for failure in unread]

    def measure(self, answer: Mapping[str, float], target: np.ndarray, present: np.ndarray) -> dict[str, float]:
        """Return whether the likeliest class is the true one."""
        likeliest = max(answer, key=answer.__getitem__)
        return {"accuracy": float(likeliest == self.classes[int(target)])} if present else {}
