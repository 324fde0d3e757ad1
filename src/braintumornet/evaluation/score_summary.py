"""What the rows of a table come to: means with the number of cases behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan
from statistics import fmean

import numpy as np

from braintumornet.core.text.errors import InputError
from braintumornet.evaluation.score_table import Score
from braintumornet.statistics.patient_bootstrap import estimate_mean


@dataclass(frozen=True)
class Summary:
    """What the cases of one structure come to, with the number of cases behind it.

    Args:
        task: name of the task.
        structure: region.
        truth: which cases: `all`, `with` the structure in the truth, or `without` it.
        cases: how many these are.
        mean_dice: NaN where there is none.
        mean_dice_low: lower end of its 95 % bootstrap interval over patients; NaN for fewer than 5 patients.
        mean_dice_high: its upper end.
        median_dice: NaN where there is none.
        median_hd95_mm: NaN where there is none.
        mean_surface_dice: NaN where there is none, as for the two below.
        mean_sensitivity: over voxels.
        mean_precision: over voxels.
    """

    task: str
    structure: str
    truth: str
    cases: int
    mean_dice: float
    mean_dice_low: float
    mean_dice_high: float
    median_dice: float
    median_hd95_mm: float
    mean_surface_dice: float = nan
    mean_sensitivity: float = nan
    mean_precision: float = nan


REQUIRED = ("dice", "hd95_mm", "volume_truth_ml")
OTHERS = ("surface_dice", "sensitivity", "precision")


def summarise(scores: Iterable[Score], patients: Mapping[str, str] | None = None) -> list[Summary]:
    """Summarise the regions of a cohort: three rows per task and structure, in the order of the table.

    Args:
        scores: of one run.
        patients: case id -> whose it is; default one patient per case.

    Raises:
        InputError: a case is scored twice, or one of its rows is missing.

    Example:
        >>> metrics = {"dice": 0.8, "hd95_mm": 2.0, "volume_truth_ml": 5.0}
        >>> rows = summarise([Score("a", "tumour", "WT", metric, value) for metric, value in metrics.items()])
        >>> [(row.truth, row.cases, row.mean_dice) for row in rows]
        [('all', 1, 0.8), ('with', 1, 0.8), ('without', 0, nan)]
    """
    tables: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for score in scores:
        metric = "surface_dice" if score.metric.startswith("surface_dice_") else score.metric
        if score.case_id and metric in (*REQUIRED, *OTHERS):
            values = tables.setdefault((score.task, score.structure), {}).setdefault(score.case_id, {})
            if metric in values:
                where = f"case {score.case_id}, {score.task}, {score.structure}"
                msg = f"{where}: {metric} stands there twice; summarise one run at a time"
                raise InputError(msg)
            values[metric] = score.value
    return [
        row for (task, structure), cases in tables.items() for row in _summarise(task, structure, cases, patients or {})
    ]


def _summarise(
    task: str, structure: str, cases: dict[str, dict[str, float]], patients: Mapping[str, str]
) -> Iterable[Summary]:
    for case_id, values in cases.items():
        for metric in REQUIRED:
            if metric not in values:
                msg = f"case {case_id}, {task}, {structure}: {metric} is missing; evaluate the case again"
                raise InputError(msg)
    groups = {
        "all": cases,
        "with": {case_id: values for case_id, values in cases.items() if values["volume_truth_ml"] > 0},
        "without": {case_id: values for case_id, values in cases.items() if values["volume_truth_ml"] == 0},
    }
    for truth, group in groups.items():
        dice, hd95_mm = ([values[metric] for values in group.values()] for metric in ("dice", "hd95_mm"))
        mean = estimate_mean(dice, [patients.get(case_id, case_id) for case_id in group])
        median_dice, median_mm = (float(np.median(column)) if group else nan for column in (dice, hd95_mm))
        row = (mean.value, mean.low, mean.high, median_dice, median_mm)
        yield Summary(task, structure, truth, len(group), *row, *(_mean(group, metric) for metric in OTHERS))


def _mean(group: Mapping[str, Mapping[str, float]], metric: str) -> float:
    """Return the mean over cases; NaN where the table does not have it, as an old one."""
    values = [values[metric] for values in group.values() if metric in values]
    return fmean(values) if values else nan  # exact, so that the order of the cases does not matter
