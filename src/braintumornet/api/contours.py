"""Contours and segmentations as a cohort: DICOM series with what was drawn on them become images and masks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

from braintumornet.api.cohort import Cohort
from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.workers.failures import CaseFailure, attempt, part_failures
from braintumornet.dicom.cohort.find_structures import FoundStructures, find_structures
from braintumornet.dicom.cohort.import_case import RegionOutline, import_case
from braintumornet.dicom.cohort.structure_names import OMIT
from braintumornet.dicom.cohort.structure_table import (
    key_of,
    read_answers,
    require_all_answered,
    tabulate_structures,
    write_structures,
)
from braintumornet.terminal.progress import case_progress, waiting

STRUCTURES, MISSING = "structures.csv", "structures_missing.csv"


@dataclass(frozen=True)
class ImportedContours:
    """The result of importing DICOM series and the structures drawn on them.

    Args:
        path: folder of the cohort.
        structures: rows of the table of structures, each as column -> cell.
        cohort: the cases, also in `cohort.csv` of the folder; None until a person has said what the structures are.
        failures: cases that wait for an answer (see `plan.csv`), or whose structures cannot be imported.

    Example:
        >>> found = ImportedContours(Path("contours"), [{"structure": "GTV"}], None, [])
        >>> found.table.name, found.cohort is None  # a person says what GTV is; see `import_contours`
        ('structures.csv', True)
    """

    path: Path
    structures: Sequence[Mapping[str, str]]
    cohort: Cohort | None
    failures: Sequence[CaseFailure]

    @property
    def table(self) -> Path:
        """Path of the table of structures, for a person to check."""
        return self.path / STRUCTURES


def import_contours(
    source: str | PathLike[str],
    folder: str | PathLike[str],
    *,
    structures: str | PathLike[str] | None = None,
    corrections: str | PathLike[str] | None = None,
    progress: bool = True,
) -> ImportedContours:
    """Turn DICOM series with RT Structure Sets and Segmentations into a cohort of NIfTI images and masks.

    A person decides what the names of structures mean: the first call writes them with suggestions to
    `structures.csv`, and the second call takes the checked table. Every mask lies on the grid of the series that it was
    drawn on.

    Args:
        source: folder or zip file of DICOM files.
        folder: folder for the cohort.
        structures: the checked table `structures.csv`; None to write this table and no cohort.
        corrections: the table `plan.csv`, in which a user corrected which image is which sequence.
        progress: show a progress bar.

    Returns:
        The structures that were found, and the cohort once the table says what they are.

    Raises:
        InputError: there is no image or no structure, or a table cannot be read.
        UsageError: a library is missing, or a table lacks structures or would be overwritten.

    Example:
        >>> import_contours("dicom", "contours").table  # doctest: +SKIP
        PosixPath('contours/structures.csv')
        >>> made = import_contours("dicom", "contours", structures="contours/structures.csv")  # doctest: +SKIP
        >>> made.cohort.cases[0].targets  # doctest: +SKIP
    """
    place = Path(folder)
    with waiting("Reading headers and structures", hidden=not progress):
        found = find_structures(Path(source), place, None if corrections is None else Path(corrections))
    rows, waiting_cases = tabulate_structures(found.structures), _cases_that_wait(found)
    if structures is None:
        write_structures(rows, place / STRUCTURES)
        return ImportedContours(place, rows, None, waiting_cases)
    cases, failures = _import_cases(found, _outlines(found, Path(structures), place), place, progress)
    cohort = Cohort(place.resolve().name, tuple(cases))
    write_manifest(cohort, place / TABLE_NAME)
    return ImportedContours(place, rows, cohort, [*waiting_cases, *failures])


def _import_cases(
    found: FoundStructures, outlines: Mapping[str, Sequence[RegionOutline]], folder: Path, progress: bool
) -> tuple[list[Case], list[CaseFailure]]:
    examinations, made = found.planned.examinations, []
    with case_progress("Importing", len(examinations), hidden=not progress) as advance:
        for one in examinations:
            work = partial(import_case, one, outlines.get(one.case_id, ()), found.planned.plan, folder)
            made.append(attempt(work, one.case_id))
            advance(one)
    return part_failures(made)


def _cases_that_wait(found: FoundStructures) -> list[CaseFailure]:
    """Return the cases that wait, without those that are no examination but a structure set by itself."""
    plan = found.planned.plan
    with_images = {row.image.case_id for row in plan.rows if row.image.header and row.image.header.modality == "MR"}
    drawn_on_others = {each.case_id for each in found.structures}
    return [each for each in found.planned.waiting if each.case_id in with_images | drawn_on_others]


def _outlines(found: FoundStructures, table: Path, folder: Path) -> dict[str, list[RegionOutline]]:
    """Return case id -> structures that the user's table calls a region."""
    answers = read_answers(table)
    require_all_answered(found.structures, answers, table, folder / MISSING)
    outlines: dict[str, list[RegionOutline]] = defaultdict(list)
    for each in found.structures:
        answer = answers[key_of(each)]
        if answer.region != OMIT:
            outlines[each.case_id].append(RegionOutline(each, answer.region, answer.target))
    return outlines
