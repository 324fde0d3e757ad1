"""A kind of task: predict a number that the manifest holds, such as the age or the tumour's volume in ml."""

from typing import ClassVar, Literal

from pydantic import Field

from braintumornet.tasks.task import Task


class RegressionTask(Task):
    """Predict a number from what the encoder saw of the tumour.

    Args:
        unit: of the number.
        centre: a usual value.
        spread: how far values usually are from it; the network learns how many of these.
    """

    sees_tumour: ClassVar[bool] = True

    kind: Literal["regression"] = "regression"
    unit: str = ""
    centre: float = 0.0
    spread: float = Field(1.0, gt=0)

    def about(self):
        return {**super().about(), "unit": self.unit}

    def last_layer(self, features):
        from torch import nn

        return nn.Linear(features, 1)

    def criterion(self, training_cases):
        from torch.nn import functional as F

        from braintumornet.tasks.batch_totals import total

        def absolute_error(output, target, present):
            wanted = (target[present] - self.centre) / self.spread
            errors = F.smooth_l1_loss(output[present, 0].float(), wanted, reduction="sum")
            return total(errors) / total(present.sum())

        return absolute_error

    def decode(self, probabilities):
        return {"value": self.centre + self.spread * float(probabilities[0])}

    @classmethod
    def in_words(cls, answer):
        return f"{answer['value']:.1f} {answer['unit']}"

    def measure(self, answer, target, present):
        return {"neg_absolute_error": -abs(answer["value"] - float(target))} if present else {}
