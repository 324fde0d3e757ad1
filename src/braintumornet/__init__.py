"""Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions.

The names of the front door are found here, and loaded when they are asked for:

    import braintumornet as btn

    cohort = btn.read_cohort("cohort.csv")
    run = btn.train("glioma_small", cohort, "runs/first")
    scores = run.predict(cohort, "predictions").evaluate(cohort)
    btn.predict({"t1c": "a.nii.gz", "t2f": "b.nii.gz"}, run)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from braintumornet.api.calibration import calibrate
    from braintumornet.api.cohort import Cohort, phantoms, read_cohort
    from braintumornet.api.comparison import Comparison, compare
    from braintumornet.api.contours import ImportedContours, import_contours
    from braintumornet.api.dicom_objects import convert
    from braintumornet.api.measure_mask import measure_mask
    from braintumornet.api.predict import predict
    from braintumornet.api.predictions import Predictions
    from braintumornet.api.preparation import Preparation, prepare_cohort
    from braintumornet.api.run import Run, train
    from braintumornet.api.scores import Scores

__version__ = "0.2.0"

__all__ = [
    "Cohort",
    "Comparison",
    "ImportedContours",
    "Predictions",
    "Preparation",
    "Run",
    "Scores",
    "__version__",
    "calibrate",
    "compare",
    "convert",
    "import_contours",
    "measure_mask",
    "phantoms",
    "predict",
    "prepare_cohort",
    "read_cohort",
    "train",
]

_ROOMS = {
    "Cohort": "cohort",
    "Comparison": "comparison",
    "ImportedContours": "contours",
    "Predictions": "predictions",
    "Preparation": "preparation",
    "Run": "run",
    "Scores": "scores",
    "calibrate": "calibration",
    "compare": "comparison",
    "convert": "dicom_objects",
    "import_contours": "contours",
    "measure_mask": "measure_mask",
    "phantoms": "cohort",
    "predict": "predict",
    "prepare_cohort": "preparation",
    "read_cohort": "cohort",
    "train": "run",
}
"""Name -> file of `braintumornet.api`."""


def __getattr__(name: str) -> Any:
    """Load a name of the front door (PEP 562)."""
    if name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.api.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    """Return the names of the front door."""
    return list(__all__)
