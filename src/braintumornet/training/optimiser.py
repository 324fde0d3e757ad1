"""What happens to gradients and weights in a step, beside the loss: penalties, clipping, the rate, the optimiser."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.networks.training_settings import TrainingSettings

POLY_POWER = 0.9


def make_optimizer(groups: list[dict[str, Any]], settings: TrainingSettings) -> Optimizer:
    """Return the optimiser of groups of parameters."""
    if settings.optimizer == "rmsprop":
        return DeepMedicRMSprop(groups, lr=settings.learning_rate)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    return torch.optim.Adam(groups, lr=settings.learning_rate)


def set_learning_rate(optimizer: Optimizer, settings: TrainingSettings, done: float) -> None:
    """Set the rate for the share of the training that is done, from 0 to 1."""
    factor = 1.0
    if settings.schedule == "poly":
        factor = (1 - done) ** POLY_POWER
    elif settings.schedule == "halving":
        factor = 0.5 ** sum(done >= share for share in settings.halve_at)
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * factor * group.get("factor", 1.0)


def add_weight_penalty(network: nn.Module, l1: float, l2: float) -> None:
    """Add the gradient of l1 * sum(|w|) + l2 * sum(w ** 2), over the weights w of all convolutions.

    A head that had no label in the batch has no gradient, and is left alone.

    Example:
        >>> import torch
        >>> layer = nn.Conv3d(1, 1, 1)
        >>> _ = layer.weight.data.fill_(-3.0)
        >>> layer.weight.grad = torch.zeros_like(layer.weight)
        >>> add_weight_penalty(layer, l1=0.5, l2=0.1)  # 0.5 * -1 + 0.1 * 2 * -3
        >>> round(layer.weight.grad.item(), 4)
        -1.1
    """
    if not (l1 or l2):
        return
    for module in network.modules():
        if isinstance(module, nn.Conv3d) and module.weight.grad is not None:
            weight = module.weight.detach()
            module.weight.grad.add_(weight.sign(), alpha=l1).add_(weight, alpha=2 * l2)


def clip_gradients(parts: Mapping[str, nn.Module], max_norm: float, step: int) -> None:
    """Cut the gradient of each part to a norm; a head's is not cut because another head's is long.

    Args:
        parts: name -> part of a network.
        max_norm: the largest norm that is left as it is.
        step: that is said where a gradient is not finite.

    Raises:
        BrainTumorNetError: names the part whose gradient is not finite.

    Example:
        >>> layers = {name: nn.Linear(1, 1, bias=False) for name in ("backbone", "heads.genotype")}
        >>> for layer, gradient in zip(layers.values(), (3.0, 80.0)):
        ...     layer.weight.grad = torch.tensor([[gradient]])
        >>> clip_gradients(layers, max_norm=12, step=0)
        >>> [round(layer.weight.grad.item(), 3) for layer in layers.values()]
        [3.0, 12.0]
    """
    norms = [nn.utils.clip_grad_norm_(part.parameters(), max_norm) for part in parts.values()]
    together = torch.stack(norms)
    if not bool(together.isfinite().all()):
        name = next(name for name, norm in zip(parts, norms, strict=True) if not norm.isfinite())
        msg = f"step {step}: the gradient of {name} is not finite; train anew with a lower training.learning_rate"
        raise BrainTumorNetError(msg)


class DeepMedicRMSprop(Optimizer):
    """RMSProp as the original DeepMedic has it; torch's has neither Nesterov's momentum nor epsilon in the root.

    Steps against the gradient divided by the root of its running mean square:

        mean_square = rho * mean_square + (1 - rho) * gradient ** 2
        step        = learning_rate * gradient / sqrt(mean_square + epsilon)
        velocity    = momentum * velocity - step
        weight      = weight + momentum * velocity - step

    The program for the paper scaled each step by (1 - momentum); a learning rate of 0.4 times this one is the same.

    Args:
        parameters: to optimise.
        lr: learning rate.
        rho: how much of the mean square stays at each step.
        epsilon: inside the root.
        momentum: of the velocity.

    Example:
        >>> weight = torch.nn.Parameter(torch.tensor(1.0))
        >>> weight.grad = torch.tensor(2.0)
        >>> DeepMedicRMSprop([weight], lr=0.1).step()  # velocity -0.3162, so -0.6 * 0.3162 - 0.3162
        >>> round(weight.item(), 4)
        0.4941
    """

    def __init__(
        self,
        parameters: ParamsT,
        lr: float = 1e-3,
        rho: float = 0.9,
        epsilon: float = 1e-4,
        momentum: float = 0.6,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "rho": rho, "epsilon": epsilon, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["mean_square"], state["velocity"] = torch.zeros_like(weight), torch.zeros_like(weight)
                mean_square, velocity = state["mean_square"], state["velocity"]
                mean_square.mul_(group["rho"]).addcmul_(weight.grad, weight.grad, value=1 - group["rho"])
                step = group["lr"] * weight.grad / (mean_square + group["epsilon"]).sqrt()
                velocity.mul_(group["momentum"]).sub_(step)
                weight.add_(velocity, alpha=group["momentum"]).sub_(step)
