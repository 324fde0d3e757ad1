"""Options of how cases are read, and by which runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from braintumornet.inference.inference_options import InferenceOptions

HOW = "How cases are read"
FinishedRuns = Annotated[
    list[str] | None,
    typer.Option(
        "--run",
        metavar="RUN[,RUN2,...]",
        help="A finished run; several runs, or a folder of them, give their mean; default: the model in the package.",
    ),
]
Pass = Annotated[
    Literal["one", "windows"] | None,
    typer.Option(
        "--pass",
        help="One pass over the brain, or overlapping windows; default: one pass where the run found it as good.",
        rich_help_panel=HOW,
    ),
]
Mirror = Annotated[
    str | None,
    typer.Option(
        help="Average over mirror images along these axes, such as x,y; none switches it off.", rich_help_panel=HOW
    ),
]
MaxMemory = Annotated[
    float | None,
    typer.Option(metavar="GIB", help="Memory limit; default: 70 % of what is free.", rich_help_panel=HOW),
]
Timings = Annotated[bool, typer.Option("--timings", help="Show how long each stage took.", rich_help_panel=HOW)]


def choose_runs(given: Sequence[str] | None) -> list[Path]:
    """Return the runs that are meant: each by itself, several in one word with commas, all in a folder.

    Args:
        given: none for the model in the package.

    Raises:
        UsageError: one is not finished.
        InputError: the model in the package is missing.
    """
    from braintumornet.core.default_run import find_run
    from braintumornet.inference.ensemble import find_runs

    if not given:
        return [find_run()]
    words = [word for text in given for word in ([text] if Path(text).exists() else text.split(","))]
    return list(dict.fromkeys(run for word in words for run in find_runs(Path(word))))


def choose_options(
    reading: Literal["one", "windows"] | None,
    mirror: str | None,
    max_memory: float | None,
    others: Sequence[Path],
    timings: bool,
) -> "InferenceOptions":
    """Return what was decided.

    Raises:
        UsageError: an axis is not known, or no memory is allowed.
    """
    from braintumornet.inference.inference_options import InferenceOptions

    axes = None if mirror is None else tuple(word for word in mirror.split(",") if word != "none")
    return InferenceOptions(reading, axes, max_memory, tuple(others), timings)
