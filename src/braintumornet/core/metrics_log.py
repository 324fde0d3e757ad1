"""What a training wrote down, read again."""

from pathlib import Path

from braintumornet.core.text.errors import InputError

HEADER = "step,name,value"


def last_step(path: Path) -> int:
    """Return the last step that was written down; 0 where there is none."""
    return max((step for step, _, _ in read_rows(path)), default=0)


def read_rows(path: Path) -> list[tuple[int, str, str]]:
    """Return the rows as they stand; none where there is no such file.

    A last line without its end was being written when the training was killed, and is left out.

    Raises:
        InputError: the file cannot be read, or a row is not `step,name,value`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error
    header, *lines = text.split("\n")[:-1] or [HEADER]
    if header != HEADER:
        raise _damaged(path, f"line 1 is {header[:40]!r}")
    return [_read_row(line, number, path) for number, line in enumerate(lines, start=2)]


def _read_row(line: str, number: int, path: Path) -> tuple[int, str, str]:
    step, _, rest = line.partition(",")
    name, _, value = rest.rpartition(",")
    try:
        float(value)
    except ValueError:
        value = ""
    if not (step.isascii() and step.isdigit() and len(step) <= LONGEST_STEP and name and value) or "_" in value:
        raise _damaged(path, f"line {number} is {line[:40]!r}")
    return int(step), name, value


LONGEST_STEP = 10


def _damaged(path: Path, what: str) -> InputError:
    return InputError(f"{path} is damaged ({what}); expected rows of {HEADER} as `btn train` writes them")
