"""A kind of task: predict a number that the manifest holds, such as the age or the tumour's volume in ml."""

from typing import ClassVar, Literal

from pydantic import PositiveFloat

from braintumornet.core.metric import Better, Metric
from braintumornet.tasks.task import Task


class AbsoluteError(Metric):
    better: ClassVar[Better] = Better.LOWER
    kind: Literal["absolute_error"] = "absolute_error"


class RegressionTask(Task):
    """Predict a number, in some unit, from what the encoder saw of the tumour."""

    sees_tumour: ClassVar[bool] = True
    compared: ClassVar[str] = "absolute_error"

    kind: Literal["regression"] = "regression"
    unit: str = ""
    centre: float = 0.0
    spread: PositiveFloat = 1.0  # the network learns how many of these the number is above the centre

    def about(self):
        return {**super().about(), "unit": self.unit}

    def last_layer(self, features):
        from torch import nn

        return nn.Linear(features, 1)

    def criterion(self, training_cases):
        from torch.nn import functional as F

        from braintumornet.tasks.batch_totals import total

        def loss(output, target, present):
            wanted = (target[present] - self.centre) / self.spread
            return total(F.smooth_l1_loss(output[present, 0].float(), wanted, reduction="sum")) / total(present.sum())

        return loss

    def decode(self, probabilities):
        return {"value": self.centre + self.spread * float(probabilities[0])}

    def measure(self, answer, target, present):
        return {"neg_absolute_error": -abs(answer["value"] - float(target))} if present else {}

    @classmethod
    def score_case(cls, answer, truth):
        return {"absolute_error": abs(answer["value"] - float(truth))}

    @classmethod
    def in_words(cls, answer):
        return f"{answer['value']:.1f} {answer['unit']}"
