"""The scores of a study as tables: every split as the papers have it, what each arm retains, and the comparisons."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import pandas as pd

from braintumornet.core.frames import groups_of, rows_of
from braintumornet.report.plots import even_ticks
from braintumornet.report.text_table import Column, Strip, TextTable
from braintumornet.results.empty_structure_effect import NOTES
from braintumornet.results.split_means import AUC, PART_WORDS, name_about, name_metric, name_part
from braintumornet.results.study_comparisons import PartComparison
from braintumornet.statistics.comparison import Result, name_place
from braintumornet.statistics.verdict import Verdict
from braintumornet.studies.study_file import TEST
from braintumornet.terminal.cells import NONE, as_effect, as_interval, as_number, as_p, as_signed, explain_effects

TONES = {Verdict.HELPS: "clean", Verdict.NEGATIVE_TRANSFER: "error", Verdict.EQUIVALENT: "note"}
MIDDLE = "quiet"
MOST_COLUMNS = 10  # of arms and parts that are read beside each other


def list_split_tables(means: pd.DataFrame, arms: pd.DataFrame) -> list[TextTable]:
    """Return a table for each structure and marker; the fixed cohorts are apart where it would be too wide.

    Args:
        means: of each arm in each split.
        arms: over the splits.
    """
    shown = []
    for (task, structure, metric), own in groups_of(arms, "task", "structure", "metric"):
        fixed = ~own["part"].isin(PART_WORDS)
        together = len(own) <= MOST_COLUMNS
        for columns, ending in [(own, "")] if together else [(own[~fixed], ""), (own[fixed], ", fixed cohorts")]:
            if len(columns):
                title = f"{name_metric(metric)}, {name_about(task, structure)}{ending}"
                cells = means.merge(columns[["part", "task", "structure", "metric", "arm"]])
                shown.append(_split_table(title, cells, columns))
    return shown


def _split_table(title: str, means: pd.DataFrame, arms: pd.DataFrame) -> TextTable:
    places = list(zip(arms["part"], arms["arm"], strict=True))
    values = means.pivot(index="split", columns=["part", "arm"], values="value")[places]
    columns = [Column(arm, name_part(part), "number") for part, arm in places]
    rows = [(split, *values.loc[split].map(as_number)) for split in means["split"].unique()]
    over_splits = ("mean", *map(as_number, arms["mean"]))
    wins = ("wins", *(_wins(arm) for arm in rows_of(arms)))
    return TextTable(title, (Column("split"), *columns), (*rows, over_splits, wins), foot=2)


def _wins(arm: Any) -> str:
    if arm.arm == arm.baseline:
        return "baseline"
    if arm.other_cases:
        return "other cases"
    return NONE if pd.isna(arm.wins) else f"{arm.wins}/{arm.splits}"


def list_retention_table(title: str, kept: pd.DataFrame, reference: str) -> TextTable:
    """Return arms down, structures across: what each reaches, and its change against a network for each task."""
    columns, cells = [Column("arm")], {arm: [arm] for arm in kept["arm"].unique()}
    for (part, task, structure), own in groups_of(kept, "part", "task", "structure"):
        about = name_place(task, structure) + ("" if part in PART_WORDS else f", {part}")
        columns += [Column("mean Dice", about, "number")]
        columns += [Column("change", about, "number")] if reference else []
        for row in rows_of(own.set_index("arm").reindex(list(cells)).reset_index()):
            change = "" if row.arm == reference else as_signed(row.change)
            cells[row.arm] += [as_number(row.mean_dice), change] if reference else [as_number(row.mean_dice)]
    return TextTable(title, tuple(columns), tuple(map(tuple, cells.values())))


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
        Column("wins", kind="number"),
        Column("p, Holm", kind="number"),
        Column("MDE", kind="number"),
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
            f"{result.improved}/{result.of}",
            as_p(result.p_holm),
            as_effect(result),
            str(result.verdict),
        )
        for result in results
    )
    ticks = tuple(
        ((value - low) / (high - low), f"{value:+.10g}" if value else "0") for value, _ in even_ticks(low, high)
    )
    title = f"{name_metric(each.metric)} against {comparison.baseline}, {name_part(each.part)}"
    return TextTable(title, columns, rows, strips=strips, axis=ticks, note=" · ".join(_notes(each)))


def _about(result: Result, metric: str) -> str:
    return name_place(result.task, "" if metric == AUC else result.structure)


def _notes(each: PartComparison) -> list[str]:
    left_out = f"left out, because not all arms have it: {', '.join(each.left_out)}"
    said = [*each.comparison.notes, *explain_effects(each.comparison)] if each.comparison else []
    return [left_out, *said] if each.left_out else said


def _axis(results: Sequence[Result]) -> tuple[float, float]:
    """Return the ends of the axis that all intervals fit on, zero among them."""
    ends = (end for result in results for end in (*result.interval, result.difference) if isfinite(end))
    values = [0.0, *ends]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.01, high + 0.01)


def _strip(result: Result, low: float, high: float) -> Strip:
    ends = result.interval
    at = [(value - low) / (high - low) for value in (result.difference, 0.0)]
    places = [(end - low) / (high - low) for end in ends] if isfinite(ends[0]) else [None, None]
    return Strip(TONES.get(result.verdict, MIDDLE), at[0], at[1], places[0], places[1])


def list_verdicts(comparisons: Sequence[PartComparison]) -> dict[tuple[str, str], list[tuple[str, str, str, str]]]:
    """Return the verdicts of the test set.

    Returns:
        Metric and structure, and the baseline -> each arm with its verdict, the difference, and a class of the style
        sheet.
    """
    verdicts: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for each in comparisons:
        for result in each.comparison.results if each.part == TEST and each.comparison else ():
            cells = (result.arm, str(result.verdict), as_signed(result.difference), TONES.get(result.verdict, MIDDLE))
            about = f"{name_metric(each.metric)} {_about(result, each.metric)}"
            verdicts.setdefault((about, each.comparison.baseline), []).append(cells)  # type: ignore[union-attr]
    return verdicts


def list_empty_structure_table(empty_structures: pd.DataFrame) -> TextTable:
    """Return what the rules for empty structures changed."""
    columns = (
        Column("arm"),
        Column("of"),
        Column("rows", kind="number"),
        *(Column(name, "decided by a rule, empty in", "number") for name in ("both", "truth", "prediction")),
        Column("no prediction", "", "number"),
        Column("not assessed", "", "number"),
        Column("mean Dice", kind="number"),
        Column("without these rows", kind="number"),
        Column("change", kind="number"),
    )
    about = map(name_place, empty_structures["task"], empty_structures["structure"])
    counts = empty_structures[["rows", *NOTES]].astype(str).to_numpy()
    dice = (empty_structures["mean"].map(as_number), empty_structures["without"].map(as_number))
    change = (empty_structures["mean"] - empty_structures["without"]).map(as_signed)
    rows = zip(empty_structures["arm"], about, *counts.T, *dice, change, strict=True)
    return TextTable("Empty structures, test", columns, tuple(rows))
