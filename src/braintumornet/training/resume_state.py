"""All that a training must remember to go on as if it had never stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field
from torch import Tensor
from torch.optim import Optimizer

from braintumornet.core.files.atomic_write import number_or
from braintumornet.core.json_record import Record, check_record
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import SampleCount
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import shorten
from braintumornet.networks.checkpoint import read_tensors, write_tensors
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.training.sample_counts import SampleCounter
from braintumornet.training.weight_average import WeightAverage
from braintumornet.weighting.weighting import WeightingState


class StateRecord(Record):
    """What stands beside the tensors of a state."""

    step: Annotated[int, Field(ge=0)]
    best: float | None
    config: str
    drawn: Sequence[SampleCount]


@dataclass
class TrainingState:
    """Where a training is.

    Args:
        network: with its current weights.
        weighting: with what it has learned and remembers.
        optimizer: over the parameters of both.
        step: optimiser steps done.
        best: highest validation score so far.
        drawn: what the samples were so far.
        average: of the weights so far, if they are averaged.
    """

    network: MultiTaskNetwork
    weighting: WeightingState
    optimizer: Optimizer
    step: int = 0
    best: float = float("-inf")
    drawn: SampleCounter = field(default_factory=SampleCounter)
    average: WeightAverage | None = None

    def save(self, run: RunFolder, fingerprint: str) -> None:
        """Write weights, weighting and optimiser as one file."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"weighting.{name}": tensor for name, tensor in self.weighting.state_dict().items()}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in values.items()}
        if self.average is not None:
            tensors |= {f"average.{name}": tensor for name, tensor in self.average.as_tensors().items()}
        drawn = [row.as_json() for row in self.drawn.rows()]
        about = {"step": self.step, "best": self.best, "config": fingerprint, "drawn": drawn, "files": run.digests()}
        write_tensors(tensors, about, run.state)

    def load(self, run: RunFolder, fingerprint: str) -> None:
        """Go back to what `save` wrote.

        Raises:
            UsageError: it was written under another configuration.
            InputError: the file is damaged.
        """
        path = run.state
        tensors, notes = read_tensors(path)
        check_record(notes, StateRecord, path, "put back a copy, or train anew")
        if notes["config"] != fingerprint:
            raise other_configuration(run)
        _require_unchanged(run, notes.get("files", {}))
        try:
            self.network.load_state_dict(_part(tensors, "network."))
            self.weighting.load_state_dict(_part(tensors, "weighting."))
            self._load_optimizer(_part(tensors, "optimizer."))
            if self.average is not None:
                self.average.load(_part(tensors, "average."))
        except (RuntimeError, ValueError, KeyError) as error:
            msg = f"{path} does not fit the network of this configuration: {shorten(str(error))}"
            raise InputError(msg) from error
        self.step, self.best = int(notes["step"]), number_or(notes["best"], undefined=float("-inf"))
        self.drawn.load(notes["drawn"])

    def _load_optimizer(self, tensors: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Any]] = {}
        for key, tensor in tensors.items():
            number, name = key.split(".", 1)
            state.setdefault(int(number), {})[name] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _require_unchanged(run: RunFolder, written: Mapping[str, str]) -> None:
    """Refuse to go on where it was changed who trains, or what the training started from.

    Raises:
        InputError: names the file.
    """
    found = run.digests()
    for file in (run.split, run.transfer):
        require(
            found.get(file.name) == written.get(file.name, found.get(file.name)),
            f"{file} changed since the state was saved; put back a copy, or train anew",
        )


def other_configuration(run: RunFolder) -> UsageError:
    """Return why a run is not gone on with under another configuration than it was begun with."""
    return UsageError(f"{run.path} was trained with another configuration; resume with that one or choose a new --run")


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
