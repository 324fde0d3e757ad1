"""The scores of a study as tables: every split as the papers have it, what each arm lost, and the comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from braintumornet.report.text_table import Column, Strip, TextTable
from braintumornet.results.empty_rules import Emptied
from braintumornet.results.outcome import AUC, ArmColumn, PaperTable, PartComparison
from braintumornet.results.retention import Kept
from braintumornet.statistics.cells import NONE, as_effect, as_interval, as_number, as_p, as_signed, interval_of
from braintumornet.statistics.compare import Result, name_place
from braintumornet.statistics.verdict import Verdict
from braintumornet.studies.study_file import TEST, VAL

PART_WORDS = {VAL: "validation", TEST: "test"}
TONES = {Verdict.HELPS: "clean", Verdict.NEGATIVE_TRANSFER: "error", Verdict.EQUIVALENT: "note"}
MIDDLE = "quiet"
MOST_COLUMNS = 10  # of arms and parts that are read beside each other


def name_metric(metric: str) -> str:
    """Return a metric as people write it.

    Example:
        >>> name_metric("auc"), name_metric("dice")
        ('AUC', 'Dice')
    """
    return metric.upper() if metric == AUC else metric.capitalize()


def name_part(part: str) -> str:
    """Return whose scores those of a part are."""
    return PART_WORDS.get(part, part)


def list_split_tables(tables: Sequence[PaperTable]) -> list[TextTable]:
    """Return a table for each structure and marker; the fixed cohorts are apart where it would be too wide."""
    shown = []
    for place in dict.fromkeys((table.about, table.metric) for table in tables):
        own = [table for table in tables if (table.about, table.metric) == place]
        sides, fixed = (
            [table for table in own if (table.part in PART_WORDS) == own_side] for own_side in (True, False)
        )
        together = sum(len(table.columns) for table in own) <= MOST_COLUMNS
        for parts, ending in [(own, "")] if together else [(sides, ""), (fixed, ", fixed cohorts")]:
            if parts:
                shown.append(_split_table(f"{name_metric(place[1])}, {place[0]}{ending}", parts))
    return shown


def _split_table(title: str, parts: Sequence[PaperTable]) -> TextTable:
    splits = list(dict.fromkeys(split for table in parts for split in table.splits))
    cells = [(table, column) for table in parts for column in table.columns]
    columns = [Column(column.arm, name_part(table.part), "number") for table, column in cells]
    rows = [(split, *(_split_cell(table, column, split) for table, column in cells)) for split in splits]
    means = ("mean", *(as_number(column.mean) for _, column in cells))
    wins = ("better", *(_wins(column, table.baseline) for table, column in cells))
    return TextTable(title, (Column("split"), *columns), (*rows, means, wins), foot=2)


def _split_cell(table: PaperTable, column: ArmColumn, split: str) -> str:
    return as_number(column.by_split[table.splits.index(split)]) if split in table.splits else NONE


def _wins(column: ArmColumn, baseline: str) -> str:
    if column.arm == baseline:
        return "baseline"
    if column.elsewhere:
        return "other cases"
    known = sum(map(isfinite, column.by_split))
    return NONE if column.wins is None else f"{column.wins} of {known}"


def list_retention_table(title: str, kept: Sequence[Kept], reference: str) -> TextTable:
    """Return arms down, structures across: what each reaches, and what it lost against a network for each task."""
    places = list(dict.fromkeys((row.part, row.task, row.structure) for row in kept))
    found = {(row.arm, row.part, row.task, row.structure): row for row in kept}
    columns = [Column("arm")]
    for part, task, structure in places:
        about = name_place(task, structure) + ("" if part in PART_WORDS else f", {part}")
        columns += [Column("mean Dice", about, "number")]
        columns += [Column("lost", about, "number")] if reference else []
    rows = []
    for arm in dict.fromkeys(row.arm for row in kept):
        cells = [_kept_cells(found.get((arm, *place)), arm, reference) for place in places]
        rows.append((arm, *(cell for pair in cells for cell in pair)))
    return TextTable(title, tuple(columns), tuple(rows))


def _kept_cells(row: Kept | None, arm: str, reference: str) -> tuple[str, ...]:
    mean = NONE if row is None else as_number(row.mean)
    if not reference:
        return (mean,)
    return mean, "" if arm == reference else (NONE if row is None else as_signed(row.lost))


def list_comparison_table(each: PartComparison) -> TextTable | None:
    """Return the arms of a part against the baseline; None where nothing can be compared."""
    comparison = each.comparison
    if comparison is None:
        return None
    results = comparison.results
    low, high = _axis(results)
    strips = tuple(_strip(result, low, high) for result in results)
    columns = (
        Column("arm"),
        Column("of"),
        Column("mean", kind="number"),
        Column(comparison.baseline, kind="number"),
        Column("difference", kind="number"),
        Column("95 % interval", kind="interval"),
        Column("better", kind="number"),
        Column("p, Holm", kind="number"),
        Column("least shown", kind="number"),
        Column("verdict", kind="verdict"),
    )
    rows = tuple(
        (
            result.arm,
            _about(result, each.metric),
            as_number(result.mean),
            as_number(result.baseline_mean),
            as_signed(result.difference),
            as_interval(result),
            f"{result.improved} of {result.of}",
            as_p(result.p_holm),
            as_effect(result),
            str(result.verdict),
        )
        for result in results
    )
    ticks = tuple(((value - low) / (high - low), f"{value:+.10g}" if value else "0") for value in _ticks(low, high))
    title = f"{name_metric(each.metric)} against {comparison.baseline}, {name_part(each.part)}"
    return TextTable(title, columns, rows, strips=strips, axis=ticks, note=" · ".join(_notes(each)))


def _about(result: Result, metric: str) -> str:
    return name_place(result.task, "" if metric == AUC else result.structure)


def _notes(each: PartComparison) -> list[str]:
    left_out = f"left out, because not all arms have it: {', '.join(each.left_out)}"
    said = list(each.comparison.notes) if each.comparison else []
    return [left_out, *said] if each.left_out else said


def _axis(results: Sequence[Result]) -> tuple[float, float]:
    """Return the ends of the axis that all intervals fit on, zero among them."""
    values = [0.0]
    for result in results:
        values += [end for end in (*interval_of(result), result.difference) if isfinite(end)]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.01, high + 0.01)


def _ticks(low: float, high: float) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [round(float(tick), 10) for tick in ticks if low <= tick <= high]


def _strip(result: Result, low: float, high: float) -> Strip:
    ends = interval_of(result)
    at = [(value - low) / (high - low) for value in (result.difference, 0.0)]
    places = [(end - low) / (high - low) for end in ends] if isfinite(ends[0]) else [None, None]
    return Strip(TONES.get(result.verdict, MIDDLE), at[0], at[1], places[0], places[1])


@dataclass(frozen=True)
class Said:
    """What is said of the arms in one structure or marker of the test side.

    Args:
        about: metric and structure.
        baseline: that the arms are compared with.
        arms: each with its verdict, the difference, and a class of the style sheet.
    """

    about: str
    baseline: str
    arms: tuple[tuple[str, str, str, str], ...]


def list_verdicts(comparisons: Sequence[PartComparison]) -> list[Said]:
    """Return the verdicts of the test side."""
    verdicts: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for each in comparisons:
        for result in each.comparison.results if each.part == TEST and each.comparison else ():
            cells = (result.arm, str(result.verdict), as_signed(result.difference), TONES.get(result.verdict, MIDDLE))
            about = f"{name_metric(each.metric)} {_about(result, each.metric)}"
            verdicts.setdefault((about, each.comparison.baseline), []).append(cells)  # type: ignore[union-attr]
    return [Said(*place, tuple(arms)) for place, arms in verdicts.items()]


def list_emptied_table(emptied: Sequence[Emptied]) -> TextTable:
    """Return what the rules for empty structures changed."""
    columns = (
        Column("arm"),
        Column("of"),
        Column("rows", kind="number"),
        *(Column(name, "decided by a rule, empty in", "number") for name in ("both", "truth", "prediction")),
        Column("no prediction", "", "number"),
        Column("mean Dice", kind="number"),
        Column("without these rows", kind="number"),
        Column("change", kind="number"),
    )
    rows = tuple(
        (
            one.arm,
            name_place(one.task, one.structure),
            str(one.rows),
            *map(str, one.decided),
            as_number(one.dice),
            as_number(one.without),
            as_signed(one.dice - one.without),
        )
        for one in emptied
    )
    return TextTable("Empty structures, test", columns, rows)
