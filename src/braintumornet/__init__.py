"""Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions.

The names of the front door are found here, and loaded when they are asked for:

    import braintumornet as btn

    cohort = btn.read_cohort("cohort.csv")
    run = btn.train("glioma_small", cohort, "runs/first")
    scores = run.predict(cohort, "predictions").evaluate(cohort)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from braintumornet.api.cases import Cohort, phantoms, read_cohort
    from braintumornet.api.predicted import Predictions
    from braintumornet.api.scored import Comparison, Scores, compare
    from braintumornet.api.trained import Run, train

__version__ = "0.1.0"

__all__ = [
    "Cohort",
    "Comparison",
    "Predictions",
    "Run",
    "Scores",
    "__version__",
    "compare",
    "phantoms",
    "read_cohort",
    "train",
]

_ROOMS = {
    "Cohort": "cases",
    "Comparison": "scored",
    "Predictions": "predicted",
    "Run": "trained",
    "Scores": "scored",
    "compare": "scored",
    "phantoms": "cases",
    "read_cohort": "cases",
    "train": "trained",
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
