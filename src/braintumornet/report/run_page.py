"""The page of `btn report`: what a run learned from, how it learned, and how good it is on which cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braintumornet.config import ExperimentConfig, read_run_config
from braintumornet.core.case import Cohort
from braintumornet.core.files.plain_yaml import format_yaml
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.names import is_phantom
from braintumornet.core.workers.failures import CaseFailure
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.report.case_views import CaseView, view_cases
from braintumornet.report.curves import draw_charts
from braintumornet.report.page import contour_colour, write_page
from braintumornet.report.private_paths import without_places
from braintumornet.report.score_rows import ALL_CLASSES, list_markers, list_regions
from braintumornet.report.split_scores import Kind, Side, score_run
from braintumornet.tasks.task import Task
from braintumornet.training.metrics_log import Series, read_metrics

BEST = "val/score"
SIDES = ("train", "val", "test")
SIDE_WORDS = {
    Kind.UNSEEN: "that the run has not seen",
    Kind.VALIDATION: "of the validation side",
    Kind.TRAINING: "of patients that the run was trained on",
}


@dataclass(frozen=True)
class RunFacts:
    """What a run folder says by itself.

    Args:
        name: of the run.
        config: its configuration.
        split: content of `split.json`.
        versions: package -> version; empty where nobody wrote them down.
        metrics: what was logged.
        notes: what was written with the weights that were kept.
        model: fingerprint of these.
    """

    name: str
    config: ExperimentConfig
    split: Mapping[str, Any]
    versions: Mapping[str, str]
    metrics: Mapping[str, Series]
    notes: Mapping[str, Any]
    model: str

    @property
    def outlines(self) -> list[Task]:
        """The tasks whose answers are masks."""
        return [task for task in self.config.tasks if task.gives == "maps"]

    @property
    def progress(self) -> str:
        """How far the training went, and which weights were kept."""
        total = self.config.training.total_steps(len(self.split["train"]), self.config.data.batch_size)
        done = int(max((steps[-1] for steps, _ in self.metrics.values()), default=0))
        went = f"{done} of {total} steps" if done else f"{total} steps"
        kept = self.notes.get("step")
        if BEST in self.notes:
            return f"{went}; the weights of step {kept} are kept, the best on validation"
        return f"{went}; the last weights are kept" if kept in (done, total) else went


def write_report(
    run: RunFolder, path: Path, cohort: Cohort | None = None, predictions: Path | None = None
) -> tuple[CaseFailure, ...]:
    """Write the page of a run, whole or not at all, and return the cases that could not be scored or drawn.

    Args:
        run: a finished run, or one that has kept weights already.
        path: the page.
        cohort: cases with labels, to score predictions against.
        predictions: what the run predicted of them.

    Raises:
        UsageError: the folder is no run.
        InputError: a file is damaged, a prediction of another run, or the page cannot be written.
    """
    facts = read_run(run)
    predicted = None if cohort is None or predictions is None else score_run(run, cohort, predictions)
    sides = () if predicted is None else predicted.sides
    views: dict[str, list[CaseView]] = {}
    if predicted is not None and predictions is not None:
        found = {task.name: view_cases(predicted, sides[0], task, predictions) for task in facts.outlines}
        views = {name: cases for name, cases in found.items() if cases}
    write_page(
        "run.html",
        path,
        run=facts,
        tasks=[(task, facts.split.get("labelled", {}).get(task.name)) for task in facts.config.tasks],
        phantoms=_note_phantoms(facts, cohort),
        tiles=_list_tiles(facts, sides),
        charts=draw_charts(facts.metrics, facts.notes.get("step") if BEST in facts.notes else None),
        sides=[(side, SIDE_WORDS[side.kind], list_regions(side), list_markers(side.scores)) for side in sides],
        predicted=predicted,
        views=views,
        colours={region: contour_colour(region) for task in facts.outlines for region in task.answered},
        holdings=_list_holdings(facts),
        policy=describe_policy(),
        configuration=format_yaml(without_places(facts.config.model_dump(mode="json"))),
    )
    undrawn = [view.failure for cases in views.values() for view in cases if view.failure is not None]
    return tuple(dict.fromkeys([*(() if predicted is None else predicted.failures), *undrawn]))


def read_run(run: RunFolder) -> RunFacts:
    """Read all that a run folder says.

    Raises:
        UsageError: the folder is no run.
        InputError: a file is damaged.
    """
    run.require_complete()
    return RunFacts(
        name=run.path.resolve().name,
        config=read_run_config(run),
        split=run.read_split(),
        versions=run.read_environment(),
        metrics=read_metrics(run.metrics),
        notes=read_tensors(run.model)[1],
        model=run.model_fingerprint(),
    )


def _note_phantoms(facts: RunFacts, cohort: Cohort | None) -> str:
    """Return what is synthetic about the figures, or nothing."""
    cohorts = {"scored on": [case.cohort for case in cohort or ()], "trained on": list(facts.split.get("cohorts", {}))}
    parts = []
    for what, names in cohorts.items():
        synthetic = [name for name in names if is_phantom(name)]
        if synthetic:
            parts.append(what if len(synthetic) == len(names) else f"partly {what}")
    return " and ".join(parts).capitalize()


def _list_tiles(facts: RunFacts, sides: Sequence[Side]) -> list[tuple[str, str, str]]:
    """Return what to see first: a figure, what it is, and of which cases."""
    if not sides:
        tiles = [(str(len(facts.split["train"])), "training cases", "")]
        if BEST in facts.notes:
            tiles.append((f"{facts.notes[BEST]:.3f}", "best score", _cases(len(facts.split["val"]), Kind.VALIDATION)))
        return [*tiles, (str(len(facts.config.tasks)), "task" if len(facts.config.tasks) == 1 else "tasks", "")]
    side = sides[0]
    regions = [row for row in list_regions(side) if not row.truth]
    overall = [row for row in list_markers(side.scores) if row.name == ALL_CLASSES]
    several = len({row.task for row in regions}) > 1
    names = [f"{row.task} {row.region}" if several else row.region for row in regions]
    figures = [(row.mean, f"mean Dice {name}", row.cases) for name, row in zip(names[:4], regions, strict=False)]
    figures += [(row.auc, f"AUC {row.task}", row.cases) for row in overall[:1]]
    return [(figure, what, _cases(cases, side.kind)) for figure, what, cases in figures]


def _cases(number: int, kind: Kind) -> str:
    return f"{number} {kind} case{'' if number == 1 else 's'}"


def _list_holdings(facts: RunFacts) -> list[tuple[str, list[str]]]:
    """Return what is on each side, per cohort where the run wrote that down, as pairs of a name and three texts."""
    counts = facts.split.get("cohorts", {})
    rows = [(name, [_count(sides.get(side)) for side in SIDES]) for name, sides in counts.items()]
    if len(rows) != 1:
        rows.append(("all" if rows else "cases", [str(len(facts.split[side])) for side in SIDES]))
    return rows


def _count(counts: Mapping[str, int] | None) -> str:
    if counts is None:
        return "0"
    return f"{counts['cases']}" + (f" of {counts['patients']} patients" if counts["patients"] < counts["cases"] else "")
