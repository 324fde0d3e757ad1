"""Which cases of a cohort were predicted before, just as they would be now."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from braintumornet.core.case import Case, Cohort
from braintumornet.core.files import read_json
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.run import RunFolder
from braintumornet.inference.order import Order
from braintumornet.inference.predictor import origin_of, read_config
from braintumornet.inference.routing import choose_tasks
from braintumornet.tasks.routing import AUTO


def find_predicted(order: Order, cohort: Cohort) -> dict[str, dict[str, Any]]:
    """Return case id -> summary of the cases that need not be predicted again.

    A prediction counts where the same version made it with the same weights and configuration for the same tasks, and
    no image of the case has changed since.

    Args:
        order: what is wanted of every case.
        cohort: the cases.

    Raises:
        UsageError: the run is not finished, or lacks a task.
        InputError: a summary is damaged.
    """
    config = read_config(RunFolder(order.run))
    made_by = origin_of(RunFolder(order.run), config)
    wanted = set(choose_tasks(config, order.tasks) or [task.name for task in config.tasks])
    place = PredictionFolder(order.folder)
    there = {case.id: read_json(path) for case in cohort if (path := place.summary(case.id)).is_file()}
    return {
        case.id: there[case.id]
        for case in cohort
        if case.id in there
        and there[case.id]["provenance"] == made_by
        and _answers(there[case.id], wanted, routed=AUTO in order.tasks)
        and _is_newer(place.summary(case.id), case)
        and not (order.probabilities and _lacks_maps(place, case.id, there[case.id]["segmentation"]))
    }


def _answers(summary: Mapping[str, Any], wanted: Collection[str], routed: bool) -> bool:
    """Say whether all that is wanted was answered and nothing else; of a router, whether it was asked."""
    if routed or "router" in summary:
        return routed and "router" in summary
    return {*summary["segmentation"], *summary["classification"]} == set(wanted)


def _is_newer(summary: Path, case: Case) -> bool:
    files = [*case.images.values(), *([case.brainmask] if case.brainmask else [])]
    return all(file.is_file() and file.stat().st_mtime <= summary.stat().st_mtime for file in files)


def _lacks_maps(place: PredictionFolder, case_id: str, tasks: Collection[str]) -> bool:
    return not all(place.probabilities(case_id, task).is_file() for task in tasks)
