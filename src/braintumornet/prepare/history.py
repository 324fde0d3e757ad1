"""What was done to a case so far, step by step; a step that failed ends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.preparation_record import StepRecord
from braintumornet.prepare.quality.figure import Figure, Verdict


class StepFailedError(InputError):
    """A step went wrong, so what would be built on it must not be believed."""


@dataclass
class History:
    """The steps of one preparation, as they are done.

    Args:
        steps: done so far.
        notes: what a user should know of the case.
    """

    steps: list[StepRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, **parameters: Any) -> Iterator[list[Figure]]:
        """Do one step, and give a list for the figures that tell how well it went.

        Args:
            name: of the step.
            parameters: what it is done with.

        Raises:
            StepFailedError: a figure says that it failed.
        """
        figures: list[Figure] = []
        begun = perf_counter()
        try:
            yield figures
        finally:
            seconds = round(perf_counter() - begun, 2)
            self.steps.append(StepRecord(name=name, parameters=parameters, figures=figures, seconds=seconds))
        failed = [figure for figure in figures if figure.verdict == Verdict.FAIL.value]
        if failed:
            msg = f"{name} failed: {'; '.join(map(describe, failed))}"
            raise StepFailedError(msg)


def describe(figure: Figure) -> str:
    """Return a figure with its limits in words.

    Example:
        >>> describe(Figure(name="motion", sequence="t2f", value=31.4159, unit="mm", verdict="fail", limits="< 10"))
        'motion of t2f is 31.4 mm (< 10)'
    """
    of = f" of {figure.sequence}" if figure.sequence else ""
    value = "not known" if figure.value is None else f"{figure.value:.3g} {figure.unit}".rstrip()
    limits = f" ({figure.limits})" if figure.limits else ""
    note = f": {figure.note}" if figure.note else ""
    return f"{figure.name}{of} is {value}{limits}{note}"
