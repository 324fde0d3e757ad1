"""The configuration of an experiment: one file, every key checked, every default written out in the run."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializeAsAny,
    field_validator,
    model_validator,
)

from braintumornet.core.files.overrides import apply_overrides
from braintumornet.core.files.safe_yaml import format_yaml
from braintumornet.core.files.yaml_file import read_layers
from braintumornet.core.plugin import Settings
from braintumornet.core.sequences import ALIASES, find_sequence
from braintumornet.core.text.earlier_names import CONFIG_NAMES
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import SEQUENCES, require_among, require_once, suggest
from braintumornet.data.data_settings import DataSettings, SamplingSettings, Voxels
from braintumornet.data.sampling.patch_sampler import PatchSize
from braintumornet.data.store.label_bitmask import LabelBits
from braintumornet.networks.multi_task_network import Backbone, MultiTaskNetwork
from braintumornet.networks.resunet import ResUNet
from braintumornet.networks.training_settings import TrainingSettings
from braintumornet.networks.transfer import TransferSettings
from braintumornet.output.overwriting import require_own_files
from braintumornet.phantom.phantom_settings import FreshPhantoms
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.routing import AUTO, find_router
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import require_outlines
from braintumornet.weighting.fixed import FixedWeighting
from braintumornet.weighting.weighting import Weighting

SHIPPED = Path(__file__).parent / "configs"


class InferenceSettings(Settings):
    """How a case is predicted.

    Args:
        window: voxels of a window along each axis; default the training's patch. Only for a backbone whose answer for a
            voxel does not depend on the window, such as DeepMedic; larger windows are faster and take more memory.
        overlap: share of a window that the next one covers again; of no use, and not used, for such a backbone.
        mirror: average the answers for the image and its mirror images along any of these axes: `x` (left-right), `y`,
            `z`; each axis doubles the time.
        router: classification task that tells `btn predict --task auto` which tasks a case is for: those whose `where`
            holds the class that it found.
    """

    window: Voxels | None = None
    overlap: float = Field(0.5, ge=0, lt=1)
    mirror: tuple[Literal["x", "y", "z"], ...] = ()
    router: str | None = None


def _canonical_sequence(name: Any) -> Any:
    sequence = find_sequence(str(name))
    if sequence is None:
        msg = f"sequence {name!r} is not known; {suggest(str(name), [*SEQUENCES, *ALIASES])}"
        raise ValueError(msg)
    return sequence


AnyTask = Annotated[SerializeAsAny[Task], BeforeValidator(Task.parse)]
AnyBackbone = Annotated[SerializeAsAny[Backbone], BeforeValidator(Backbone.parse)]
AnyWeighting = Annotated[SerializeAsAny[Weighting], BeforeValidator(Weighting.parse)]
SequenceName = Annotated[str, BeforeValidator(_canonical_sequence)]


class ExperimentConfig(Settings):
    """One experiment: what is learned, from what, by which network, and how.

    Args:
        cohorts: tables of cases, relative to the working folder; `btn train --cohort` overrides them.
        phantoms: heads that the training makes for itself, instead of cohorts.
        sequences: input channels, by name.
        presence_channels: tell the network by one more, constant channel for each sequence whether it is there: for a
            network that is to do without some of them, with `data.augment.sequence_dropout`.
        tasks: what is learned; one head each.
        data: how cases become batches.
        backbone: the shared network.
        weighting: how the tasks' losses become one update.
        training: the optimiser and its budget.
        transfer: the run whose weights the network starts from; default none.
        inference: how a case is predicted.
        seed: of everything that is random.
    """

    cohorts: tuple[Path, ...] = ()
    phantoms: FreshPhantoms | None = None
    sequences: tuple[SequenceName, ...] = Field(min_length=1)
    presence_channels: bool = False
    tasks: tuple[AnyTask, ...] = Field(min_length=1)
    data: DataSettings = DataSettings()
    backbone: AnyBackbone = ResUNet()
    weighting: AnyWeighting = FixedWeighting()
    training: TrainingSettings
    transfer: TransferSettings | None = None
    inference: InferenceSettings = InferenceSettings()
    seed: int = Field(0, ge=0)

    @field_validator("sequences")
    @classmethod
    def _differ(cls, sequences: tuple[str, ...]) -> tuple[str, ...]:
        require_once("sequence", sequences)
        return sequences

    @model_validator(mode="after")
    def _names_agree(self) -> "ExperimentConfig":
        names = [task.name for task in self.tasks]
        require(len(set(names)) == len(names), f"tasks: two have the same name among {', '.join(names)}", ValueError)
        require_own_files(self.tasks)
        LabelBits.of_tasks(self.tasks)
        require(
            AUTO not in names,
            f"tasks: {AUTO!r} stands for the choice of a router (btn predict --task {AUTO}); choose another name",
            ValueError,
        )
        require_outlines(self.tasks)
        for task in self.tasks:
            task.needs(self.sequences)
        require(
            self.transfer or any(not task.detach for task in self.tasks),
            "tasks: all are detached, so that nothing would teach the shared network; set detach: false for one, "
            "or start from a trained network with transfer.run",
            ValueError,
        )
        if self.inference.router is not None:
            find_router(self.inference.router, self.tasks)
        require(
            not self.inference.window or self.backbone.valid_margin,
            f"inference.window: a {self.backbone.kind} answers in windows of data.patch; leave inference.window out",
            ValueError,
        )
        if min(self.patch_size().answered) < 1 or min(self.window_size().answered) < 1:
            smallest = 2 * self.backbone.valid_margin + 1
            msg = f"data.patch and inference.window must be at least {smallest} for a {self.backbone.kind}"
            raise ValueError(msg)
        for name in self.weighting.named_tasks:
            require_among(name, names, f"weighting: there is no task {name!r}", ValueError)
        return self

    @model_validator(mode="after")
    def _average_fits(self) -> "ExperimentConfig":
        average = self.training.average
        require(
            self.transfer or average is None or not average.start,
            "training.average.start is a share of the weights that a transfer starts from; set transfer.run, too",
            ValueError,
        )
        return self

    @model_validator(mode="after")
    def _phantoms_fit(self) -> "ExperimentConfig":
        if self.phantoms is None:
            return self
        own, wanted = self.phantoms.head.spacing_mm, self.data.spacing_mm
        require(
            own == wanted,
            f"phantoms.head.spacing_mm {list(own)} must be data.spacing_mm, found {list(wanted) if wanted else wanted}",
            ValueError,
        )
        require(
            self.data.sampling == SamplingSettings(),
            "data.sampling chooses among cases of cohorts; how often each kind of phantom comes is phantoms.head.mix",
            ValueError,
        )
        return self

    @property
    def router(self) -> ClassificationTask | None:
        """The task that tells which tasks a case is for, if one is named."""
        return None if self.inference.router is None else find_router(self.inference.router, self.tasks)

    def build_network(self) -> MultiTaskNetwork:
        """Return the network with fresh weights."""
        return MultiTaskNetwork(self.backbone, self.tasks, len(self.sequences), self.presence_channels)

    def patch_size(self) -> PatchSize:
        """Return what the network reads of a case at a time in training, and what it answers for."""
        return PatchSize.around(self.data.patch, self.backbone.valid_margin, self.backbone.context_margin)

    def window_size(self) -> PatchSize:
        """Return the same for inference."""
        patch = self.inference.window or self.data.patch
        return PatchSize.around(patch, self.backbone.valid_margin, self.backbone.context_margin)

    def to_yaml(self) -> str:
        """Return the complete configuration, every default written out."""
        return format_yaml(self.model_dump(mode="json"))

    def fingerprint(self) -> str:
        """Return a short hash of all that can change the result.

        Where the data lie, how many workers read them, what is measured and how often a state is saved cannot, nor how
        many processes share a batch, but for rounding and dropout.
        """
        without: dict[str, bool | set[str]] = {
            "cohorts": True,
            "data": {"store", "memory_gib", "workers"},
            "training": {"devices", "gradient_cosine_every", "save_every"},
            "transfer": {"run"},
        }
        content = _without_unset(self.model_dump(mode="json", exclude=without))
        content = CONFIG_NAMES.earlier(content)  # as runs of before have it
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _without_unset(content: dict[str, Any]) -> dict[str, Any]:
    """Return settings without those that runs of before do not have, where they are as those runs were trained."""
    _leave_out_unset(content, ("presence_channels", "phantoms"))
    _leave_out_unset(content["training"], ("average",))
    _leave_out_unset(content["training"].get("average", {}), ("start",))
    for task in content["tasks"]:
        if task.get("requires", ...) is None:
            del task["requires"]
        if task.get("teaches") == "all_scales":
            del task["teaches"]
        _leave_out_unset(task, ("min_component_share", "seed_probability", "warm_up_steps"))
    probability = content["data"]["augment"]["probability"]
    if probability["sequence_dropout"] == 1:
        del probability["sequence_dropout"]
    return content


def _leave_out_unset(content: dict[str, Any], keys: Iterable[str]) -> None:
    for key in keys:
        if not content.get(key, True):
            del content[key]


def shipped_configs() -> list[str]:
    """Return the names of the configurations that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_config(name_or_path: str, overrides: Sequence[str] = ()) -> ExperimentConfig:
    """Read a configuration file or a shipped configuration, on top of the one that its `base` names.

    Args:
        name_or_path: a path, or the name of a shipped configuration such as `glioma_small`.
        overrides: such as `training.steps=2000`; the value is read as YAML.

    Raises:
        UsageError: it is not there, no YAML, or holds a key or value that is not allowed.
    """
    content = read_layers(name_or_path, SHIPPED, CONFIG_NAMES)
    apply_overrides(content, overrides)
    return ExperimentConfig.from_content(content, Path(name_or_path).name)
