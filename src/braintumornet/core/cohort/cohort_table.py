"""The lines of a cohort table as they stand, with what is wrong with each said rather than refused.

`core.cohort.manifest` makes a cohort of them and refuses the first fault; `btn check` lists all faults.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from braintumornet.core.cohort.cohort_line import OWN_COLUMNS, SPLITS, Line, is_image, read_line
from braintumornet.core.files.csv_file import CsvFile, CsvKind, CsvRow, read_csv
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.columns import column_key, near_misses, say_meant
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.text.names import SEQUENCES, suggest

READ_ATTRIBUTES = ("site", "session", "age", "sex")  # kept as attributes; known by these names to whoever reads them
OTHER_SPELLINGS = {"label_scheme": "coding", "brain_mask": "brainmask"}
WORDS_FOR_SIDES = (*SPLITS, "training", "valid", "validation", "dev", "testing", "holdout")  # in tables of others
NOT_KNOWN = ("na", "n/a", "#n/a", "nan", "<na>")  # what R, spreadsheets and pandas write into a blank cell
NOT_KNOWN_OF_OWN = (*NOT_KNOWN, "none", "null")  # in another column `none` may be a class
TABLE_NAME = "cohort.csv"
_LIKE_A_MASK = re.compile("mask|label|roi|gtv|tumou?r|lesion|annotation", re.IGNORECASE)
HOW_TO_GET_ONE = "`btn import` makes one from a folder of cases"


@dataclass(frozen=True)
class Table:
    """A cohort table.

    Args:
        name: of the cohort: the file's, or the folder's where the file is `cohort.csv`.
        lines: at least one.
        faults: what is wrong with its columns.
        warnings: what is probably wrong with its columns, or with how their values are written.
        notes: what was read otherwise than it stands there.
    """

    name: str
    lines: tuple[Line, ...]
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_table(path: Path, needs_masks: bool = True) -> Table:
    r"""Read a cohort table without refusing any of its lines.

    Args:
        path: the table, or the folder in which it lies as `cohort.csv`.
        needs_masks: False to leave out masks without a coding.

    Raises:
        InputError: the file cannot be read, has no column `case_id`, or not a single line.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "gli.csv"
        >>> _ = file.write_text("case_id,t1c\na,a.mha\n")
        >>> read_table(file).lines[0].faults
        ("t1c is 'a.mha'; expected .nii, .nii.gz or a blank",)
    """
    try:
        path = path / TABLE_NAME if path.is_dir() else path
    except OSError as error:
        msg = f"cannot read the cohort table {path}: {error.strerror}"
        raise InputError(msg) from error
    file = read_csv(path, CsvKind("cohort table", HOW_TO_GET_ONE, ("case_id",), _known_column))
    require(file.rows, f"{path} is not a cohort table: expected a column 'case_id' and at least one case")
    name = path.stem if path.stem != "cohort" else path.resolve().parent.name
    notes = _count_not_known(file.rows)
    rows = [_without_not_known(row) for row in file.rows]
    columns, faults = _find_file_columns(file.columns, rows)
    if not needs_masks:
        rows = [_without_unread_masks(row, columns) for row in rows]
    lines = tuple(read_line(row, path.parent, name, columns) for row in rows)
    return Table(name, lines, (*file.faults, *faults), tuple(_find_warnings(file, columns, lines)), tuple(notes))


def join_tables(tables: Sequence[Table]) -> Table:
    """Return several tables as one, whose lines and faults say which of them they belong to; one alone as it is."""
    if len(tables) == 1:
        return tables[0]
    lines: list[Line] = []
    said: dict[str, list[str]] = {"faults": [], "warnings": [], "notes": []}
    seen: Counter[str] = Counter()
    for table in tables:
        seen[table.name] += 1
        label = table.name if seen[table.name] == 1 else f"{table.name} ({seen[table.name]})"
        lines += [replace(line, table=label) for line in table.lines]
        for kind, texts in said.items():
            texts += [f"{label}: {text}" for text in getattr(table, kind)]
    return Table(", ".join(seen), tuple(lines), *map(tuple, said.values()))


def _known_column(name: str) -> str:
    """Return the name under which a column is known, however people write it; any other stays as it is."""
    key = column_key(name)
    key = OTHER_SPELLINGS.get(key, key)
    return key if key in (*OWN_COLUMNS, *READ_ATTRIBUTES, "seg") else name


def _says_nothing(column: str, cell: str) -> bool:
    return cell.casefold() in (NOT_KNOWN_OF_OWN if column in OWN_COLUMNS else NOT_KNOWN)


def _count_not_known(rows: Sequence[CsvRow]) -> list[str]:
    found = Counter((column, cell) for row in rows for column, cell in row.cells.items() if _says_nothing(column, cell))
    return [
        f"{count} cell{'s' * (count > 1)} of column {column!r} say{'s' * (count == 1)} {cell!r}: read as blank"
        for (column, cell), count in found.items()
    ]


def _without_not_known(row: CsvRow) -> CsvRow:
    return replace(row, cells={c: cell for c, cell in row.cells.items() if not _says_nothing(c, cell)})


def _find_warnings(file: CsvFile, file_columns: Sequence[str], lines: Sequence[Line]) -> list[str]:
    known = [*OWN_COLUMNS, *(other for other, own in OTHER_SPELLINGS.items() if own not in file.columns)]
    near = near_misses([column for column in file.columns if column not in file_columns], known)
    others = [column for column in file.columns if column not in (*file_columns, *known, *near)]
    sides = [] if "split" in file.columns else _find_sides(file.rows, others)
    return [*say_meant(near), *sides, *_find_spellings(lines)]


def _find_sides(rows: Sequence[CsvRow], columns: Sequence[str]) -> list[str]:
    """Return what another column says of who trains; several are the splits of a study, which names them itself."""
    found = []
    for column in columns:
        values = {row.cells[column].casefold() for row in rows if column in row.cells}
        if values & {"train", "training"} and len(values) > 1 and values <= set(WORDS_FOR_SIDES):
            found.append(
                f"column {column!r} says {', '.join(sorted(values))}, but only a column 'split' decides who trains; "
                "rename it, or leave it if it is something else"
            )
    return found if len(found) == 1 else []


def _find_spellings(lines: Sequence[Line]) -> list[str]:
    """Return what differs in capitals, blanks and hyphens alone: one patient, site or pathology is taken for two."""
    found = []
    for column in ("patient_id", "cohort", "pathology", "site"):
        values = {line.attributes.get(column) if column == "site" else getattr(line, column) for line in lines}
        written: dict[str, list[str]] = {}
        for value in sorted(filter(None, values)):
            written.setdefault(column_key(value), []).append(value)
        for alike in (names for names in written.values() if len(names) > 1):
            names = " and ".join(map(repr, alike))
            found.append(f"column {column!r} says {names}, which count as different; write the same in the same way")
    return found


def _find_file_columns(columns: Sequence[str], rows: Sequence[CsvRow]) -> tuple[list[str], list[str]]:
    """Return the columns of sequences and masks, in the order of the table, and what is wrong with others."""
    files: list[str] = []
    faults = []
    sequences: dict[str, str] = {}
    for column in dict.fromkeys(columns):
        sequence = find_sequence(column)
        known = sequence is not None or column in ("seg", "brainmask")
        if not known and not any(is_image(row.cells.get(column)) for row in rows):
            continue
        if not known and not column.startswith("seg"):
            faults.append(f"column {column!r} holds images but is neither a sequence nor a mask; {_call_it(column)}")
        elif sequence and sequences.setdefault(sequence, column) != column:
            faults.append(f"columns {sequences[sequence]!r} and {column!r} are both the sequence {sequence}; keep one")
        else:
            files.append(column)
    return files, faults


def _call_it(column: str) -> str:
    if _LIKE_A_MASK.search(column):
        return "call a mask of the tumour 'seg' (others seg_...), and one of the brain 'brainmask'"
    return f"{suggest(column, [*SEQUENCES, 'seg', 'brainmask'])}; names of masks begin with 'seg'"


def _without_unread_masks(row: CsvRow, file_columns: Sequence[str]) -> CsvRow:
    if "coding" in row.cells:
        return row
    kept = {c: cell for c, cell in row.cells.items() if c not in file_columns or not c.startswith("seg")}
    return replace(row, cells=kept)
