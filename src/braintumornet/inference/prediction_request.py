"""What a person wants to have predicted."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PredictionRequest:
    """What is wanted of every case; the words are those of `predict_cohort`.

    Args:
        run: folder of the run that answers.
        folder: for the files.
        probabilities: also write the probability of each region.
        tasks: names of tasks, `auto` to let the router choose, none for all.
    """

    run: Path
    folder: Path
    probabilities: bool = False
    tasks: tuple[str, ...] = ()
