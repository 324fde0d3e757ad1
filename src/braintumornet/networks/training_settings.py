"""How a network is trained: the optimiser, its budget, and the machine."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, model_validator

from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import require
from braintumornet.core.workers.processes import MOST_PROCESSES

MOST_STEPS = 10**9
Steps = Annotated[int, Field(gt=0, le=MOST_STEPS)]


class WeightAverageSettings(Settings):
    """Of which weights the network that answers has the mean.

    Args:
        last: share of the training at whose end they are taken.
        every: steps between them; those of the last step count, too.
        start: share of the weights that a transfer started from in the mean; the others share the rest.
    """

    last: float = Field(0.25, gt=0, le=1)
    every: Steps = 100
    start: float = Field(0.0, ge=0, lt=1)


class TrainingSettings(Settings):
    """How a network is trained.

    Args:
        steps: optimiser steps; or give `epochs`.
        epochs: rounds over the training cases, one patch each.
        optimizer: `adam`, `adamw`, or `rmsprop` as DeepMedic defines it.
        learning_rate: at the start.
        weight_decay: of AdamW.
        l1: adds this times the sum of the absolute weights of all convolutions to the loss.
        l2: adds this times the sum of their squares.
        schedule: `constant`, `poly`: learning_rate * (1 - step / steps) ** 0.9, or `halving`: half of it again at each
            of `halve_at`.
        halve_at: shares of the training, from 0 to 1; the default are DeepMedic's epochs 17, 22, 27, 30 and 33 of 35.
        max_norm: the gradients of the shared network, and those of each head by themselves, are cut to this norm; null:
            never.
        gradient_cosine_every: steps between measurements of how far the tasks pull the shared parameters the same way,
            and how hard each does; each costs a backward pass per task; 0: never.
        validate_every: steps between validations on whole cases; 0: never, and the last weights are kept.
        average: the network that answers has the mean of the weights along the end of the training, and validations
            before it only watch; null: the best by validation, or the last.
        save_every: steps between the states that `--resume` goes on from.
        precision: `bf16`, `float32`, or `auto`: bf16 where the machine computes in it.
        accelerator: `auto`, `cpu` or `cuda`.
        devices: processes that share each batch, each with a GPU where there are any; torchrun's number counts instead.
    """

    steps: Steps | None = None
    epochs: Steps | None = None
    optimizer: Literal["adam", "adamw", "rmsprop"] = "adamw"
    learning_rate: PositiveFloat = 1e-3
    weight_decay: float = Field(0.0, ge=0)
    l1: float = Field(0.0, ge=0)
    l2: float = Field(0.0, ge=0)
    schedule: Literal["constant", "poly", "halving"] = "poly"
    halve_at: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (17 / 35, 22 / 35, 27 / 35, 30 / 35, 33 / 35)
    max_norm: PositiveFloat | None = 12.0
    gradient_cosine_every: int = Field(0, ge=0, le=MOST_STEPS)
    validate_every: int = Field(0, ge=0, le=MOST_STEPS)
    average: WeightAverageSettings | None = None
    save_every: Steps = 100
    precision: Literal["auto", "bf16", "float32"] = "auto"
    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    devices: int = Field(1, gt=0, le=MOST_PROCESSES)

    @model_validator(mode="after")
    def _one_budget(self) -> "TrainingSettings":
        require((self.steps is None) != (self.epochs is None), "give either steps or epochs", ValueError)
        adamw = self.optimizer == "adamw"
        require(adamw or not self.weight_decay, "weight_decay belongs to adamw; choose optimizer: adamw", ValueError)
        return self

    def total_steps(self, cases: int, batch_size: int) -> int:
        """Return the number of optimiser steps for so many training cases."""
        return self.steps if self.steps is not None else max(1, -(-int(self.epochs or 0) * cases // batch_size))
