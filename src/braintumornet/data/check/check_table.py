"""A whole cohort table, checked."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from braintumornet.core.cohort.cohort_line import Line
from braintumornet.core.cohort.cohort_table import Table
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.core.workers.parallel import Workers, map_parallel, plan_workers
from braintumornet.data.check.between_cases import check_cohort, check_origins
from braintumornet.data.check.check_case import check_case
from braintumornet.data.check.findings import CaseReport, CohortReport, Facts, Finding, Kind, Severity, about
from braintumornet.volumes.nifti import count_voxels

PROCESS_BYTES = 200 * 2**20  # Python with NumPy and SciPy
VOXEL_BYTES = 4  # a case is held as float32
WORKING_BYTES = 24  # what one check needs beside, per voxel of one volume


def plan_check(table: Table, jobs: int | None = None) -> Workers:
    """Return how many processes fit into memory, each with the largest case of the table.

    Args:
        table: the cohort.
        jobs: wanted; None for one per processor core.
    """
    largest = max(_case_bytes(line) for line in table.lines)
    return plan_workers(jobs, len(table.lines), PROCESS_BYTES + largest)


def _case_bytes(line: Line) -> int:
    sizes = [count_voxels(path) for path in line.files.values()]
    return VOXEL_BYTES * sum(sizes) + WORKING_BYTES * max(sizes, default=0)


def check_table(
    table: Table, workers: Workers, pictures: bool = False, advance: Callable[[Line], object] = lambda line: None
) -> CohortReport:
    """Check every case of a table, and the cases against each other.

    Args:
        table: the cohort.
        workers: how many processes; the findings do not depend on it.
        pictures: whether to take slices to look at.
        advance: called after each case.

    Raises:
        InputError: a process was ended, probably out of memory.
    """
    alone = map_parallel(partial(_try_case, pictures), table.lines, workers.jobs, advance)
    together = check_cohort([(line, report.facts) for line, report in zip(table.lines, alone, strict=True)])
    return CohortReport(
        name=table.name,
        cases=tuple(_with(report, together) for report in alone),
        table=(
            *(Finding(Kind.TABLE, Severity.ERROR, text, line=1) for text in table.faults),
            *(Finding(Kind.COLUMN, Severity.WARNING, text, line=1) for text in table.warnings),
            *(Finding(Kind.COLUMN, Severity.NOTE, text, line=1) for text in table.notes),
            *check_origins(table.lines),
            *(finding for finding in together if finding.line == 1),
        ),
        has=Counter(column for line in table.lines for column in line.files),
        patients=len({line.patient_id for line in table.lines}),
        workers=str(workers),
        phantoms=all(line.is_synthetic for line in table.lines),
    )


def _try_case(pictures: bool, line: Line) -> CaseReport:
    """Check a case; whatever one odd file leads to is a finding about its case."""
    report = attempt(partial(check_case, line, pictures), line.id)
    if not isinstance(report, CaseFailure):
        return report
    text = report.reason
    for column, path in line.files.items():  # a file's name may be a patient's
        text = text.replace(str(path), f"the {column} file")
    unreadable = about(line, Kind.UNREADABLE, Severity.ERROR, text)
    return CaseReport(line.number, line.id, (unreadable,), Facts(), table=line.table)


def _with(report: CaseReport, others: list[Finding]) -> CaseReport:
    own = tuple(finding for finding in others if (finding.table, finding.line) == (report.table, report.line))
    return replace(report, findings=(*report.findings, *own))
