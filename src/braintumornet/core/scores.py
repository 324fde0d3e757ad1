"""Scores as one long table, one row per value; whatever measures fills it, and whatever compares or shows reads it."""

import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import isinf, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.files.csv_file import CsvKind, CsvRow, one_of, read_csv
from braintumornet.core.frames import groups_of, rows_of
from braintumornet.core.text.columns import near_misses, say_meant
from braintumornet.core.text.errors import InputError, InputWarning, require
from braintumornet.core.text.names import suggest

if TYPE_CHECKING:
    import pandas as pd

WHERE = (
    *("study", "arm", "split", "replicate", "seed", "cohort", "case_id", "patient_id", "sequences"),
    *("task", "structure", "lesion", "metric"),
)
"""What tells a value from the others."""
COLUMNS = (*WHERE, "value", "note")
Row = dict[str, Any]
"""One value, as who measures makes it: column -> cell."""
LARGEST = 1e100  # squares and sums of what is larger are no numbers

# Before 0.2 the lesion stood behind the structure: "WT lesion 3", "WT up to 0.065 ml".
_EARLIER_LESION = re.compile(r"(.*) (?:lesion (\d+)|(\S+ to \S+ ml|over \S+ ml))")
_OF_LESIONS = ("lesion_", "lesions", "detection_", "false_lesions_per_case")


