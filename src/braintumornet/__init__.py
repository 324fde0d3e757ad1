"""Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions.

The names of the front door (`braintumornet.api`) are found here, and loaded when they are asked for:

    import braintumornet as btn

    run = btn.train("glioma_small", btn.read_cohort("cohort.csv"), "runs/first")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from braintumornet.api import Cohort, Predictions, Run, phantoms, read_cohort, train

__version__ = "0.1.0"

__all__ = ["Cohort", "Predictions", "Run", "__version__", "phantoms", "read_cohort", "train"]


def __getattr__(name: str) -> Any:
    """Load a name of the front door (PEP 562)."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.api"), name)


def __dir__() -> list[str]:
    """Return the names of the front door."""
    return list(__all__)
