"""One case that fails does not end the work on the others: it is told at the end, and is an error all the same."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from braintumornet.core.text.errors import BrainTumorNetError, InputError, UsageError
from braintumornet.core.text.printable import one_line

Result = TypeVar("Result")
Work = TypeVar("Work", bound=tuple[Any, ...])


@dataclass(frozen=True)
class CaseFailure:
    """A case that could not be processed.

    Args:
        case_id: id of the case.
        reason: the file, what was expected and what to do, in one line.
    """

    case_id: str
    reason: str

    def __str__(self) -> str:
        return f"case {self.case_id}: {self.reason}"

    def as_json(self) -> dict[str, str]:
        """Return the failure as plain values, for a program to read."""
        return {"case_id": self.case_id, "error": self.reason}


class CasesFailedError(InputError):
    """An error because some cases failed; the others are done.

    Args:
        done: results of the other cases.
        failures: cases that failed.
        total: number of all cases.
    """

    def __init__(self, done: Any, failures: Sequence[CaseFailure], total: int) -> None:
        told = "; ".join(map(str, failures))
        super().__init__(f"{len(failures)} of {total} cases failed, the others are done: {told}")
        self.done = done
        self.failures = tuple(failures)


def attempt(function: Callable[[], Result], case_id: str) -> Result | CaseFailure:
    """Return what a function returns, or why it failed; only a usage error, which concerns all cases, is raised.

    Args:
        function: works on one case.
        case_id: whose.

    Raises:
        UsageError: the function raised it.

    Example:
        >>> print(attempt(lambda: 1 / 0, "a"))
        case a: unexpected error: ZeroDivisionError: division by zero
    """
    try:
        return function()
    except UsageError:
        raise
    except BrainTumorNetError as error:
        return CaseFailure(case_id, str(error).removeprefix(f"case {case_id}: "))
    except Exception as error:  # whatever one odd file leads to, the next one may be fine
        return CaseFailure(case_id, one_line(f"unexpected error: {type(error).__name__}: {error}"))


def attempt_case(function: Callable[[Work], Result], work: Work) -> Result | CaseFailure:
    """Return what a function returns of a case and what belongs to it, or why it failed, as `attempt` does."""
    return attempt(partial(function, work), work[0].id)


def part_failures(tried: Iterable[Result | CaseFailure]) -> tuple[list[Result], list[CaseFailure]]:
    """Return what came of the cases that could be worked on, and the failures of the others, both in their order.

    Example:
        >>> part_failures([1, CaseFailure("a", "no image"), 2])
        ([1, 2], [CaseFailure(case_id='a', reason='no image')])
    """
    tried = list(tried)
    done = [each for each in tried if not isinstance(each, CaseFailure)]
    return done, [each for each in tried if isinstance(each, CaseFailure)]


def despite_failures(work: Callable[[], Result]) -> tuple[Result, tuple[CaseFailure, ...]]:
    """Return what came of the cases that could be worked on, and the others.

    Args:
        work: raises a `CasesFailedError` where cases fail.
    """
    try:
        return work(), ()
    except CasesFailedError as failed:
        return failed.done, failed.failures


def require_all(done: Result, failures: Sequence[CaseFailure], total: int) -> Result:
    """Return what was done where no case failed.

    Raises:
        CasesFailedError: carries what was done, and every failure.
    """
    if failures:
        raise CasesFailedError(done, failures, total)
    return done
