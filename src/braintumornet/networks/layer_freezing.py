"""Which layers of a network learn, when, and how fast."""

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from torch import nn

from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import suggest


def stands_for(pattern: str, name: str) -> bool:
    """Say whether a name of layers, in which `*` is anything, stands for a layer.

    Example:
        >>> stands_for("heads.mets", "heads.mets.1.weight"), stands_for("heads.m", "heads.mets.1.weight")
        (True, False)
    """
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")


def freeze(network: nn.Module, patterns: Collection[str]) -> None:
    """Take layers out of what learns: they get no gradient, and no optimiser moves them.

    Args:
        network: is changed.
        patterns: names of layers, as in `stands_for`.

    Raises:
        UsageError: a name stands for nothing, or nothing is left to learn.
    """
    require_known(network, patterns, "transfer.freeze")
    for name, parameter in network.named_parameters():
        if _among(name, patterns):
            parameter.requires_grad_(False)
    require(
        any(parameter.requires_grad for parameter in network.parameters()),
        f"transfer.freeze: {', '.join(patterns)} leaves nothing that could learn; freeze less",
        UsageError,
    )


def parameter_groups(network: nn.Module, factors: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the parameters that learn in the groups of an optimiser, each with the `factor` of its learning rate.

    Args:
        network: with what is frozen frozen.
        factors: names of layers, as in `stands_for` -> factor; the longest name counts, and 1 where none fits.

    Raises:
        UsageError: a name stands for nothing.
    """
    require_known(network, factors, "transfer.learning_rate_factors")
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(factor_of(name, factors), []).append(parameter)
    return [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]


def factor_of(name: str, factors: Mapping[str, float]) -> float:
    """Return what the learning rate of a layer is multiplied by.

    Example:
        >>> factor_of("backbone.decoder.last", {"backbone": 0.1, "backbone.decoder": 0.5})
        0.5
    """
    fitting = [pattern for pattern in factors if stands_for(pattern, name)]
    return factors[max(fitting, key=len)] if fitting else 1.0


def require_known(network: nn.Module, patterns: Iterable[str], key: str) -> None:
    """Refuse names that stand for no layer.

    Raises:
        UsageError: names the first, and what was probably meant.
    """
    parameters = [name for name, _ in network.named_parameters()]
    layers = {name for name, _ in network.named_modules() if name and name.count(".") < 3}
    for pattern in patterns:
        if not any(stands_for(pattern, name) for name in parameters):
            msg = f"{key}: {pattern!r} is no layer of this network; {suggest(pattern, layers)}"
            raise UsageError(msg)


class Schedule:
    """Which layers learn at which step: the frozen ones never, at first only some heads, then all.

    Norms of layers that do not learn keep their statistics. Whatever a step or a validation did to the layers' modes,
    `begin` puts right.

    Args:
        network: whose frozen parameters are frozen already.
        frozen: names of layers, as in `stands_for`.
        heads: that learn during the warm-up.
        warm_up_steps: how many steps the rest of the network waits for them.
    """

    def __init__(
        self, network: nn.Module, frozen: Collection[str] = (), heads: Collection[str] = (), warm_up_steps: int = 0
    ) -> None:
        warm = [f"heads.{head}" for head in heads]
        self.warm_up_steps = warm_up_steps
        self.warming = False
        self.waiting = [p for name, p in network.named_parameters() if not _among(name, warm)] if warm_up_steps else []
        keeping = {n: m for n, m in network.named_modules() if next(m.buffers(recurse=False), None) is not None}
        self.frozen_norms = [module for name, module in keeping.items() if _among(name, frozen)]
        self.waiting_norms = [module for name, module in keeping.items() if not _among(name, warm)]

    def begin(self, step: int) -> None:
        """Set the layers' modes for the step that comes."""
        self.warming = step < self.warm_up_steps
        for norm in self.waiting_norms if self.warm_up_steps else []:
            norm.train(not self.warming)
        for norm in self.frozen_norms:
            norm.eval()

    def hold_back(self) -> None:
        """Take away the gradients of what waits, between the backward pass and the optimiser's step."""
        for parameter in self.waiting if self.warming else []:
            parameter.grad = None


def _among(name: str, patterns: Iterable[str]) -> bool:
    return any(stands_for(pattern, name) for pattern in patterns)
