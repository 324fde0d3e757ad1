"""What `btn prepare` shows in the terminal and prints for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.prepare.preparation_record import PreparationRecord
from braintumornet.prepare.quality.figure import SEVERITY, Figure, Verdict
from braintumornet.terminal.screen import Table, screen, styled

MOST_ROWS = 40
STYLES = {Verdict.PASS: "green", Verdict.LOOK: "yellow", Verdict.FAIL: "bold red", Verdict.NOT_ASSESSED: "dim"}


def show_preparation(records: Sequence[PreparationRecord]) -> None:
    """Show one row for each case, failures first, and below how many pass."""
    table = Table(title=f"Prepared cases ({RESEARCH_USE})", title_justify="left")
    for column in ("case", "verdict", "gravest figure", "brain (ml)", "mask by", "seconds"):
        kept = column in ("case", "verdict")
        table.add_column(column, justify="right" if column in ("brain (ml)", "seconds") else "left", no_wrap=kept)
    for record in by_gravity(records)[:MOST_ROWS]:
        table.add_row(
            record.case_id,
            styled((record.verdict, STYLES[record.verdict])),
            what_is_wrong(record),
            brain_ml(record),
            record.brainmask or "-",
            f"{seconds_of(record):.0f}",
        )
    screen.print(table)
    if len(records) > MOST_ROWS:
        screen.print(f"... {len(records) - MOST_ROWS} more cases, none of them worse, on the page and in --json")
    screen.print(summarise_preparation(records))


def as_json(records: Sequence[PreparationRecord]) -> dict[str, Any]:
    """Return what a program would read: verdicts, figures and notes of every case; neither files nor series."""
    return {
        "use": RESEARCH_USE,
        "counts": {verdict.value: count for verdict, count in count_verdicts(records).items()},
        "cases": [
            {
                "case_id": record.case_id,
                "verdict": record.verdict.value,
                "failure": record.failure,
                "reference": record.reference,
                "brainmask": record.brainmask,
                "seconds": seconds_of(record),
                "notes": record.notes,
                "figures": [
                    {"step": step.name, **figure.model_dump()} for step in record.steps for figure in step.figures
                ],
            }
            for record in records
        ],
    }


def by_gravity(records: Iterable[PreparationRecord]) -> list[PreparationRecord]:
    """Return failures first, then what somebody should look at, each in the order of the cases' ids."""
    return sorted(records, key=lambda record: (-SEVERITY.index(record.verdict), record.case_id))


def count_verdicts(records: Iterable[PreparationRecord]) -> dict[Verdict, int]:
    """Return how many cases fail, are to be looked at, and pass."""
    verdicts = [record.verdict for record in records]
    return {verdict: verdicts.count(verdict) for verdict in (Verdict.FAIL, Verdict.LOOK, Verdict.PASS)}


def summarise_preparation(records: Sequence[PreparationRecord]) -> str:
    """Return the outcome in one sentence."""
    fail, look, passed = count_verdicts(records).values()
    cases = f"{len(records)} case{'' if len(records) == 1 else 's'}"
    return f"{cases}: {passed} pass, {look} to look at, {fail} failed"


def grave_figures(record: PreparationRecord) -> list[Figure]:
    """Return the figures that are no pass, failures first."""
    figures = [f for f in all_figures(record) if f.verdict in (Verdict.LOOK, Verdict.FAIL)]
    return sorted(figures, key=lambda figure: -SEVERITY.index(Verdict(figure.verdict)))


def all_figures(record: PreparationRecord) -> list[Figure]:
    """Return the figures of all steps."""
    return [figure for step in record.steps for figure in step.figures]


def what_is_wrong(record: PreparationRecord) -> str:
    """Return why there is no case, or the gravest figure with its limits; blank where nothing is wrong."""
    if record.failure:
        return record.failure
    grave = grave_figures(record)
    return f"{name_figure(grave[0])} {value_of(grave[0])} ({grave[0].limits})" if grave else ""


def name_figure(figure: Figure) -> str:
    """Return what a figure is of."""
    return f"{figure.sequence}, {figure.name}" if figure.sequence else figure.name


def value_of(figure: Figure) -> str:
    """Return a figure's value and unit.

    Example:
        >>> value_of(Figure(name="brain volume", value=1342.4, unit="ml", verdict="pass"))
        '1342 ml'
        >>> value_of(Figure(name="mask agreement", value=0.96312, verdict="pass"))
        '0.963'
    """
    if figure.value is None:
        return "-"
    number = f"{figure.value:.0f}" if abs(figure.value) >= 100 else f"{figure.value:.3g}"
    return f"{number} {figure.unit}".strip()


def brain_ml(record: PreparationRecord) -> str:
    """Return the volume of the brain without its unit; `-` where it is not known."""
    found = [figure.value for figure in all_figures(record) if figure.name == "brain volume"]
    return f"{found[-1]:.0f}" if found and found[-1] is not None else "-"


def seconds_of(record: PreparationRecord) -> float:
    """Return how long all steps took."""
    return sum(step.seconds or 0.0 for step in record.steps)
