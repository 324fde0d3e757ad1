"""The lines of a cohort table as they stand, with what is wrong with each said rather than refused.

`core.manifest` makes a cohort of them and refuses the first fault; `btn check` lists all faults.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from braintumornet.core.coding import parse_coding
from braintumornet.core.errors import InputError
from braintumornet.core.names import SEQUENCES, find_sequence, suggest

OWN_COLUMNS = ("case_id", "patient_id", "cohort", "brainmask", "coding", "pathology", "split")
SPLITS = ("train", "val", "test")
TABLE_NAME = "cohort.csv"


@dataclass(frozen=True)
class Line:
    """One line of a cohort table; fields as in `Case`.

    Args:
        number: of the line in the file, as an editor counts; the header is 1.
        id: blank where the line has none.
        faults: what cannot be right; such a cell is left out of the other fields, except for the split and the coding.
        table: which of several it stands in; blank where there is one.
    """

    number: int
    id: str
    patient_id: str
    cohort: str
    images: Mapping[str, Path]
    targets: Mapping[str, Path]
    brainmask: Path | None
    coding: str | None
    pathology: str | None
    split: str | None
    attributes: Mapping[str, str]
    faults: tuple[str, ...] = ()
    table: str = ""

    @property
    def files(self) -> dict[str, Path]:
        """Every file of the line by what it is: images, masks, brain mask."""
        brain = {"brainmask": self.brainmask} if self.brainmask else {}
        return {**self.images, **self.targets, **brain}


@dataclass(frozen=True)
class Table:
    """A cohort table.

    Args:
        name: of the cohort: the file's, or the folder's where the file is `cohort.csv`.
        lines: at least one.
        faults: what is wrong with its columns.
    """

    name: str
    lines: tuple[Line, ...]
    faults: tuple[str, ...] = ()


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
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError as error:
        msg = f"cannot read the cohort table {path}: it does not exist; `btn import` makes one from a folder of cases"
        raise InputError(msg) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read the cohort table {path}: {error}"
        raise InputError(msg) from error
    if not rows or "case_id" not in rows[0][1]:
        msg = f"{path} is not a cohort table: expected a column 'case_id' and at least one case"
        raise InputError(msg)
    name = path.stem if path.stem != "cohort" else path.resolve().parent.name
    columns, faults = _find_file_columns([row for _, row in rows])
    if not needs_masks:
        rows = [(number, _without_unread_masks(row, columns)) for number, row in rows]
    return Table(name, tuple(_read_line(n, row, path.parent, name, columns) for n, row in rows), tuple(faults))


def join_tables(tables: Sequence[Table]) -> Table:
    """Return several tables as one, whose lines and faults say which of them they belong to; one alone as it is."""
    if len(tables) == 1:
        return tables[0]
    lines: list[Line] = []
    faults: list[str] = []
    seen: Counter[str] = Counter()
    for table in tables:
        seen[table.name] += 1
        label = table.name if seen[table.name] == 1 else f"{table.name} ({seen[table.name]})"
        lines += [replace(line, table=label) for line in table.lines]
        faults += [f"{label}: {fault}" for fault in table.faults]
    return Table(", ".join(seen), tuple(lines), tuple(faults))


def _is_image(cell: str | None) -> bool:
    return bool(cell) and str(cell).strip().lower().endswith((".nii", ".nii.gz"))


def _find_file_columns(rows: list[dict[str, str]]) -> tuple[list[str], list[str]]:
    """Return the columns of sequences and masks, in the order of the table, and what is wrong with others."""
    files, faults = [], []
    sequences: dict[str, str] = {}
    for column in [column for column in rows[0] if column]:
        sequence = find_sequence(column)
        known = sequence is not None or column in ("seg", "brainmask")
        if not known and not any(_is_image(row[column]) for row in rows):
            continue
        if not known and not column.startswith("seg"):
            faults.append(
                f"column {column!r} holds images but is neither a sequence nor a mask; "
                f"{suggest(column, [*SEQUENCES, 'seg', 'brainmask'])}; names of masks begin with 'seg'"
            )
        elif sequence and sequences.setdefault(sequence, column) != column:
            faults.append(f"columns {sequences[sequence]!r} and {column!r} are both the sequence {sequence}; keep one")
        else:
            files.append(column)
    return files, faults


def _without_unread_masks(row: dict[str, str], file_columns: list[str]) -> dict[str, str]:
    if (row.get("coding") or "").strip():
        return row
    return {c: cell for c, cell in row.items() if c not in file_columns or not c.startswith("seg")}


def _read_line(number: int, row: dict[str, str], folder: Path, cohort: str, file_columns: list[str]) -> Line:
    cells = {column: cell.strip() for column, cell in row.items() if column and cell and cell.strip()}
    named = {column: cells[column] for column in file_columns if column in cells}
    files = {column: folder / cell for column, cell in named.items() if _is_image(cell)}
    images = {sequence: file for column, file in files.items() if (sequence := find_sequence(column))}
    return Line(
        number=number,
        id=cells.get("case_id", ""),
        patient_id=cells.get("patient_id", cells.get("case_id", "")),
        cohort=cells.get("cohort", cohort),
        images={sequence: images[sequence] for sequence in SEQUENCES if sequence in images},
        targets={column: file for column, file in sorted(files.items()) if column.startswith("seg")},
        brainmask=files.get("brainmask"),
        coding=cells.get("coding"),
        pathology=cells.get("pathology"),
        split=cells.get("split"),
        attributes={c: cell for c, cell in cells.items() if c not in OWN_COLUMNS and c not in named},
        faults=tuple(_find_faults(row, cells, named)),
    )


def _find_faults(row: dict[str, str], cells: Mapping[str, str], named: Mapping[str, str]) -> list[str]:
    faults = []
    if None in row:  # where the csv module puts cells beyond the last column
        faults.append("its line has more cells than there are columns; quote cells with commas")
    if "case_id" not in cells:
        faults.append("has no case_id; give every line one of its own")
    for column, cell in named.items():
        if not _is_image(cell):
            faults.append(f"{column} is {cell!r}; expected .nii, .nii.gz or a blank")
    if cells.get("split", "train") not in SPLITS:
        faults.append(f"split {cells['split']!r} is none of {', '.join(SPLITS)}")
    if "coding" in cells:
        try:
            parse_coding(cells["coding"])
        except InputError as error:
            faults.append(str(error))
    return faults
