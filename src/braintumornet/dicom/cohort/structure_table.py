"""Names of structures and what they are, as a table that the user checks in a spreadsheet and gives back.

The only place where the names stand: they are free text, and people write persons into it.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.files.csv_file import CsvKind, CsvRow, one_of, read_csv
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import suggest
from braintumornet.dicom.cohort.find_structures import FoundStructure
from braintumornet.dicom.cohort.label_masks import KNOWN
from braintumornet.dicom.cohort.structure_names import OMIT, suggest_region

COLUMNS = ("object", "name", "region", "target", "cases", "drawn", "reason")
_KIND = CsvKind(
    what="table of structures",
    hint="btn import-contours without --structures writes one; correct its columns 'region' and 'target'",
    needed=("object", "name", "region"),
    rename=one_of(COLUMNS),
)
_TARGET = re.compile(r"seg[A-Za-z0-9_]*")
_FIRST = "seg"

Key = tuple[str, str]
"""Object and name of a structure."""


@dataclass(frozen=True)
class Answer:
    """What a user says that structures of one name are.

    Args:
        region: of the tumour, or `omit`.
        target: column of the masks.
        line: of the table.
    """

    region: str
    target: str
    line: int


def key_of(found: FoundStructure) -> Key:
    """Return what the structures share that one line of the table is about."""
    return found.object_name, found.structure.name


def tabulate_structures(structures: Sequence[FoundStructure]) -> list[dict[str, str]]:
    """Return a row for each object and name, with what is suggested: column -> cell."""
    groups: dict[Key, list[FoundStructure]] = defaultdict(list)
    for found in structures:
        groups[key_of(found)].append(found)
    return [_cells(key, groups[key]) for key in sorted(groups)]


def _cells(key: Key, alike: Sequence[FoundStructure]) -> dict[str, str]:
    number = key[0].rpartition("-")[2]
    meanings = {found.structure.meaning for found in alike}
    meaning = meanings.pop() if len(meanings) == 1 else ""
    found = suggest_region(key[1], meaning, _FIRST if number == "1" else f"{_FIRST}_{number}")
    cases = {each.case_id for each in alike}
    return {
        "object": key[0],
        "name": key[1],
        "region": found.region,
        "target": found.target,
        "cases": str(len(cases)),
        "drawn": _say_drawn(alike),
        "reason": found.reason,
    }


def _say_drawn(alike: Sequence[FoundStructure]) -> str:
    """Say of how many structures a mask can be made, and why not of the others."""
    empty = sum(found.structure.empty for found in alike)
    spoilt = [found.problem for found in alike if found.problem]
    told = [f"{len(alike) - empty - len(spoilt)} of {len(alike)}"]
    told += [f"{empty} without a contour"] if empty else []
    return "; ".join([*told, *([f"one {spoilt[0]}"] if spoilt else [])])


def write_structures(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """Write the table, whole or not at all; one that is there and says something else is not overwritten.

    Raises:
        UsageError: it is there, perhaps with answers.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if path.exists() and path.read_bytes() != text.getvalue().encode():
        msg = f"{path} is there already, perhaps with your answers: add --structures {path}, or remove it to begin anew"
        raise UsageError(msg)
    write_text(path, text.getvalue())


def read_answers(path: Path) -> dict[Key, Answer]:
    """Read what the user says that structures are.

    Args:
        path: the table as `write_structures` wrote it, checked; the columns object, name, region and target are read.

    Raises:
        InputError: names the line without an answer, or with one that is not known.
    """
    table = read_csv(path, _KIND)
    require(not table.faults, f"{path}: {next(iter(table.faults), '')}")
    answers: dict[Key, Answer] = {}
    for row in table.rows:
        require(not row.fault, f"{path}: line {row.number} {row.fault}")
        key = (row.cells.get("object", ""), row.cells.get("name", ""))
        if key in answers:
            msg = f"{path}: line {row.number} repeats line {answers[key].line}; keep one of them"
            raise InputError(msg)
        answers[key] = _answer(path, row)
    return answers


def _answer(path: Path, row: CsvRow) -> Answer:
    said = row.cells.get("region", "")
    require(said, f"{path}: line {row.number} says no region; write {', '.join(KNOWN[:7])} or another, or {OMIT}")
    known = {name.casefold(): name for name in (*KNOWN, OMIT)}
    region = known.get(said.casefold())
    if region is None:
        msg = f"{path}: line {row.number} has the region {said!r}; {suggest(said, known.values())}"
        raise InputError(msg)
    target = row.cells.get("target", _FIRST)
    require(
        _TARGET.fullmatch(target),
        f"{path}: line {row.number} has the target {target!r}; names of masks begin with seg, such as seg or seg_2",
    )
    return Answer(region, target, row.number)


def require_all_answered(
    structures: Sequence[FoundStructure], answers: Mapping[Key, Answer], table: Path, missing: Path
) -> None:
    """Refuse structures that the user's table does not have, and write their lines for it.

    Args:
        structures: all that were found.
        answers: of the table.
        table: that the user gave.
        missing: where the lines are written.

    Raises:
        UsageError: some are missing.
    """
    lost = [row for row in tabulate_structures(structures) if (row["object"], row["name"]) not in answers]
    if lost:
        missing.unlink(missing_ok=True)
        write_structures(lost, missing)
        msg = (
            f"{table} lacks {len(lost)} of the structures that were found; they are in {missing}: check them, and copy "
            f"its lines to {table}"
        )
        raise UsageError(msg)
