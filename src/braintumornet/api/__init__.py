"""The front door: what a notebook imports and what the commands call.

The nouns of the house (`Cohort`, `Predictions`, `Run`) with what can be done with them; their names are found in
`braintumornet` itself. Nothing stands above but the command line.
"""

from braintumornet.api.cases import Cohort, phantoms, read_cohort
from braintumornet.api.predicted import Predictions
from braintumornet.api.trained import Run, train

__all__ = ["Cohort", "Predictions", "Run", "phantoms", "read_cohort", "train"]
