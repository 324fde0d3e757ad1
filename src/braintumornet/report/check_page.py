"""The page of `btn check`: one HTML file that holds its pictures, for a screen in light or dark and for paper."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from braintumornet.core.space import spacing_text
from braintumornet.core.text.names import SEQUENCES
from braintumornet.data.check.findings import ORDER, CaseReport, CohortReport, Finding, Severity, shape_text
from braintumornet.report.html_page import COLOURS, contour_colour, draw, write_page
from braintumornet.terminal.check_screen import count_cases, name_case, name_line, summarise_check

MOST_WITH_PICTURES = 100  # about 70 kB each


def write_check_page(report: CohortReport, path: Path) -> None:
    """Write the page whole or not at all; it names cases by their ids and shows no path.

    Raises:
        InputError: it cannot be written.
    """
    cases = sorted(report.cases, key=lambda case: len(ORDER) if case.worst is None else ORDER[case.worst])
    shown = [case for place, case in enumerate(cases) if case.worst or place < MOST_WITH_PICTURES]
    cards = [_card(case, place < MOST_WITH_PICTURES) for place, case in enumerate(shown)]
    drawn = {region for card in cards for picture in card["pictures"] for region in picture.contours}
    write_page(
        "check.html",
        path,
        report=report,
        summary=summarise_check(report),
        counts=[
            (severity, report.count(severity), count_cases(one for one in report.findings if one.severity == severity))
            for severity in Severity
        ],
        kinds=_list_kinds(report.findings),
        holdings=_list_holdings(report),
        cards=cards,
        left_out=[case.case_id for case in cases[len(shown) :]],
        most_with_pictures=MOST_WITH_PICTURES,
        colours={region: contour_colour(region) for region in (*COLOURS, "label") if region in drawn},
    )


def _list_kinds(findings: Sequence[Finding], most: int = 6) -> list[dict[str, Any]]:
    """Return a row for each kind of finding; its cases are counted, and the first of them named."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        names = kinds.setdefault((finding.severity, finding.kind), [])
        names += [] if name_case(finding) in names else [name_case(finding)]
    return [
        {
            "severity": severity,
            "name": kind.replace("-", " "),
            "cases": len(names),
            "ids": ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else ""),
        }
        for (severity, kind), names in kinds.items()
    ]


def _list_holdings(report: CohortReport) -> list[tuple[str, str]]:
    """Return what the cohort has, as pairs of a name and a text."""
    columns = [*SEQUENCES, *sorted(set(report.has) - {*SEQUENCES})]
    rows = [(column, f"{report.has.get(column, 0)} of {len(report.cases)}") for column in columns]
    spaces = [case.facts.space for case in report.cases if case.facts.space is not None]
    if spaces:
        rows.append(("voxels", _usual([shape_text(space.shape) for space in spaces])))
        rows.append(("voxel size", _usual([spacing_text(space.spacing_mm) for space in spaces])))
        rows.append(("axes run", _usual([case.facts.orientation or "" for case in report.cases if case.facts.space])))
    volumes = [case.facts.tumour_ml for case in report.cases if case.facts.tumour_ml is not None]
    if any(volumes):
        there = [ml for ml in volumes if ml]
        rows.append(("labelled volume", f"median {median(there):.3g} ml ({min(there):.3g} to {max(there):.3g})"))
    if 0 in volumes:
        rows.append(("empty masks", f"{volumes.count(0)} of {len(volumes)}: annotated, no lesion"))
    return rows


def _usual(values: Sequence[str]) -> str:
    most = max(sorted(set(values)), key=values.count)
    return most if len(set(values)) == 1 else f"{most} in {values.count(most)} of {len(values)}"


def _card(case: CaseReport, with_pictures: bool) -> dict[str, Any]:
    facts = case.facts
    about = [] if case.line == 0 else [name_line(case)]
    if facts.space is not None:
        spacing = spacing_text(facts.space.spacing_mm)
        about += [f"{shape_text(facts.space.shape)} voxels", spacing, str(facts.orientation)]
    if facts.brain is not None:
        about.append(f"{facts.brain.brain_ml:.0f} ml brain{' and skull' if facts.brain.skull else ''}")
    if facts.tumour_ml is not None:
        about.append(f"{facts.tumour_ml:.3g} ml labelled" if facts.tumour_ml else "mask empty")
    return {
        "name": name_case(case),
        "about": " · ".join(about),
        "worst": case.worst or "clean",
        "findings": sorted(case.findings, key=lambda finding: ORDER[finding.severity]),
        "pictures": [draw(picture) for picture in case.pictures] if with_pictures else [],
    }
