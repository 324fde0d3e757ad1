"""Scores as rows of a page: figures as text, and every case as a dot."""

from math import isnan
from typing import Any

from braintumornet.core.frames import rows_of
from braintumornet.core.score_notes import NOT_ASSESSED
from braintumornet.core.scores import Scores
from braintumornet.evaluation.score_summary import about_cohort, shown_means, summarise, summarise_others
from braintumornet.metrics.marker_answers import MACRO
from braintumornet.report.training_curves import colour_of

NONE = "-"
ALL_CLASSES = "all classes"
TRUTHS = {"all": "", "with": "structure present", "without": "structure absent", "assessed": "assessed only"}


def list_regions(scores: Scores) -> list[dict[str, Any]]:
    """Return a row per task and region; further ones for cases with and without it, where there are both.

    Its dots, each with its case, and its interval are shares of the axis from 0 to 1; None for no interval.
    """
    shown = shown_means(summarise(scores))
    structures = list(dict.fromkeys(zip(shown["task"], shown["structure"], strict=True)))
    return [_region_row(row, scores, structures.index((row.task, row.structure))) for row in rows_of(shown)]


def _region_row(row: Any, scores: Scores, number: int) -> dict[str, Any]:
    own = scores.select(task=row.task, structure=row.structure, lesion="")
    has = {one.case_id: one.value > 0 for one in own.select(metric="volume_truth_ml")}
    dots = [one for one in own.select(metric="dice") if _belongs(one, has[one.case_id], row.truth)]
    has_interval = not isnan(row.mean_dice_low)
    return {
        "task": row.task,
        "region": row.structure,
        "truth": TRUTHS[row.truth],
        "colour": colour_of(row.structure, number),
        "cases": row.cases,
        "mean": f"{row.mean_dice:.3f}",
        "interval": _interval(row.mean_dice_low, row.mean_dice_high, 3),
        "median": f"{row.median_dice:.3f}",
        "hd95_mm": f"{row.median_hd95_mm:.1f}",
        "dots": [(one.case_id, one.value) for one in dots],
        "mean_at": row.mean_dice,
        "low": row.mean_dice_low if has_interval else None,
        "high": row.mean_dice_high if has_interval else None,
    }


def _belongs(dice: Any, there: bool, truth: str) -> bool:
    if truth == "assessed":
        return NOT_ASSESSED not in dice.note
    return there if truth == "with" else truth == "all" or not there


def list_markers(scores: Scores) -> list[dict[str, Any]]:
    """Return a row per class of each marker, and one over its classes."""
    found = about_cohort(scores)
    places = [(task, structure) for task, structure, metric in found if metric == "auc"]

    def figures(place: tuple[str, str], metric: str, called: str) -> dict[str, str]:
        if (*place, metric) not in found or isnan(found[*place, metric].value):
            return {called: NONE, f"{called}_interval": ""}
        value, low, high = (found[*place, metric + end].value for end in ("", "_low", "_high"))
        return {called: f"{value:.2f}", f"{called}_interval": _interval(low, high, 2)}

    return [
        {
            "task": task,
            "name": ALL_CLASSES if name == MACRO else name,
            "cases": int(found[task, name, "cases"].value),
            **figures((task, name), "auc", "auc"),
            **figures((task, name), "balanced_accuracy", "accuracy"),
            "note": found[task, name, "auc"].note,
        }
        for task, name in sorted(places, key=lambda place: (place[0], place[1] == MACRO))
    ]


def list_others(scores: Scores) -> list[dict[str, Any]]:
    """Return a row for whatever else was measured of each case, as by a plug-in."""
    return [
        {
            **{"task": row.task, "structure": row.structure, "metric": row.metric, "cases": f"{row.cases:.0f}"},
            **{"mean": f"{row.mean:.3g}", "interval": _interval(row.low, row.high, 2)},
        }
        for row in rows_of(summarise_others(scores))
    ]


def _interval(low: float, high: float, digits: int) -> str:
    return NONE if isnan(low) else f"{low:.{digits}f} to {high:.{digits}f}"
