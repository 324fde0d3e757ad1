"""What a person sees while something takes long."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from braintumornet.core.text.errors import InputWarning
from braintumornet.core.text.printable import printable
from braintumornet.terminal.screen import screen


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep the libraries' chatter off the screen; ours is enough, and what is wrong with the data is said."""
    for name in ("lightning", "lightning.fabric", "lightning.pytorch", "monai"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", InputWarning)
        yield


@dataclass(frozen=True)
class TrainingBars:
    """What a training calls.

    Args:
        read: after each case, with cases read and cases in all.
        step: after each step, with steps done, steps in all, and the losses per task.
    """

    read: Callable[[int, int], None]
    step: Callable[[int, int, Mapping[str, float]], None]


@contextmanager
def training_progress(title: str = "Training", hidden: bool = False) -> Iterator[TrainingBars]:
    """Show a bar over the cases that are read, and one over steps with the losses per task, averaged over the last."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}", markup=False),
    )
    in_lines = not screen.is_terminal and not hidden  # a bar says nothing in a file
    with Progress(*columns, console=screen, disable=hidden) as progress:
        cases = progress.add_task("Reading cases", total=None, losses="")
        steps = progress.add_task(printable(title), total=None, losses="", visible=False)
        smooth: dict[str, float] = {}

        def read(done: int, total: int) -> None:
            progress.update(cases, completed=done, total=total)
            if in_lines and done == total:
                screen.print(f"{title}: read {total} cases")

        def update(step: int, total: int, losses: Mapping[str, float]) -> None:
            for name, loss in losses.items():
                smooth[name] = 0.95 * smooth.get(name, loss) + 0.05 * loss
            shown = "  ".join(f"{name} {loss:.3f}" for name, loss in smooth.items())
            progress.update(steps, completed=step, total=total, losses=printable(shown), visible=True)
            if in_lines and 10 * step // total > 10 * (step - 1) // total:
                screen.print(f"{title}: step {step} of {total}  {shown}")

        yield TrainingBars(read, update)


@contextmanager
def case_progress(title: str, cases: int, hidden: bool = False) -> Iterator[Callable[[object], None]]:
    """Show a bar over cases."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, disable=hidden) as progress:
        bar = progress.add_task(printable(title), total=cases)
        yield lambda case: progress.advance(bar)


@contextmanager
def waiting(title: str, hidden: bool = False) -> Iterator[None]:
    """Show that something is done of which nobody knows how long it takes."""
    with nullcontext() if hidden else screen.status(printable(title)):
        yield


@contextmanager
def counted_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar over something whose number is told while it is done; nothing where nothing is told."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen) as progress:
        bar = progress.add_task(printable(title), total=None, visible=False)
        yield lambda done, total: progress.update(bar, completed=done, total=total, visible=True)
