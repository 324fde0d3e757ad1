"""Rows of a table of scores one by one, for those who do not read the frame yet."""

from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.scores import Scores


@dataclass(frozen=True)
class Score:
    """One row of the table; its lesion, if it is about one, stands behind the structure."""

    case_id: str
    task: str
    structure: str
    metric: str
    value: float
    note: str = ""


def read_scores(path: Path) -> list[Score]:
    """Read a table of scores.

    Raises:
        InputError: as `Scores.read`.
    """
    frame = Scores.read(path).frame
    lesion = frame["lesion"].map(lambda name: f" lesion {name}" if name.isdigit() else f" {name}" if name else "")
    columns = (
        frame["case_id"],
        frame["task"],
        frame["structure"] + lesion,
        frame["metric"],
        frame["value"],
        frame["note"],
    )
    return [Score(*cells) for cells in zip(*columns, strict=True)]
