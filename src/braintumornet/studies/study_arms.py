"""The arms of a study: ways to come to an answer that are to be compared."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import require_among
from braintumornet.scoring.scored_task import Question

Where = Mapping[str, str | tuple[str, ...]]


def _flatten(given: Any, before: str = "") -> Any:
    """Return sections within sections as dotted keys, as `--set` writes them."""
    if not isinstance(given, Mapping):
        return given
    flat: dict[str, Any] = {}
    for key, value in given.items():
        name = f"{before}{key}"
        flat |= _flatten(value, f"{name}.") if isinstance(value, Mapping) and value else {name: value}
    return flat


Overrides = Annotated[Mapping[str, Any], BeforeValidator(_flatten)]
"""KEY: VALUE of a configuration, such as `training.steps: 2000`, or sections with keys."""


class Grid(Settings):
    """A setting whose value each split chooses by its validation patients alone.

    Args:
        key: of the configuration, such as `weighting.weights.genotype`.
        values: to try.
    """

    key: str
    values: tuple[Any, ...] = Field(min_length=2)


class TrainedArm(Settings):
    """A network that is trained for each split.

    Args:
        experiment: its configuration; default that of the study.
        tasks: names of those that it keeps; default all.
        set: KEY: VALUE, as with `btn train --set`.
        where: which cases train and validate it, as column: value or values; default those of the study.
        starts_from: arm whose network of the same split and seed it starts from.
        heads: task of the study -> its head that answers; default the one of the same name, or the only one.
        grid: a setting to choose.
    """

    kind: Literal["trained"] = "trained"
    experiment: str | None = None
    tasks: tuple[str, ...] = ()
    set: Overrides = Field(default={})
    where: Where | None = None
    starts_from: str | None = None
    heads: Mapping[str, str] = {}
    grid: Grid | None = None


class PretrainedArm(Settings):
    """A network that was trained before, and is the same for every split.

    Args:
        run: its folder, or `default` for the model in the package.
        heads: as for a trained arm.
    """

    kind: Literal["pretrained"] = "pretrained"
    run: Path
    heads: Mapping[str, str] = {}


class ExternalMasksArm(Settings):
    """Masks that another tool made after training on the same splits.

    Args:
        folder: with a file `CASE_ID.nii.gz` for each case; `{split}` and `{seed}` stand for those.
        label_scheme: what their labels mean.
        task: of the study, which they answer; default its first that outlines something.
    """

    kind: Literal["external_masks"] = "external_masks"
    folder: str
    label_scheme: str
    task: str | None = None

    def place(self, split: str, seed: int) -> Path:
        """Return the folder of a split and seed."""
        return Path(self.folder.format(split=split, seed=seed))


class ClinicalBaselineArm(Settings):
    """What a marker's classifier has to beat: a logistic regression on the tumour's place and volume and the age.

    It learns from the true masks of the training patients of each split, and sees those of the test patients.

    Args:
        task: of the study, a marker.
    """

    kind: Literal["clinical_baseline"] = "clinical_baseline"
    task: str


class TaskEnsembleArm(Settings):
    """Several arms, each of which answers some tasks: a network of its own for each task, say.

    Args:
        members: task -> arm.
    """

    kind: Literal["task_ensemble"] = "task_ensemble"
    members: Mapping[str, str] = Field(min_length=1)


def _with_kind(given: Any) -> Any:
    return (
        {"kind": "trained", **given} if isinstance(given, dict) else ({"kind": "trained"} if given is None else given)
    )


Arm = Annotated[
    TrainedArm | PretrainedArm | ExternalMasksArm | ClinicalBaselineArm | TaskEnsembleArm,
    Field(discriminator="kind"),
    BeforeValidator(_with_kind),
]


class BudgetSettings(Settings):
    """What the arms have equally much of.

    Args:
        equal: `steps`: all are trained as they are configured, and must have equal steps; `exposures`: of each arm as
            many samples have a label of the target as of the baseline, whose steps are those configured; `compute`: as
            many operations as the networks of the baseline take together.
        target: the task of the study that `exposures` are of.
    """

    equal: Literal["steps", "exposures", "compute"] = "steps"
    target: str | None = None

    @model_validator(mode="after")
    def _has_target(self) -> "BudgetSettings":
        require(
            (self.target is not None) == (self.equal == "exposures"),
            f"a target is what exposures are of; found equal: {self.equal}, target: {self.target}",
            ValueError,
        )
        return self


def as_overrides(values: Mapping[str, Any]) -> list[str]:
    """Return settings as they are written after `--set`.

    Example:
        >>> as_overrides({"training.steps": 9, "data.patch": [8, 8, 8]})
        ['training.steps=9', 'data.patch=[8, 8, 8]']
    """
    return [f"{key}={json.dumps(value)}" for key, value in values.items()]


def keep_tasks(content: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return a configuration with only some of its tasks, and what hangs on the others left out.

    Raises:
        UsageError: there is no such task.

    Example:
        >>> whole = {"tasks": [{"name": "a"}, {"name": "b"}], "weighting": {"kind": "fixed", "weights": {"b": 0.3}}}
        >>> keep_tasks(whole, ["a"])
        {'tasks': [{'name': 'a'}], 'weighting': {'kind': 'fixed', 'weights': {}}}
    """
    known = [task["name"] for task in content["tasks"]]
    for name in names:
        require_among(name, known, f"there is no task {name!r}")
    kept = {**content, "tasks": [task for task in content["tasks"] if task["name"] in names]}
    weights = content.get("weighting", {}).get("weights")
    if weights is not None:
        left = {name: weight for name, weight in weights.items() if name in names}
        kept["weighting"] = {**content["weighting"], "weights": left}
    inference = content.get("inference", {})
    if inference.get("router") not in (None, *names):
        kept["inference"] = {**inference, "router": None}
    return kept


def require_known_tasks(arms: Mapping[str, Arm], questions: Sequence[Question]) -> None:
    """Refuse an arm that answers a task which nobody asks, or a marker where an outline is asked.

    Raises:
        UsageError: names the arm, the task, and those that it could answer.
    """
    outlines, markers = (
        [question.task for question in questions if question.kind == kind]
        for kind in ("segmentation", "classification")
    )
    every = [question.task for question in questions]
    for name, arm in arms.items():
        match arm:
            case ClinicalBaselineArm():
                named, known = [arm.task], markers
            case ExternalMasksArm():
                named, known = [arm.task] if arm.task else outlines[:1] or [""], outlines
            case TaskEnsembleArm():
                named, known = list(arm.members), every
            case _:
                named, known = list(arm.heads), every
        for task in named:
            require_among(task, known, f"arm {name!r}: the study asks no task {task!r} that it could answer")
