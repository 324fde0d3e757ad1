"""What a run knows of how often it is right, from labelled cases that chose nothing."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from braintumornet.core.json_record import Record

Count = Annotated[int, Field(ge=0)]
Temperature = Annotated[float, Field(gt=0)]


class QuantileRecord(Record):
    """A conformal quantile.

    Args:
        cases: that it was taken of.
        quantile: of their scores.
    """

    cases: Count
    quantile: Annotated[float, Field(ge=0)]


class LesionRecord(Record):
    """A regression that tells true from false lesions.

    Args:
        true: lesions that it learned from and that overlap a true one.
        false: those that do not.
        intercept: of the logarithm of the odds.
        weights: of the mean probability's logarithm of the odds, and of the logarithm of the volume in ml.
    """

    true: Count
    false: Count
    intercept: float
    weights: Sequence[float] = Field(min_length=2, max_length=2)


class GroupRecord(Record):
    """What was found for the cases with just these sequences.

    Args:
        sequences: that the network was shown.
        cases: how many.
        volumes: segmentation task -> region -> of the volumes' scores.
        markers: classification task -> of the classes' scores.
    """

    sequences: Sequence[str]
    cases: Count
    volumes: Mapping[str, Mapping[str, QuantileRecord]] = {}
    markers: Mapping[str, QuantileRecord] = {}

    @property
    def fewest(self) -> int:
        """Cases behind the quantile with the fewest."""
        regions = (found for of_task in self.volumes.values() for found in of_task.values())
        return min(found.cases for found in (*regions, *self.markers.values()))


class CalibrationRecord(Record):
    """The result of a calibration.

    Args:
        model: fingerprint of the weights that it is valid for.
        config: fingerprint of the configuration.
        confidence: confidence of intervals and sets, on average over calibration sets.
        phantoms: whether any case was synthetic, so the calibration says nothing about patients.
        cases: number of cases.
        temperatures: task -> temperature of its probabilities.
        lesions: segmentation task -> region -> what tells its true lesions from false ones.
        groups: one record for each set of sequences that enough cases had.
    """

    model: str
    config: str
    confidence: Annotated[float, Field(gt=0, lt=1)]
    phantoms: bool
    cases: Count
    temperatures: Mapping[str, Temperature] = {}
    lesions: Mapping[str, Mapping[str, LesionRecord]] = {}
    groups: Sequence[GroupRecord] = ()

    def group(self, sequences: Sequence[str]) -> GroupRecord | None:
        """Return the record for cases with exactly these sequences; None if there is none."""
        return next((group for group in self.groups if set(group.sequences) == set(sequences)), None)
