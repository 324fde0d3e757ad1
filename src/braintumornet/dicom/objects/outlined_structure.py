"""A structure that is to be written, and the algorithm that outlined it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from braintumornet import __version__
from braintumornet.core.measures_record import Diameters
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.dicom.objects.coded_terms import Term

MANUFACTURER = "braintumornet"
_LONGEST_TEXT = 64  # of DICOM's type LO
UNKNOWN_VALIDATION = "not known whether it was validated on patients"


@dataclass(frozen=True, eq=False)
class OutlinedStructure:
    """A region or a lesion on the grid of a series.

    Args:
        name: such as `ET` or `GTV_01`.
        term: what it is.
        mask: bool (columns, rows, slices).
        tracking_uid: the same in every object that shows it.
        rt_type: RT ROI Interpreted Type.
        colour: red, green and blue, 0 to 255.
        volume_ml: in ml.
        diameters: where response criteria measure it.
    """

    name: str
    term: Term
    mask: np.ndarray
    tracking_uid: str
    rt_type: str
    colour: tuple[int, int, int]
    volume_ml: float
    diameters: Diameters | None = None


@dataclass(frozen=True)
class Algorithm:
    """Who outlined structures, as every object says it.

    Args:
        name: of the run.
        fingerprint: of its weights.
        version: of this package that made the prediction.
        validation: on whom it was validated.
        use: what its answers are for, and what not.
    """

    name: str
    fingerprint: str
    version: str
    validation: str
    use: str

    @classmethod
    def of(cls, record: PredictionRecord) -> "Algorithm":
        """Return who made a prediction."""
        made = record.provenance
        return cls(
            name=f"braintumornet {made.get('run', '')}".strip()[:_LONGEST_TEXT],
            fingerprint=made.get("model", "unknown")[:_LONGEST_TEXT],
            version=made.get("version", __version__),
            validation=record.validation or UNKNOWN_VALIDATION,
            use=record.use,
        )

    @property
    def notice(self) -> str:
        """What a reader of any object must know."""
        return f"{self.use}; {self.validation}"

    def new_series(self, number: int) -> dict[str, Any]:
        """Return what highdicom is told of a new object alone in a new series.

        Args:
            number: of the series.
        """
        from pydicom.uid import generate_uid

        return {
            "series_instance_uid": generate_uid(),
            "series_number": number,
            "series_description": self.short_notice,
            "sop_instance_uid": generate_uid(),
            "instance_number": 1,
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": self.name,
            "software_versions": __version__,
            "device_serial_number": self.fingerprint,
        }

    @property
    def short_notice(self) -> str:
        """The same within 64 characters, for fields that have no more."""
        never = self.validation.startswith(("never", "not known"))
        return "RESEARCH USE ONLY, never validated on patients" if never else "RESEARCH USE ONLY"
