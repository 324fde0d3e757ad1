"""What a calibration says of one case: tempered probabilities, intervals, sets, and what these are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.calibration_record import CalibrationRecord, GroupRecord, LesionRecord
from braintumornet.core.prediction import RegionMap
from braintumornet.core.space import Space
from braintumornet.uncertainty.conformal_sets import class_set
from braintumornet.uncertainty.conformal_volume import volume_doubts, volume_interval
from braintumornet.uncertainty.split_conformal import SURE, least_coverage
from braintumornet.uncertainty.temperature import temper, temper_classes

NOT_OF_PATIENTS = "calibrated on phantoms: how often intervals and sets hold the truth of patients is not known"


@dataclass(frozen=True)
class CaseCalibration:
    """A run's calibration, as it holds for one case; without one, nothing is changed and nothing promised.

    Args:
        record: of the run; None where it has none.
        sequences: that the network was shown of the case.

    Example:
        >>> CaseCalibration(None, ("t1c",)).describe()
        ''
    """

    record: CalibrationRecord | None
    sequences: Sequence[str]

    @property
    def group(self) -> GroupRecord | None:
        """What was found for cases with the same sequences; None where nothing was."""
        return None if self.record is None else self.record.group(self.sequences)

    def temperature(self, task: str) -> float:
        """Return the temperature of a task; 1 where there is none."""
        return 1.0 if self.record is None else self.record.temperatures.get(task, 1.0)

    def temper(self, task: str, probabilities: np.ndarray) -> np.ndarray:
        """Return the calibrated probabilities of a task's regions, of the same shape and type."""
        temperature = self.temperature(task)
        return probabilities if temperature == 1 else temper(probabilities, temperature)

    def temper_classes(self, task: str, probabilities: Mapping[str, float]) -> dict[str, float]:
        """Return the calibrated probability of each class."""
        temperature = self.temperature(task)
        if temperature == 1:
            return dict(probabilities)
        tempered = temper_classes(np.array(list(probabilities.values())), temperature)
        return dict(zip(probabilities, tempered.tolist(), strict=True))

    def classes(self, task: str, probabilities: Mapping[str, float]) -> tuple[str, ...]:
        """Return the classes that cannot be ruled out; none where nothing is known of that.

        Args:
            task: a classification task.
            probabilities: class -> probability, as the network gives them.
        """
        found = None if self.group is None else self.group.markers.get(task)
        return () if found is None else class_set(probabilities, found.quantile)

    def intervals_ml(
        self, task: str, volume_ml: Mapping[str, float], regions: RegionMap, space: Space
    ) -> dict[str, list[float]]:
        """Return the interval of each region's volume, in ml, as far as something is known of that.

        Args:
            task: a segmentation task.
            volume_ml: region -> volume of the mask that is written.
            regions: as the network gives them.
            space: on which they lie.
        """
        known = {} if self.group is None else self.group.volumes.get(task, {})
        doubts = volume_doubts(regions, space) if known else {}
        return {
            region: list(volume_interval(ml, doubts[region], known[region].quantile))
            for region, ml in volume_ml.items()
            if region in known
        }

    def lesions(self, task: str) -> Mapping[str, LesionRecord]:
        """Return region -> what tells true lesions of a task from false ones, as far as that is known."""
        return {} if self.record is None else self.record.lesions.get(task, {})

    def describe(self) -> str:
        """Return in one sentence what intervals and sets are worth; blank where there is no calibration."""
        if self.record is None:
            return ""
        if self.group is None:
            known = " or with ".join(", ".join(group.sequences) for group in self.record.groups)
            here = _join(self.sequences)
            return (
                f"no intervals and sets: the run was calibrated for cases with {known}, not {here}; only "
                "probabilities are calibrated"
            )
        return NOT_OF_PATIENTS if self.record.phantoms else describe_coverage(self.group, self.record.confidence)


def describe_groups(record: CalibrationRecord) -> list[str]:
    """Return a sentence for each set of sequences that a calibration holds for; of phantoms one in all."""
    if record.phantoms:
        return [NOT_OF_PATIENTS]
    return [describe_coverage(group, record.confidence) for group in record.groups]


def describe_coverage(group: GroupRecord, confidence: float) -> str:
    """Return what the intervals and sets are worth of cases with the same sequences.

    Example:
        >>> group = GroupRecord(sequences=["t1c"], cases=9, markers={"idh": {"cases": 9, "quantile": 0.5}})
        >>> describe_coverage(group, 0.9).partition("; ")[2]
        '1 in 20 sets of 9 cases gives less than 72 %'
    """
    least = least_coverage(group.fewest, confidence)
    return (
        f"calibrated on {group.fewest} labelled cases with {_join(group.sequences)}: intervals and sets hold the truth "
        f"in {100 * confidence:.0f} % of cases like these, on average over calibration sets; 1 in "
        f"{round(1 / (1 - SURE))} sets of {group.fewest} cases gives less than {100 * least:.0f} %"
    )


def _join(sequences: Sequence[str]) -> str:
    return ", ".join(sequences) or "no sequence"
