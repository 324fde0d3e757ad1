"""What the rows of a table come to: means with the number of cases behind them."""

from collections.abc import Iterator, Mapping
from math import isnan, nan
from statistics import fmean
from typing import Any

import pandas as pd

from braintumornet.core.score_notes import NOT_ASSESSED
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError
from braintumornet.scoring.detection_rows import DETECTION
from braintumornet.scoring.marker_rows import MARKER_METRICS
from braintumornet.scoring.masks_of_case import OF_LESIONS
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.statistics.patient_bootstrap import estimate_mean

REQUIRED = ("dice", "hd95_mm", "volume_truth_ml")
SURFACE = "surface_dice"  # whatever its tolerance
ABOUT_COHORT = ("cases", "lesions", "predicted_as_", "reliability_", "baseline_")
"""How metrics begin that count a cohort's cases, or are shown beside a marker's own."""
OTHERS = (SURFACE, "sensitivity", "precision")
COLUMNS = (
    *("task", "structure", "truth", "cases", "mean_dice", "mean_dice_low", "mean_dice_high", "median_dice"),
    *("median_hd95_mm", *(f"mean_{metric}" for metric in OTHERS)),
)


def summarise(scores: Scores) -> pd.DataFrame:
    """Summarise the regions of a cohort: rows per task and structure, in the order of the table.

    Args:
        scores: of one run.

    Returns:
        A row for `all` cases, for those `with` the structure in the truth, and `without` it, and, where some were not
        assessed, which are failures in these rows, for those that were `assessed`: how many they are, mean Dice with
        its 95 % bootstrap interval over patients, medians of Dice and HD95, and means of the surface Dice, of
        sensitivity and precision over voxels. NaN where there is no case; no interval for fewer than 5 patients.

    Raises:
        InputError: a case is scored twice, or one of its rows is missing.

    Example:
        >>> metrics = {"dice": 0.8, "hd95_mm": 2.0, "volume_truth_ml": 5.0}
        >>> where = {"case_id": "a", "task": "tumour", "structure": "WT"}
        >>> rows = summarise(Scores.of({**where, "metric": name, "value": value} for name, value in metrics.items()))
        >>> [(row.truth, row.cases, row.mean_dice) for row in rows.itertuples()]
        [('all', 1, 0.8), ('with', 1, 0.8), ('without', 0, nan)]
    """
    frame = scores.select(lesion="").frame
    surface = _surface_of(frame)
    frame = frame[(frame["case_id"] != "") & frame["metric"].isin([*REQUIRED, *OTHERS, surface])]
    refused = frame["note"].str.contains(NOT_ASSESSED, regex=False).astype(bool)
    frame = frame.assign(metric=frame["metric"].replace(surface, SURFACE), assessed=~refused)
    rows: list[dict[str, Any]] = []
    for (task, structure), own in frame.groupby(["task", "structure"], sort=False):
        assessed = own.groupby("case_id")["assessed"].all()
        table = _table(own)
        told = table["case_id"].map(assessed).astype(bool)
        rows += [{"task": task, "structure": structure, **row} for row in _summarise(table, told)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summarise_others(scores: Scores) -> pd.DataFrame:
    """Summarise what was measured besides the usual metrics of masks and markers, as by a plug-in.

    Args:
        scores: of one run.

    Returns:
        A row per task, structure and metric: how many cases have a value, and its mean with the 95 % bootstrap interval
        over patients; for one of a whole cohort its value, with the interval that the table has.

    Example:
        >>> rows = [{"case_id": case, "task": "age", "metric": "error_mm", "value": 2.0} for case in "ab"]
        >>> summarise_others(Scores.of(rows))[["task", "metric", "cases", "mean"]].values.tolist()
        [['age', 'error_mm', 2, 2.0]]
    """
    rows = [
        {"task": task, "structure": structure, **row}
        for (task, structure), own in scores.select(lesion="").groups("task", "structure")
        for row in _list_others(own)
    ]
    return pd.DataFrame(rows, columns=["task", "structure", "metric", "cases", "mean", "low", "high"])


def _list_others(own: Scores) -> Iterator[Mapping[str, Any]]:
    metrics = (*ScoreSettings().of_masks(), *OF_LESIONS, *MARKER_METRICS, *DETECTION)
    of_cohort = {row.metric: row.value for row in own.select(case_id="")}
    ends = {f"{metric}{end}" for metric in of_cohort for end in ("_low", "_high")}
    known = {*(metric.name for metric in metrics), *ends, _surface_of(own.frame), "probability", "answered"}
    for (metric,), rows in own.groups("metric"):
        if metric in known or metric.startswith(ABOUT_COHORT):
            continue
        cases, mean = of_cohort.get("cases", nan), of_cohort.get(metric, nan)
        low, high = (of_cohort.get(f"{metric}{end}", nan) for end in ("_low", "_high"))
        if metric not in of_cohort:
            frame = rows.frame.dropna(subset="value")
            found = estimate_mean(frame["value"].tolist(), frame["patient_id"].tolist())
            cases, mean, low, high = len(frame), found.value, found.low, found.high
        if not isnan(mean):
            yield {"metric": metric, "cases": cases, "mean": mean, "low": low, "high": high}


def about_cohort(scores: Scores) -> dict[tuple[str, str, str], Any]:
    """Return task, structure, metric -> row, of those that are about a cohort and not about lesions of a size."""
    return {(row.task, row.structure, row.metric): row for row in scores.select(case_id="", lesion="")}


def shown_means(means: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that say something: those of some cases only where there are others beside them."""
    everywhere = means.groupby(["task", "structure"], sort=False)["cases"].transform("max")
    return means[(means["cases"] > 0) & ((means["truth"] == "all") | (means["cases"] < everywhere))]


def _surface_of(frame: pd.DataFrame) -> str:
    """Return what the usual surface Dice of a table is called."""
    return next((name for name in frame["metric"].unique() if name.startswith(f"{SURFACE}_")), SURFACE)


def _table(own: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each case of one structure, a column for each metric; no column for what no case has."""
    for row in own[own.duplicated(["case_id", "metric"])].itertuples():
        where = f"case {row.case_id}, {row.task}, {row.structure}"
        msg = f"{where}: {row.metric} is there twice; summarise one run at a time"
        raise InputError(msg)
    table = own.pivot(index=["case_id", "patient_id"], columns="metric", values="value").reset_index()
    for metric in REQUIRED:
        lacking = table if metric not in table else table[table[metric].isna()]
        for case_id in lacking["case_id"]:
            where = f"case {case_id}, {own['task'].iloc[0]}, {own['structure'].iloc[0]}"
            msg = f"{where}: {metric} is missing; evaluate the case again"
            raise InputError(msg)
    return table


def _summarise(table: pd.DataFrame, assessed: "pd.Series[bool]") -> Iterator[Mapping[str, Any]]:
    there = table["volume_truth_ml"] > 0
    groups = {"all": table, "with": table[there], "without": table[~there]}
    for truth, group in (groups if assessed.all() else {**groups, "assessed": table[assessed]}).items():
        mean = estimate_mean(group["dice"].tolist(), group["patient_id"].tolist())
        yield {
            "truth": truth,
            "cases": len(group),
            "mean_dice": mean.value,
            "mean_dice_low": mean.low,
            "mean_dice_high": mean.high,
            "median_dice": float(group["dice"].median()),
            "median_hd95_mm": float(group["hd95_mm"].median()),
            **{f"mean_{metric}": _mean(group, metric) for metric in OTHERS},
        }


def _mean(group: pd.DataFrame, metric: str) -> float:
    """Return the mean over cases; NaN where the table does not have it, as an old one."""
    values = group[metric].dropna().tolist() if metric in group else []
    return fmean(values) if values else nan  # exact, so that the order of the cases does not matter
