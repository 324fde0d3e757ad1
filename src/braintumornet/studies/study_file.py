"""A study file: arms, repeated splits, cohorts; every key checked."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, field_validator, model_validator

from braintumornet.config import ExperimentConfig, load_config
from braintumornet.core.files.overrides import apply_overrides
from braintumornet.core.plugin import Settings
from braintumornet.core.text.earlier_names import STUDY_NAMES
from braintumornet.core.text.errors import prefix_errors, require
from braintumornet.core.text.names import LONGEST_NAME, PHANTOM, require_among, require_plain_name, shorten
from braintumornet.phantom.phantom_settings import UNNAMED_GENERATOR, PhantomCohort
from braintumornet.scoring.scored_task import Question
from braintumornet.studies.split_schemes import AnySplitScheme, IndependentReplicates, RepeatedHoldout
from braintumornet.studies.study_arms import (
    Arm,
    BudgetSettings,
    ClinicalBaselineArm,
    ExternalMasksArm,
    Overrides,
    PretrainedArm,
    TaskEnsembleArm,
    TrainedArm,
    Where,
    as_overrides,
    keep_tasks,
)

VAL, TEST = "val", "test"


_FIELDS = ("case_id", "patient_id", "cohort", "pathology", "split")


class Permutation(Settings):
    """A column whose values are dealt out anew for each split: a negative control, with nothing left to learn.

    Args:
        column: such as a marker.
        within: a column; values change places among cases that have the same in it only, such as a site.
    """

    column: str
    within: str | None = None

    @field_validator("column")
    @classmethod
    def _is_no_field(cls, column: str) -> str:
        require(
            column not in _FIELDS,
            f"{column!r} tells cases apart, and cannot be dealt out; name a column of theirs, such as a marker",
            ValueError,
        )
        return column


class Study(Settings):
    """Arms over repeated splits, seeds and fixed external cohorts.

    Args:
        experiment: configuration that the arms share; its tasks are what all arms are asked. A path is relative to the
            study file, or else to the working folder.
        set: KEY: VALUE for the configuration of every arm, as with `btn train --set`.
        arms: name -> arm; two or more. `name: null` leaves out one that the base of the file has.
        baseline: the arm that the others are compared with; default the first.
        splits: who trains, validates and tests.
        seeds: of the networks, for each split.
        where: which cases the study is about, as column: value or values; an arm may train on others.
        cohorts: tables of cases, relative to the working folder.
        external: name -> table of a fixed cohort that every network also predicts.
        phantoms: name -> cohort that the study makes.
        budget: what the arms have equally much of.
        permute: a column whose values are dealt out anew for each split, as a negative control.
    """

    experiment: str
    set: Overrides = Field(default={})
    arms: Mapping[str, Arm] = Field(min_length=2)
    baseline: str | None = None
    splits: AnySplitScheme = RepeatedHoldout()
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field((0,), min_length=1)
    where: Where = Field(default={})
    cohorts: tuple[Path, ...] = ()
    external: Mapping[str, Path] = {}
    phantoms: Mapping[str, PhantomCohort] = {}
    budget: BudgetSettings = BudgetSettings()
    permute: Permutation | None = None

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        mentioned = (other for arm in self.arms.values() for other in _mentioned(arm))
        for name in filter(None, (self.baseline, *mentioned)):
            require_among(name, self.arms, f"there is no arm {name!r}", ValueError)
        for name, arm in self.arms.items():
            for other in _mentioned(arm):
                require(
                    isinstance(self.arms[other], TrainedArm),
                    f"arms.{name}: {other!r} is not trained in this study; name an arm that is",
                    ValueError,
                )
            source = self.arms[arm.starts_from] if isinstance(arm, TrainedArm) and arm.starts_from else None
            if isinstance(source, TrainedArm) and source.grid is not None:
                msg = f"arms.{name}: {arm.starts_from!r} has a grid, so that it is no single network to start from"  # type: ignore[union-attr]
                raise ValueError(msg)
        require(len(set(self.seeds)) == len(self.seeds), f"seeds: {list(self.seeds)} names one twice", ValueError)
        self._require_names()
        self._require_sides()
        return self

    def _require_sides(self) -> None:
        """Where replicates have cases of their own, each cohort is made for one set of their splits."""
        anew = isinstance(self.splits, IndependentReplicates)
        require(
            not (anew and self.cohorts),
            "splits: independent replicates are of phantoms, and `cohorts` names tables; choose another kind of splits",
            ValueError,
        )
        for name, made in self.phantoms.items():
            require(
                made.external or (made.side is not None) == anew,
                f"phantoms.{name}: expected a side (train, val or test), as replicates have cases of their own"
                if anew
                else f"phantoms.{name}: side {made.side!r} is for splits of kind independent_replicates; omit it",
                ValueError,
            )

    def _require_names(self) -> None:
        for name in self.arms:
            require(
                0 < len(name.strip()) <= len(name) <= LONGEST_NAME and name.isprintable(),
                f"arms: {shorten(name)!r} cannot be the name of an arm; expected up to {LONGEST_NAME} signs",
                ValueError,
            )
        for name in (*self.external, *self.phantoms):
            require_plain_name("a cohort, which names a folder", name)
            twice = name in self.external and name in self.phantoms
            require(not twice, f"{name!r} is a table and a cohort of phantoms; rename one", ValueError)
            require(
                name not in (VAL, TEST),
                f"{name!r} cannot be the name of a cohort: it is that of a set of the splits; choose another",
                ValueError,
            )
        for name in self.phantoms:
            require(
                name.startswith(PHANTOM),
                f"phantoms.{name}: a cohort of phantoms is recognised by its name; let it begin with {PHANTOM!r}",
                ValueError,
            )

    @property
    def first(self) -> str:
        """The arm that the others are compared with."""
        return self.baseline or next(iter(self.arms))

    def config(self) -> ExperimentConfig:
        """Return the configuration that the arms share."""
        return self._config_of(self.experiment)

    def questions(self) -> list[Question]:
        """Return what all arms are asked."""
        return [task.question() for task in self.config().tasks]

    def network_seed(self, split: str, seed: int) -> int:
        """Return what the networks of a split draw from: replicates that are independent do not share first weights."""
        return self.splits.seed_of(split, seed) if isinstance(self.splits, IndependentReplicates) else seed

    def arm_config(self, name: str, seed: int, further: Mapping[str, Any] | None = None) -> ExperimentConfig:
        """Return the complete configuration of a trained arm.

        Args:
            name: of the arm.
            seed: that the network draws from.
            further: KEY: VALUE of a point of its grid.

        Raises:
            UsageError: a setting is not allowed.
        """
        arm = self.arms[name]
        assert isinstance(arm, TrainedArm)
        with prefix_errors(f"arm {name!r}: "):
            content = self._config_of(arm.experiment or self.experiment).model_dump(mode="json")
            content = keep_tasks(content, arm.tasks) if arm.tasks else content
            apply_overrides(content, as_overrides({**arm.set, **(further or {}), "seed": seed}))
            content["data"]["split"] = None  # the study splits
            return ExperimentConfig.from_content(content, arm.experiment or self.experiment)

    @cached_property
    def _configs(self) -> dict[tuple[str, ...], ExperimentConfig]:
        """Configurations that were read, by file and changes: once, so that all arms stand on the same."""
        return {}

    def _config_of(self, experiment: str) -> ExperimentConfig:
        key = (experiment, *as_overrides(self.set))
        if key not in self._configs:
            self._configs[key] = load_config(experiment, key[1:])
        return self._configs[key]

    def to_yaml(self) -> str:
        """Return the complete study, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, width=120)

    def fingerprint(self) -> str:
        """Return a short hash of all that can change the result; where data lie and how fast one computes cannot."""
        content = self.model_dump(mode="json", exclude={"cohorts", "external", "experiment", "set"})
        content["arms"] = {
            name: arm.model_dump(mode="json", exclude={"experiment", "set", "run"}) for name, arm in self.arms.items()
        }
        for phantoms in content["phantoms"].values():
            if phantoms["generator"] == UNNAMED_GENERATOR:  # so that studies that were begun before go on
                del phantoms["generator"]
            for later in ("side", "foreign_masks"):
                if not phantoms[later]:
                    del phantoms[later]
        content = STUDY_NAMES.earlier(content)  # as studies of before have it
        if self.budget == BudgetSettings():
            del content["budget"]
        if self.permute is None:
            del content["permute"]
        if isinstance(self.splits, RepeatedHoldout) and self.splits.first == 1:
            del content["splits"]["first"]
        content["shared"] = self.config().fingerprint()
        content["configs"] = {
            name: self.arm_config(name, 0).fingerprint()
            for name, arm in self.arms.items()
            if isinstance(arm, TrainedArm)
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def arm_settings(arm: PretrainedArm | ExternalMasksArm | ClinicalBaselineArm) -> str:
    """Return the settings of an arm without a configuration, as fingerprints of before have them."""
    content = STUDY_NAMES.earlier({"arms": {arm.kind: arm.model_dump(mode="json", exclude={"run"})}})["arms"][arm.kind]
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def _mentioned(arm: Any) -> tuple[str, ...]:
    if isinstance(arm, TaskEnsembleArm):
        return tuple(arm.members.values())
    return (arm.starts_from,) if isinstance(arm, TrainedArm) and arm.starts_from else ()
