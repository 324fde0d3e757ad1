"""All that a training must remember to go on as if it had never stopped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from braintumornet.core.errors import UsageError
from braintumornet.networks.checkpoint import read_tensors, write_tensors
from braintumornet.training.drawn import DrawnSamples


@dataclass
class TrainingState:
    """Where a training is.

    Args:
        network: with its current weights.
        optimizer: over the network's parameters.
        step: optimiser steps done.
        best: highest validation score so far.
        drawn: what the samples were so far.
    """

    network: nn.Module
    optimizer: Optimizer
    step: int = 0
    best: float = float("-inf")
    drawn: DrawnSamples = field(default_factory=DrawnSamples)

    def save(self, path: Path, fingerprint: str) -> None:
        """Write weights, optimiser and random state as one file."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in values.items()}
        tensors |= {f"random.{name}": tensor for name, tensor in _random_state().items()}
        drawn = [vars(row) for row in self.drawn.rows()]
        write_tensors(tensors, {"step": self.step, "best": self.best, "config": fingerprint, "drawn": drawn}, path)

    def load(self, path: Path, fingerprint: str) -> None:
        """Go back to what `save` wrote.

        Raises:
            UsageError: it was written under another configuration.
            InputError: the file is damaged.
        """
        tensors, notes = read_tensors(path)
        if notes["config"] != fingerprint:
            run = path.parent.parent
            msg = f"{run} was trained with another configuration; resume with that one or choose a new --run"
            raise UsageError(msg)
        self.network.load_state_dict(_part(tensors, "network."))
        self._load_optimizer(_part(tensors, "optimizer."))
        _restore_random_state(_part(tensors, "random."))
        self.step, self.best = int(notes["step"]), float(notes["best"])
        self.drawn.load(notes["drawn"])

    def _load_optimizer(self, tensors: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Any]] = {}
        for key, tensor in tensors.items():
            number, name = key.split(".", 1)
            state.setdefault(int(number), {})[name] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _random_state() -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    return state | ({"cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def _restore_random_state(state: dict[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