class Scores:
    """A checked table of scores in full precision.

    Every cell is text, "" where a column does not apply, but for `value`, a float that is NaN where the score is not
    defined. `lesion` holds the number of a lesion, or the bin of volumes that lesions lie in; a case whose patient is
    not known is a patient of its own.

    Args:
        frame: with a column `value` and any others of `COLUMNS`; it is not changed.

    Raises:
        InputError: a column is not known, or a value is no finite number.

    Example:
        >>> import pandas as pd
        >>> scores = Scores(pd.DataFrame({"case_id": ["a", "b"], "metric": "dice", "value": [0.8, 0.9]}))
        >>> list(scores.select(case_id="b").frame["value"])
        [0.9]
    """

    def __init__(self, frame: "pd.DataFrame") -> None:
        for column in frame.columns:
            if column not in COLUMNS:
                msg = f"a table of scores has no column {column!r}; {suggest(str(column), COLUMNS)}, or drop it"
                raise InputError(msg)
        require(
            "value" in frame.columns,
            f"a table of scores needs a column 'value', found {', '.join(frame.columns) or 'no column'}",
        )
        self.frame = frame.reindex(columns=list(COLUMNS)).reset_index(drop=True)
        for column in (*WHERE, "note"):
            self.frame[column] = _as_text(self.frame[column])
        self.frame["value"] = _as_numbers(self.frame["value"])
        self.frame["patient_id"] = self.frame["patient_id"].where(self.frame["patient_id"] != "", self.frame["case_id"])

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows as named tuples."""
        return rows_of(self.frame)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]]) -> Self:
        """Return a table with the given rows.

        Args:
            rows: the rows, each a mapping from column to cell.

        Example:
            >>> len(Scores.of([{"arm": "single", "value": 0.7}]))
            1
        """
        import pandas as pd

        listed = list(rows)
        return cls(pd.DataFrame(listed) if listed else pd.DataFrame({"value": []}))

    @classmethod
    def concat(cls, parts: Iterable["Scores"]) -> Self:
        """Return one table with the rows of several tables, one after the other.

        Args:
            parts: tables to concatenate.
        """
        import pandas as pd

        frames = [part.frame for part in parts]
        return cls._checked(pd.concat(frames)) if frames else cls.of([])

    @classmethod
    def _checked(cls, frame: "pd.DataFrame") -> Self:
        """Return rows of tables that were checked, which to do again for each group would cost more than all else."""
        scores = cls.__new__(cls)
        scores.frame = frame.reset_index(drop=True)
        return scores

    @classmethod
    def read(cls, path: Path, needed: Sequence[str] = ()) -> Self:
        r"""Read a table from `btn evaluate`, a study or another source; columns that are not known are ignored.

        Args:
            path: path of the table.
            needed: columns besides `value` that every row must fill.

        Raises:
            InputError: the file cannot be read, a column is missing, a value is not a number, or a row is there twice.

        Example:
            >>> import tempfile
            >>> file = Path(tempfile.mkdtemp()) / "scores.csv"
            >>> _ = file.write_text("arm,split,value\nsingle,1,0.70\nmulti,1,0.83\n")
            >>> [(row.arm, row.split, row.value) for row in Scores.read(file)]
            [('single', '1', 0.7), ('multi', '1', 0.83)]
        """
        first = (*needed, "value")
        others = ", ".join(column for column in COLUMNS if column not in first)
        hint = f"expected a CSV table with the columns {', '.join(first)} and any of {others}"
        file = read_csv(path, CsvKind("table of scores", hint, first, one_of(COLUMNS)))
        if file.faults:
            msg = f"{path}: {file.faults[0]}"
            raise InputError(msg)
        for text in say_meant(near_misses(file.columns, COLUMNS)):
            warnings.warn(f"{path}: {text}", InputWarning, stacklevel=2)
        rows = [_read_row(row, needed, f"{path}, line {row.number}") for row in file.rows]
        scores = cls.of(rows if "lesion" in file.columns else map(_part_lesion, rows))
        scores.require_once(f"{path}, lines", [row.number for row in file.rows])
        return scores

    def write(self, path: Path) -> None:
        """Write all columns to a CSV table, completely or not at all; reading it back gives the same table.

        Args:
            path: path of the table.
        """
        write_text(path, self.frame.to_csv(index=False, na_rep="nan", lineterminator="\n"))

    def select(self, **wanted: str | Collection[str]) -> Self:
        """Return the rows that have the given cells.

        Args:
            wanted: column -> the cell that a row must have there, or several, of which it must have one.
        """
        kept = self.frame
        for column, cells in wanted.items():
            kept = kept[kept[column].isin([cells] if isinstance(cells, str) else list(cells))]
        return self._checked(kept)

    def groups(self, *columns: str) -> Iterator[tuple[tuple[str, ...], "Scores"]]:
        """Yield each combination of cells in some columns with its rows, in the order of the table.

        Args:
            columns: columns to group by.
        """
        for cells, frame in groups_of(self.frame, *columns):
            yield cells, Scores._checked(frame)

    def require_once(self, where: str = "rows", numbers: Sequence[int] | None = None) -> None:
        """Refuse a table in which two rows hold a value for the same place.

        Args:
            where: what the numbers count, for the error message.
            numbers: numbers of the rows; default: from 1.

        Raises:
            InputError: the table has two such rows; the message names them.
        """
        twice = self.frame.duplicated(list(WHERE)).to_numpy()
        if twice.any():
            second = int(twice.argmax())
            places = self.frame[list(WHERE)].to_numpy()
            first = int((places == places[second]).all(axis=1).argmax())
            one, other = (numbers[row] if numbers else row + 1 for row in (first, second))
            msg = (
                f"{where} {one} and {other} are both {', '.join(filter(None, places[second]))}; expected one row each: "
                "tell them apart by the columns split, seed or case_id, or remove one"
            )
            raise InputError(msg)


def _as_text(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    from pandas.api.types import infer_dtype

    text = cells.astype(object).where(cells.notna(), "")
    return text if infer_dtype(text) == "string" else text.map(_text)


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _as_numbers(cells: "pd.Series[Any]") -> "pd.Series[float]":
    try:
        values = cells.astype(float)
    except (TypeError, ValueError) as error:
        msg = f"a table of scores: {error}; expected numbers in the column value, NaN where a score is not defined"
        raise InputError(msg) from error
    for value in values[values.abs() > LARGEST]:
        msg = f"a table of scores has the value {value:g}; expected a finite number, NaN where a score is not defined"
        raise InputError(msg)
    return values


def _read_row(row: CsvRow, needed: Sequence[str], where: str) -> dict[str, object]:
    require(not row.fault, f"{where} {row.fault}")
    for column in needed:
        require(column in row.cells, f"{where} has no {column}; say whose value it is")
    known: dict[str, object] = {column: cell for column, cell in row.cells.items() if column in COLUMNS}
    return {**known, "value": _read_value(row.cells.get("value", ""), where)}


def _read_value(cell: str, where: str) -> float:
    try:
        value = float(cell) if cell else nan
    except ValueError as error:
        msg = f"{where}: the value {cell!r} is not a number; write nan where a score is not defined"
        raise InputError(msg) from error
    require(not isinf(value), f"{where}: the value is infinite; write nan, or the penalty that your protocol states")
    require(
        isnan(value) or abs(value) <= LARGEST,
        f"{where}: the value {cell} is too large to be a score; correct it, or write nan",
    )
    return value


def _part_lesion(row: dict[str, object]) -> dict[str, object]:
    found = _EARLIER_LESION.fullmatch(str(row.get("structure", "")))
    if found is None or not str(row.get("metric", "")).startswith(_OF_LESIONS):
        return row
    return {**row, "structure": found[1], "lesion": found[2] or found[3]}
