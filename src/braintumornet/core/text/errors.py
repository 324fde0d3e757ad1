"""The errors that a person reads: what was expected, what was found, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from braintumornet.core.text.printable import one_line


class BrainTumorNetError(Exception):
    r"""Base class of every error that a person reads: one line, whatever the names and messages that it quotes contain.

    Attributes:
        exit_code: exit code of the command.

    Example:
        >>> print(BrainTumorNetError("no column 'a\nb'"))
        no column 'a b'
    """

    exit_code = 1

    def __str__(self) -> str:
        return one_line(super().__str__())


class InputError(BrainTumorNetError):
    """An error in the data: a file is missing, damaged or does not say what it should."""


class GeometryError(InputError):
    """An error for two volumes that must share one grid and do not."""


class InputWarning(UserWarning):
    """A warning that the data are probably not as intended but can be used; the command line shows each once."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class UsageError(BrainTumorNetError):
    """An error in the call or the configuration."""

    exit_code = 2


def require(holds: object, text: str, kind: type[Exception] = InputError) -> None:
    """Refuse what is not as it must be.

    Args:
        holds: whether it is.
        text: what was expected, what was found, what to do; made in any case, so it must be cheap and safe to make.
        kind: of the error.

    Raises:
        InputError: it does not hold; or an error of another kind.

    Example:
        >>> require("a" in {"a", "b"}, "expected a or b", UsageError)
    """
    if not holds:
        raise kind(text)


@contextmanager
def prefix_errors(before: str) -> Iterator[None]:
    """Let each error of the block begin with what it is about.

    Args:
        before: such as `case a: `.

    Raises:
        BrainTumorNetError: of the kind that the block raised.

    Example:
        >>> with prefix_errors("case a: "):
        ...     require(False, "has no image")
        Traceback (most recent call last):
        ...
        braintumornet.core.text.errors.InputError: case a: has no image
    """
    try:
        yield
    except BrainTumorNetError as error:
        raise type(error)(before + str(error)) from error
