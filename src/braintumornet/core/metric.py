"""What a number in a table of scores means: a family of plug-ins, one class for each metric."""

from enum import StrEnum
from math import inf
from typing import ClassVar

from braintumornet.core.plugin import Plugin


class Better(StrEnum):
    """Which values of a metric are the better ones."""

    HIGHER = "higher"
    LOWER = "lower"


class Metric(Plugin):
    """Base class of all metrics; the base classes in `metrics/` define what a metric is measured on.

    Attributes:
        unit: unit of the values, with which the name ends, such as `mm`.
        better: which values are better; None if neither are.
        signed: whether values are best at zero, and their sign only says to which side they are off.
        largest_difference: largest possible difference between two values.
    """

    group: ClassVar[str] = "braintumornet.metrics"

    unit: ClassVar[str] = ""
    better: ClassVar[Better | None] = None
    signed: ClassVar[bool] = False
    largest_difference: ClassVar[float] = inf

    kind: str

    @property
    def name(self) -> str:
        """Name in tables of scores; the kind, unless a setting changes what is measured."""
        return self.kind

    @classmethod
    def of_name(cls, name: str) -> "Metric | None":
        """Return the metric of this class with a name in tables of scores, or None; its kind needs no other settings.

        Args:
            name: name in the column `metric`.
        """
        metric = cls()  # type: ignore[call-arg]  # a member's kind has a default
        return metric if metric.name == name else None


class Share(Metric):
    """Base class of metrics from 0 to 1, where 1 is best, used with the base class for what they are measured on."""

    better: ClassVar[Better | None] = Better.HIGHER
    largest_difference: ClassVar[float] = 1.0


def find_metric(name: str) -> Metric | None:
    """Return the installed metric that tables of scores call so, or None.

    Raises:
        UsageError: a package with metrics cannot be imported.

    Example:
        >>> find_metric("surface_dice_2mm").better, find_metric("unheard_of")
        (<Better.HIGHER: 'higher'>, None)
    """
    named = Metric.named(name)
    for member in [named] if named else Metric.kinds().values():
        if issubclass(member, Metric) and (metric := member.of_name(name)) is not None:
            return metric
    return None
