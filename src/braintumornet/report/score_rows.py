"""Scores as rows of a page: figures as text, and every case as a dot."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from braintumornet.evaluation.score_summary import Summary, summarise
from braintumornet.evaluation.score_table import MACRO, Score
from braintumornet.report.curves import colour_of
from braintumornet.report.split_scores import Side

NONE = "-"
ALL_CLASSES = "all classes"
TRUTHS = {"all": "", "with": "structure there", "without": "structure absent"}


@dataclass(frozen=True)
class RegionRow:
    """One row of the table of regions; dots, each with its case, and interval are shares of the axis from 0 to 1."""

    task: str
    region: str
    truth: str
    colour: str
    cases: int
    mean: str
    interval: str
    median: str
    hd95_mm: str
    dots: tuple[tuple[str, float], ...]
    mean_at: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class MarkerRow:
    """One row of the table of markers."""

    task: str
    name: str
    cases: int
    auc: str
    auc_interval: str
    accuracy: str
    accuracy_interval: str
    note: str


def list_regions(side: Side) -> list[RegionRow]:
    """Return a row per task and region; further ones for cases with and without it, where there are both."""
    rows = [row for row in summarise(side.scores, side.patients) if row.cases]
    everywhere = {(row.task, row.structure): row.cases for row in rows if row.truth == "all"}
    shown = [row for row in rows if row.truth == "all" or row.cases < everywhere[row.task, row.structure]]
    structures = list(everywhere)
    return [_region_row(row, side.scores, structures.index((row.task, row.structure))) for row in shown]


def _region_row(row: Summary, scores: Sequence[Score], number: int) -> RegionRow:
    own = [score for score in scores if (score.task, score.structure) == (row.task, row.structure)]
    has = {score.case_id: score.value > 0 for score in own if score.metric == "volume_truth_ml"}
    wanted = {"all": (True, False), "with": (True,), "without": (False,)}[row.truth]
    dots = tuple((s.case_id, s.value) for s in own if s.metric == "dice" and has[s.case_id] in wanted)
    told = not isnan(row.mean_dice_low)
    return RegionRow(
        task=row.task,
        region=row.structure,
        truth=TRUTHS[row.truth],
        colour=colour_of(row.structure, number),
        cases=row.cases,
        mean=f"{row.mean_dice:.3f}",
        interval=_interval(row.mean_dice_low, row.mean_dice_high, 3),
        median=f"{row.median_dice:.3f}",
        hd95_mm=f"{row.median_hd95_mm:.1f}",
        dots=dots,
        mean_at=row.mean_dice,
        low=row.mean_dice_low if told else None,
        high=row.mean_dice_high if told else None,
    )


def list_markers(scores: Sequence[Score]) -> list[MarkerRow]:
    """Return a row per class of each marker, and one over its classes."""
    found = {(s.task, s.structure, s.metric): s for s in scores if s.case_id == ""}
    names = [(task, structure) for task, structure, metric in found if metric == "auc"]
    rows = []
    for task, name in sorted(names, key=lambda place: (place[0], place[1] == MACRO)):

        def figure(metric: str, key: tuple[str, str] = (task, name)) -> tuple[str, str]:
            if (*key, metric) not in found or isnan(found[*key, metric].value):
                return NONE, ""
            low, high = (found[*key, f"{metric}_{end}"].value for end in ("low", "high"))
            return f"{found[*key, metric].value:.2f}", _interval(low, high, 2)

        cases = int(found[task, name, "cases"].value)
        shown = ALL_CLASSES if name == MACRO else name
        rows.append(
            MarkerRow(task, shown, cases, *figure("auc"), *figure("balanced_accuracy"), found[task, name, "auc"].note)
        )
    return rows


def _interval(low: float, high: float, digits: int) -> str:
    return NONE if isnan(low) else f"{low:.{digits}f} to {high:.{digits}f}"
