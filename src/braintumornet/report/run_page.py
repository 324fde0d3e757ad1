"""The page of `btn report`: what a run learned from, how it learned, and how good it is on which cases."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.safe_yaml import format_yaml
from braintumornet.core.run_records import SideRecord
from braintumornet.core.text.names import is_phantom
from braintumornet.core.workers.failures import CaseFailure
from braintumornet.inference.card.validation_status import NEVER, UNKNOWN, join_validation
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.report.case_pictures import view_cases
from braintumornet.report.hide_paths import without_places
from braintumornet.report.html_page import contour_colour, write_page
from braintumornet.report.score_rows import ALL_CLASSES, list_markers, list_others, list_regions
from braintumornet.report.split_scores import Kind, ScoredSet, score_run
from braintumornet.report.training_curves import draw_charts
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.tasks.task import Task

SET_WORDS = {
    Kind.UNSEEN: "not seen in training",
    Kind.VALIDATION: "of the validation set",
    Kind.TRAINING: "of patients that the run was trained on",
}


def write_report(
    run: TrainedRun,
    path: Path,
    cohort: Cohort | None = None,
    predictions: Path | None = None,
    settings: ScoreSettings | None = None,
) -> tuple[CaseFailure, ...]:
    """Write the page of a run, whole or not at all, and return the cases that could not be scored or drawn.

    Args:
        run: a finished run, or one that has kept weights already.
        path: the page.
        cohort: cases with labels, to score predictions against.
        predictions: what the run predicted of them.
        settings: what is measured of them.

    Raises:
        UsageError: the folder is no run.
        InputError: a file is damaged, a prediction of another run, or the page cannot be written.
    """
    run.require_complete()
    predicted = None if cohort is None or predictions is None else score_run(run, cohort, predictions, settings)
    sets = () if predicted is None else predicted.sets
    found = {
        t.name: view_cases(predicted, sets[0], t, predictions) for t in _outlines(run) if predicted and predictions
    }
    views = {name: cases for name, cases in found.items() if cases}
    tables = [
        (own, SET_WORDS[own.kind], *(rows(own.scores) for rows in (list_regions, list_markers, list_others)))
        for own in sets
    ]
    about = {"phantoms": _note_phantoms(run, cohort), "tiles": _list_tiles(run, sets), "policy": describe_policy()}
    write_page("run.html", path, predicted=predicted, sets=tables, views=views, **about, **_describe_run(run))
    undrawn = [view.failure for cases in views.values() for view in cases if view.failure is not None]
    return tuple(dict.fromkeys([*(() if predicted is None else predicted.failures), *undrawn]))


def _describe_run(run: TrainedRun) -> dict[str, Any]:
    """Return what the page shows of a run without any prediction."""
    validation = join_validation(run.validation)
    return {
        "run": run,
        "progress": _describe_progress(run),
        "validation": validation,
        "validation_is_doubtful": NEVER in validation or UNKNOWN in validation,
        "tasks": [(task, run.split.labelled.get(task.name)) for task in run.config.tasks],
        "charts": draw_charts(run.history, None if run.notes.score is None else run.notes.step),
        "colours": {region: contour_colour(region) for task in _outlines(run) for region in task.answered},
        "holdings": _list_holdings(run),
        "configuration": format_yaml(without_places(run.config.model_dump(mode="json"))),
    }


def _outlines(run: TrainedRun) -> list[Task]:
    return [task for task in run.config.tasks if task.gives == "maps"]


def _describe_progress(run: TrainedRun) -> str:
    """Return how far the training went, and which weights were kept."""
    total, epochs = run.config.training.steps, run.config.training.epochs
    done = max(run.history["step"], default=0)
    if total is None:  # how many steps that is depends on how many of its cases had a label
        went = f"step {done}, of {epochs} epochs" if done else f"{epochs} epochs"
    else:
        went = f"{done} of {total} steps" if done else f"{total} steps"
    if run.notes.score is not None:
        return f"{went}; the weights of step {run.notes.step} are kept, the best on validation"
    return f"{went}; the last weights are kept" if run.notes.step in (done, total) else went


def _note_phantoms(run: TrainedRun, cohort: Cohort | None) -> str:
    """Return what is synthetic about the figures, or nothing."""
    synthetic = {
        "scored on": [case.is_synthetic for case in cohort or ()],
        "trained on": [is_phantom(name) for name, sides in run.split.cohorts.items() if "train" in sides],
    }
    parts = [what if all(found) else f"partly {what}" for what, found in synthetic.items() if any(found)]
    return " and ".join(parts).capitalize()


def _list_tiles(run: TrainedRun, sets: Sequence[ScoredSet]) -> list[tuple[str, str, str]]:
    """Return what to see first: a figure, what it is, and of which cases."""
    if not sets:
        tiles = [(str(len(run.split.train)), "training cases", "")]
        if run.notes.score is not None:
            tiles.append((f"{run.notes.score:.3f}", "best score", _cases(len(run.split.val), Kind.VALIDATION)))
        return [*tiles, (str(len(run.config.tasks)), "task" if len(run.config.tasks) == 1 else "tasks", "")]
    scored = sets[0]
    regions = [row for row in list_regions(scored.scores) if not row["truth"]]
    overall = [row for row in list_markers(scored.scores) if row["name"] == ALL_CLASSES]
    several = len({row["task"] for row in regions}) > 1
    names = [f"{row['task']} {row['region']}" if several else row["region"] for row in regions]
    figures = [(row["mean"], f"mean Dice {name}", row["cases"]) for name, row in zip(names[:4], regions, strict=False)]
    figures += [(row["auc"], f"AUC {row['task']}", row["cases"]) for row in overall[:1]]
    return [(figure, what, _cases(cases, scored.kind)) for figure, what, cases in figures]


def _cases(number: int, kind: Kind) -> str:
    return f"{number} {kind} case{'' if number == 1 else 's'}"


def _list_holdings(run: TrainedRun) -> list[tuple[str, list[str]]]:
    """Return how many cases each set has, per cohort where the run says that, as pairs of a name and three texts."""
    every, counts = run.split.sides, run.split.cohorts
    rows = [(cohort, [_count(sets.get(name)) for name in every]) for cohort, sets in counts.items()]
    if len(rows) != 1:
        rows.append(("all" if rows else "cases", [str(len(ids)) for ids in every.values()]))
    return rows


def _count(counts: SideRecord | None) -> str:
    if counts is None:
        return "0"
    return f"{counts.cases}" + (f" of {counts.patients} patients" if counts.patients < counts.cases else "")
