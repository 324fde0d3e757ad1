"""CSV files that people, spreadsheets and other tools wrote: read whole, or refused by the name of what they are."""

import csv
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.text.columns import column_key, find_twice, near_misses
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.text.names import suggest

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")  # UTF-16 and UTF-32
_HEADER_WITHIN = 20  # lines; what stands above a header is a few lines
SAVE_AS = "save it as 'CSV UTF-8 (comma delimited)'"


@dataclass(frozen=True)
class CsvRow:
    """One line below the header.

    Args:
        number: of the line in the file, as an editor counts; the header is 1.
        cells: column -> cell without blanks around it; blank cells are left out.
        fault: what is wrong with the number of its cells, if anything; a sentence about the line.
    """

    number: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class CsvFile:
    """A table as it stands.

    Args:
        columns: names under which they are known, from left to right.
        rows: those that are not blank.
        faults: what is wrong with the columns.
    """

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class CsvKind:
    """What a file is to be.

    Args:
        what: in an error line, such as `cohort table`.
        hint: how to come by one, for an error line.
        needed: columns without which it is none.
        rename: column as written, without blanks around it -> name under which it is known.
    """

    what: str
    hint: str
    needed: tuple[str, ...]
    rename: Callable[[str], str]


def read_csv(path: Path, kind: CsvKind) -> CsvFile:
    """Read a CSV file of which every cell is text.

    Raises:
        InputError: it cannot be read, is no CSV with commas in UTF-8, or lacks a column.
    """
    text = _decode(path, kind)
    _require_commas(path, text, kind)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)  # else an open quote swallows the lines after it
    try:
        lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except csv.Error as error:
        msg = (
            f"cannot read {path}: {error} in line {reader.line_num}; look for a quotation mark that is not closed there"
        )
        raise InputError(msg) from error
    lines = [(number, cells) for number, cells in lines if any(cells)]
    header = lines[0][1] if lines else []
    columns = [kind.rename(name) for name in header]
    _require_first_line(path, kind, columns, lines[1:_HEADER_WITHIN])
    _require_columns(path, kind, columns)
    rows = [_read_row(number, cells, columns) for number, cells in lines[1:]]
    faults = [*find_twice((name, column) for name, column in zip(header, columns, strict=True) if name)]
    return CsvFile(tuple(filter(None, columns)), tuple(rows), (*faults, *_find_nameless(header, lines[1:])))


def one_of(names: Collection[str]) -> Callable[[str], str]:
    """Return a `rename` that knows columns of these names however they are written, and leaves others as they are.

    Example:
        >>> one_of(["arm", "case_id"])("Case ID"), one_of(["arm"])("Volume ML")
        ('case_id', 'Volume ML')
    """
    return lambda name: key if (key := column_key(name)) in names else name


def _decode(path: Path, kind: CsvKind) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = "it does not exist" if isinstance(error, FileNotFoundError) else error.strerror
        msg = f"cannot read the {kind.what} {path}: {reason}; {kind.hint}"
        raise InputError(msg) from error
    require(
        not content.startswith(b"PK\x03\x04"),
        f"{path} is a spreadsheet's own file or another archive, not a CSV file; {SAVE_AS}",
    )
    require(
        not content.startswith(BYTE_ORDER_MARKS) and not _looks_wide(content),
        f"{path} is in UTF-16, as spreadsheets write 'Unicode text'; expected UTF-8: {SAVE_AS}",
    )
    require(
        b"\0" not in content, f"{path} holds zero bytes, so it is damaged or no text; expected a {kind.what} in CSV"
    )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        msg = f"{path} is not in UTF-8 (line {line} holds the byte 0x{content[error.start]:02x}); {SAVE_AS}"
        raise InputError(msg) from error


def _looks_wide(content: bytes) -> bool:
    """Say whether every second byte is zero, as it is in UTF-16 without a mark."""
    return any(len(half) > 0 and half.count(0) > 0.8 * len(half) for half in (content[0:400:2], content[1:400:2]))


def _require_commas(path: Path, text: str, kind: CsvKind) -> None:
    # spreadsheets write a line such as `sep=;` above the header
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("sep=")), "")
    found = {sign: {kind.rename(name.strip('" ')) for name in first.split(sign)} for sign in (",", *SEPARATORS)}
    for sign, name in SEPARATORS.items():
        if found[sign].intersection(kind.needed) and not found[","].intersection(kind.needed):
            msg = f"{path} is separated by {name}; expected commas: {SAVE_AS}"
            raise InputError(msg)


def _require_first_line(path: Path, kind: CsvKind, columns: list[str], others: list[tuple[int, list[str]]]) -> None:
    """Refuse a table with a comment, a title or `sep=,` above its header."""
    needed = set(kind.needed)
    below = next((n for n, cells in others if needed and needed <= {kind.rename(cell) for cell in cells}), None)
    if below is not None and not needed <= set(columns):
        msg = f"{path} has its header in line {below}; expected it in the first: take out what stands above it"
        raise InputError(msg)


def _require_columns(path: Path, kind: CsvKind, columns: list[str]) -> None:
    named = list(filter(None, columns))
    for name in kind.needed:
        if name not in named:
            near = next(iter(near_misses(named, [name])), None)
            found = f"is {near!r} meant?" if near else suggest(name, named) if named else "the file is empty"
            msg = f"{path} is not a {kind.what}: expected a column {name!r} ({found}); {kind.hint}"
            raise InputError(msg)


def _read_row(number: int, cells: list[str], columns: list[str]) -> CsvRow:
    named: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column and cell:
            named.setdefault(column, cell)
    fault = ""
    if len(cells) > len(columns):
        fault = "has more cells than there are columns; quote cells with commas"
    elif len(cells) < len(columns):
        fault = f"ends after {len(cells)} of {len(columns)} cells; is the file cut off, or a comma missing?"
    return CsvRow(number, named, fault)


def _find_nameless(header: list[str], lines: list[tuple[int, list[str]]]) -> list[str]:
    found = []
    for place in (place for place, name in enumerate(header) if not name):
        held = next((number for number, cells in lines if any(cells[place : place + 1])), None)
        if held is not None:
            found.append(f"column {place + 1} has no name, but cells, such as in line {held}; name it or empty it")
    return found
