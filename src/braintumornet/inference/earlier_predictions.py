"""Which cases of a cohort were predicted before, just as they would be now."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from braintumornet.config import ExperimentConfig
from braintumornet.core.case import Case, Cohort
from braintumornet.core.digests import CACHE_NAME, Digests
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import read_summary
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError
from braintumornet.inference.prediction_request import Order
from braintumornet.inference.predictor import digest_inputs, origin_of, read_config
from braintumornet.inference.router import choose_tasks
from braintumornet.tasks.routing import AUTO


def find_predicted(order: Order, cohort: Cohort, digests: Digests | None = None) -> dict[str, dict[str, Any]]:
    """Return case id -> summary of the cases that need not be predicted again.

    A prediction counts where the same version made it with the same weights and configuration for the same tasks, all
    that it wrote is there, every file that it read stands in the same column with the same content, and what it says of
    who was seen in training still holds.

    Args:
        order: what is wanted of every case.
        cohort: the cases.
        digests: what is known of their files; default: what the folder of the predictions remembers.

    Raises:
        UsageError: the run is not finished, or lacks a task.
        InputError: a file of the run is damaged.
    """
    config = read_config(RunFolder(order.run))
    made_by = origin_of(RunFolder(order.run), config)
    wanted = set(choose_tasks(config, order.tasks) or [task.name for task in config.tasks])
    place = PredictionFolder(order.folder)
    digests = digests or Digests(order.folder / CACHE_NAME)
    cases, patients = RunFolder(order.run).learned_from()
    found = {}
    for case in cohort:
        summary = _read_summary(place.summary(case.id))
        if (
            summary.get("provenance") == made_by
            and _answers(summary, wanted, routed=AUTO in order.tasks)
            and _is_whole(place, case.id, summary, order.probabilities)
            and summary.get("seen_in_training") == (case.id in cases or case.patient_id in patients)
            and summary.get("inputs") == _read_now(case, config, digests)
        ):
            found[case.id] = summary
    digests.save()
    return found


def _read_summary(path: Path) -> dict[str, Any]:
    """Return what a prediction says of itself; nothing where it is missing or damaged."""
    try:
        return read_summary(path)
    except InputError:
        return {}


def _read_now(case: Case, config: ExperimentConfig, digests: Digests) -> dict[str, str] | None:
    """Return the digests of the files that would be read; None where one cannot be, which predicting it will say."""
    try:
        return digest_inputs(case, config, digests)
    except InputError:
        return None


def _answers(summary: Mapping[str, Any], wanted: Collection[str], routed: bool) -> bool:
    """Say whether all that is wanted was answered and nothing else; of a router, whether it was asked."""
    if routed or "router" in summary:
        return routed and "router" in summary
    others = [task for answers in summary.get("answers", {}).values() for task in answers]
    return {*summary["segmentation"], *summary["classification"], *others} == set(wanted)


def _is_whole(place: PredictionFolder, case_id: str, summary: Mapping[str, Any], probabilities: bool) -> bool:
    """Say whether all files are there that a prediction wrote."""
    tasks = summary["segmentation"]
    files = [place.path / file["name"] for task in tasks.values() for file in task["files"]]
    files += [place.probabilities(case_id, task) for task in tasks] if probabilities else []
    return all(file.is_file() for file in files)
