"""One line of a cohort table as it stands, with what is wrong with it said rather than refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.cohort.label_scheme import parse_label_scheme
from braintumornet.core.files.csv_file import CsvRow
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import SEQUENCES, find_name_fault, has_control_signs, is_phantom, shorten

OWN_COLUMNS = ("case_id", "patient_id", "cohort", "brainmask", "coding", "pathology", "split")
SPLITS = ("train", "val", "test")
LONGEST_PART_BYTES, LONGEST_PATH_BYTES = 255, 3000  # of a path, as disks have it


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

    @property
    def is_synthetic(self) -> bool:
        """Whether the line is of a phantom, according to the name of its cohort or because a generator made it."""
        return is_phantom(self.cohort, self.attributes)


def read_line(row: CsvRow, folder: Path, cohort: str, file_columns: Sequence[str]) -> Line:
    """Return a line of a table.

    Args:
        row: of the file.
        folder: of the table, which paths are relative to.
        cohort: that the line belongs to where it names none.
        file_columns: columns of sequences and masks.
    """
    cells = row.cells
    named = {column: cells[column] for column in file_columns if column in cells}
    files = {column: folder / cell for column, cell in named.items() if is_image(cell)}
    images = {sequence: file for column, file in files.items() if (sequence := find_sequence(column))}
    split = cells.get("split")
    return Line(
        number=row.number,
        id=cells.get("case_id", ""),
        patient_id=cells.get("patient_id", cells.get("case_id", "")),
        cohort=cells.get("cohort", cohort),
        images={sequence: images[sequence] for sequence in SEQUENCES if sequence in images},
        targets={column: file for column, file in sorted(files.items()) if column.startswith("seg")},
        brainmask=files.get("brainmask"),
        coding=cells.get("coding"),
        pathology=cells.get("pathology"),
        split=split.lower() if split and split.lower() in SPLITS else split,
        attributes={c: cell for c, cell in cells.items() if c not in OWN_COLUMNS and c not in named},
        faults=tuple(_find_faults(row, named)),
    )


def is_image(cell: str | None) -> bool:
    """Say whether a cell names an image."""
    return bool(cell) and str(cell).strip().lower().endswith((".nii", ".nii.gz"))


def _find_file_fault(column: str, cell: str) -> str:
    if not is_image(cell):
        return f"{column} is {shorten(repr(cell))}; expected .nii, .nii.gz or a blank"
    if has_control_signs(cell):
        return f"{column} {shorten(repr(cell))} holds control characters; rename the file"
    longest = max(len(part.encode()) for part in Path(cell).parts)
    if longest > LONGEST_PART_BYTES or len(cell.encode()) > LONGEST_PATH_BYTES:
        return f"{column} {shorten(repr(cell))} is longer than a path can be; check the cell"
    return ""


def _find_faults(row: CsvRow, named: Mapping[str, str]) -> list[str]:
    cells = row.cells
    faults = [f"its line {row.fault}"] if row.fault else []
    if "case_id" not in cells:
        faults.append("has no case_id; give every line one of its own")
    elif fault := find_name_fault(cells["case_id"]):
        faults.append(f"case_id {shorten(repr(cells['case_id']))} {fault}; files are named after it, so choose another")
    faults += [
        f"{column} {shorten(repr(cells[column]))} holds control characters; take them out"
        for column in ("patient_id", "cohort", "pathology")
        if has_control_signs(cells.get(column, ""))
    ]
    faults += [fault for column, cell in named.items() if (fault := _find_file_fault(column, cell))]
    if cells.get("split", "train").lower() not in SPLITS:
        faults.append(f"split {cells['split']!r} is none of {', '.join(SPLITS)}")
    if "coding" in cells:
        try:
            parse_label_scheme(cells["coding"])
        except InputError as error:
            faults.append(str(error))
    return faults
