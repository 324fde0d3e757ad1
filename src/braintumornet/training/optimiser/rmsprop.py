"""RMSProp as the original DeepMedic defines it; torch's own has neither Nesterov's momentum nor epsilon in the root."""

from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT


class DeepMedicRMSprop(Optimizer):
    """Steps against the gradient divided by the root of its running mean square, with Nesterov's momentum.

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
