"""What `btn check` shows in the terminal and prints for programs."""

from collections.abc import Iterable
from typing import Any

from rich.table import Column

from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.data.check.findings import CaseReport, CohortReport, Finding, Severity
from braintumornet.terminal.console import print_json
from braintumornet.terminal.screen import numbers, screen, show_table, styled

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
MOST_ROWS = 12  # of two or three lines each: one screen


def show_check(report: CohortReport) -> None:
    """Show every finding on one screen; where there are too many, one row for each kind."""
    findings = report.findings
    if findings:
        (_show_findings if len(findings) <= MOST_ROWS else _show_kinds)(findings)
    screen.print(summarise_check(report), style=None if findings else "green")
    screen.print(f"{report.workers}; {RESEARCH_USE}", style="dim")


def summarise_check(report: CohortReport) -> str:
    """Return the outcome in one sentence."""
    several = any(case.table for case in report.cases)
    cases = f"{len(report.cases)} case{'s' * (len(report.cases) != 1)} of cohort{'s' * several} {report.name}"
    if not report.findings:
        return f"{cases}: nothing wrong was found"
    counts = [f"{n} {severity}{'s' * (n != 1)}" for severity in Severity if (n := report.count(severity))]
    worst = report.findings[0].severity
    meaning = {
        Severity.ERROR: "; training would fail or learn what is wrong",
        Severity.WARNING: "; look at the warnings",
        Severity.NOTE: "; nothing that hinders training",
    }
    return f"{cases}: {', '.join(counts)}{meaning[worst]}"


def name_case(finding: Finding | CaseReport) -> str:
    """Return the case's id, or where it stands if it has none."""
    return finding.case_id or ("the table" if finding.line == 1 else name_line(finding))


def name_line(finding: Finding | CaseReport) -> str:
    """Return which line it is about, and of which table where there are several."""
    return f"line {finding.line}" + (f" of {finding.table}" if finding.table else "")


def count_cases(findings: Iterable[Finding]) -> int:
    """Return how many cases, not tables, the findings are about."""
    return len({(finding.table, finding.line) for finding in findings if finding.line > 1})


def _show_findings(findings: tuple[Finding, ...]) -> None:
    rows = (
        (
            styled((finding.severity, STYLES[finding.severity])),
            name_case(finding),
            f"{finding.table} {finding.line}".strip(),
            styled(finding.text, (f"\n{finding.file}" if finding.file else "", "dim")),
        )
        for finding in findings
    )
    show_table("Findings", (Column("", no_wrap=True), "case", Column("line", no_wrap=True), "what"), rows)


def _show_kinds(findings: tuple[Finding, ...]) -> None:
    kinds: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.kind), []).append(finding)
    rows = (
        (
            styled((severity, STYLES[severity])),
            kind.replace("-", " "),
            str(count_cases(found)),
            f"{name_case(found[0])}: {found[0].text}",
        )
        for (severity, kind), found in kinds.items()
    )
    title = f"Findings: {len(findings)}, by kind (--html FILE and --json show each)"
    show_table(title, ("", Column("what", no_wrap=True), *numbers("cases"), "for example"), rows)


def print_check_json(report: CohortReport) -> None:
    """Print everything but the pictures for a program."""
    print_json(
        {
            "use": RESEARCH_USE,
            "cohort": report.name,
            "counts": {str(severity): report.count(severity) for severity in Severity},
            "findings": list(map(vars, report.findings)),
            "cases": [_case_as_json(case) for case in report.cases],
        }
    )


def _case_as_json(case: CaseReport) -> dict[str, Any]:
    space = case.facts.space
    return {
        "table": case.table,
        "line": case.line,
        "case_id": case.case_id,
        "worst": case.worst,
        "shape": None if space is None else space.shape,
        "spacing_mm": None if space is None else space.spacing_mm,
        "orientation": case.facts.orientation,
        "tumour_ml": case.facts.tumour_ml,
        "brain_ml": None if case.facts.brain is None else case.facts.brain.brain_ml,
        "skull": None if case.facts.brain is None else case.facts.brain.skull,
    }
