"""The means of the arms as the papers have them: in each split, and over the splits."""

from collections.abc import Collection, Iterable, Mapping
from math import isfinite, nan
from statistics import mean
from typing import Any

import pandas as pd

from braintumornet.core.frames import groups_of
from braintumornet.core.metric import Better, find_metric
from braintumornet.core.scores import Scores
from braintumornet.metrics.marker_answers import MACRO
from braintumornet.statistics.comparison import name_place

DICE, AUC = "dice", "auc"
PART_WORDS = {"val": "validation", "test": "test"}
PLACE = ["part", "task", "structure", "metric"]
"""What has a table of its own: splits down, arms across."""


def split_means(scores: Scores, part: str, metrics: Collection[str] = (DICE, AUC)) -> pd.DataFrame:
    """Return the means of each arm in each split; for markers the mean AUC over classes.

    Patients count alike within a run, seeds and replicates within a split.

    Args:
        scores: of a part.
        part: `val`, `test`, or the name of a fixed cohort.
        metrics: that are wanted.

    Returns:
        `PLACE`, arm, split, value (NaN where it is not defined) and cases (the set of those that were scored).

    Example:
        >>> rows = ({"arm": "a", "split": s, "metric": "dice", "value": v} for s, v in ((1, 0.7), (2, 0.8), (2, 0.6)))
        >>> list(split_means(Scores.of(rows), "test")["value"])
        [0.7, 0.7]
    """
    where = [*PLACE, "arm", "split"]
    levels = [*where, "replicate", "seed", "patient_id"]
    rows = scores.frame.assign(part=part)
    rows = rows[rows["metric"].isin(metrics) & ((rows["metric"] != AUC) | (rows["structure"] == MACRO))]
    means = rows
    for depth in (len(levels), len(levels) - 1, len(where)):  # of a patient, of a run, of a split
        means = means.groupby(levels[:depth], sort=False)["value"].agg(mean_known).reset_index()
    cases = rows.groupby(where, sort=False)["case_id"].agg(frozenset)
    return means.join(cases.rename("cases"), on=where)


def mean_known(values: Iterable[float]) -> float:
    """Return the mean of what is not NaN, whatever the order; NaN where nothing is."""
    known = [value for value in values if isfinite(value)]
    return mean(known) if known else nan


def arm_means(means: pd.DataFrame, baselines: Mapping[str, str]) -> pd.DataFrame:
    """Return the mean of each arm over the splits, and in how many of them it is better than the baseline.

    Args:
        means: as `split_means` returns them, of one part or several.
        baselines: metric -> the arm that the others are compared with.

    Returns:
        `PLACE`, arm, mean, splits (in which it has a value), wins (NA for the baseline, or where nothing can be
        compared), other_cases (it was scored on other cases than the baseline, as an arm is that validates on cases of
        its own) and baseline ("" where that arm has no value here).
    """
    rows: list[tuple[Any, ...]] = []
    for place, own in groups_of(means, *PLACE):
        values, cases = (own.pivot(index="split", columns="arm", values=each) for each in ("value", "cases"))
        known = find_metric(place[-1])
        sign = -1 if known and known.better == Better.LOWER else 1
        baseline = baselines.get(place[-1], "")
        baseline = baseline if baseline in values else ""
        for arm in own["arm"].unique():
            both = pd.DataFrame({"own": cases[arm], "other": cases[baseline or arm]}).dropna()
            other_cases = bool((both["own"] != both["other"]).any())
            compared = baseline not in ("", arm) and not other_cases
            gains = (values[arm] - values[baseline]).round(12) * sign if compared else None
            wins = None if gains is None else int((gains > 0).sum())
            rows.append((*place, arm, mean_known(values[arm]), values[arm].count(), wins, other_cases, baseline))
    columns = [*PLACE, "arm", "mean", "splits", "wins", "other_cases", "baseline"]
    return pd.DataFrame(rows, columns=columns).astype({"wins": "Int64"})


def patient_means(scores: Scores, task: str, structure: str, metric: str = DICE) -> pd.DataFrame:
    """Return patients down and arms across: the mean over the splits and seeds that tested a patient."""
    rows = scores.select(task=task, structure=structure, metric=metric).frame
    return rows.groupby(["patient_id", "arm"])["value"].agg(mean_known).unstack("arm")


def name_about(task: str, structure: str) -> str:
    """Return task and structure in words; of a marker, the task alone.

    Example:
        >>> name_about("tumour", "WT"), name_about("genotype", "macro")
        ('tumour WT', 'genotype')
    """
    return name_place(task, structure if structure != MACRO else "")


def name_metric(metric: str) -> str:
    """Return a metric as people write it.

    Example:
        >>> name_metric("auc"), name_metric("dice")
        ('AUC', 'Dice')
    """
    return metric.upper() if metric == AUC else metric.replace("_", " ").capitalize()


def name_part(part: str) -> str:
    """Return whose scores those of a part are."""
    return PART_WORDS.get(part, part)
