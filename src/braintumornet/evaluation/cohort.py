"""The scores of a folder of predictions against a cohort's labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from braintumornet.core.case import Case, Cohort
from braintumornet.core.errors import InputError
from braintumornet.core.files import read_json
from braintumornet.core.names import suggest
from braintumornet.core.parallel import map_parallel, plan_workers
from braintumornet.core.prediction import PredictionFolder
from braintumornet.evaluation.detection import detection_rows
from braintumornet.evaluation.evaluate import CaseScores
from braintumornet.evaluation.foreign import ForeignMasks, find_masks
from braintumornet.evaluation.lesion_settings import LesionSettings
from braintumornet.evaluation.marker_cohort import score_marker
from braintumornet.evaluation.score_case import Question, score_case
from braintumornet.evaluation.settings import ScoreSettings
from braintumornet.evaluation.table import Score
from braintumornet.volumes.nifti import read_space

PROCESS_BYTES = 200 * 2**20  # Python with NumPy and SciPy
VOXEL_BYTES = 40  # two label maps while they are read, and their regions


def evaluate_cohort(
    cohort: Cohort,
    folder: Path,
    targets: Mapping[str, str] | None = None,
    settings: ScoreSettings | None = None,
    jobs: int | None = 1,
    advance: Callable[[object], object] = lambda case: None,
) -> list[Score]:
    """Score every case that has a label, for every task that the folder answers.

    A case without a prediction counts as an empty one, never as nothing; its marker counts as a wrong answer.

    Args:
        cohort: with masks and markers.
        folder: what `btn predict` wrote.
        targets: task -> column with its truth, where it is not the one that the prediction names.
        settings: how masks are scored.
        jobs: cases at once; None for one per processor core. The scores do not depend on it.
        advance: called after each case of each segmentation task.

    Raises:
        InputError: there is no prediction at all, or a file cannot be read.
        GeometryError: a prediction lies on another grid than the truth.
    """
    place = PredictionFolder(folder)
    summaries = {case.id: read_json(path) for case in cohort if (path := place.summary(case.id)).exists()}
    if not summaries:
        msg = (
            f"{folder} holds no prediction of any case of cohort {cohort.name}; make some with `btn predict`, "
            "or say with --coding how the masks of another tool are to be read"
        )
        raise InputError(msg)
    pattern = next(iter(summaries.values()))
    scores: list[Score] = []
    for task, about in pattern["segmentation"].items():
        column = (targets or {}).get(task, about["target"])
        question = Question(task, about["regions"], column, folder, settings or ScoreSettings())
        scores += _score_masks(cohort, question, summaries, jobs, advance)
    for task, about in pattern["classification"].items():
        column = (targets or {}).get(task, about["target"])
        scores += score_marker(cohort, task, column, summaries, folder, _plan(list(cohort), jobs))
    return scores


def evaluate_masks(
    cohort: Cohort,
    folder: Path,
    masks: ForeignMasks,
    settings: ScoreSettings | None = None,
    jobs: int | None = 1,
    advance: Callable[[object], object] = lambda case: None,
) -> list[Score]:
    """Score the masks of another tool; a case without one counts as an empty one.

    Args:
        cohort: with masks.
        folder: with a file `<case_id>.nii.gz` for each case.
        masks: how they are to be read.
        settings: how they are scored.
        jobs: cases at once; None for one per processor core.
        advance: called after each case.

    Raises:
        InputError: no case has a file or a label, a file cannot be read, or holds a label that the coding lacks.
        GeometryError: a mask lies on another grid than the truth.
        UsageError: the regions cannot be scored.
    """
    if not any(masks.target in case.targets for case in cohort):
        columns = {column for case in cohort for column in case.targets}
        msg = f"cohort {cohort.name} has no mask in the column {masks.target!r}; {suggest(masks.target, columns)}"
        raise InputError(msg)
    question = Question(masks.task, masks.scored_regions(), masks.target, folder, settings or ScoreSettings())
    return _score_masks(cohort, question, find_masks(folder, cohort, masks), jobs, advance)


def _score_masks(
    cohort: Cohort,
    question: Question,
    summaries: Mapping[str, Any],
    jobs: int | None,
    advance: Callable[[object], object],
) -> list[Score]:
    cases = [case for case in cohort if question.column in case.targets]
    items = [(case, summaries.get(case.id, {})) for case in cases]
    results = map_parallel(partial(score_case, question), items, _plan(cases, jobs), advance)
    return [*(row for result in results for row in result.rows), *_detection(question, results)]


def _detection(question: Question, results: Sequence[CaseScores]) -> Iterable[Score]:
    """Yield the table of detection of each region that has several lesions somewhere, or of all where it is asked."""
    asked = question.settings.lesions is not None
    edges_ml = (question.settings.lesions or LesionSettings()).bin_edges_ml
    for region in question.regions:
        cases = [result.lesions[region] for result in results if region in result.lesions]
        if cases and (asked or any(sum(lesion.truth_ml > 0 for lesion in case.lesions) > 1 for case in cases)):
            yield from detection_rows(question.task, region, cases, edges_ml)


def _plan(cases: Sequence[Case], jobs: int | None) -> int:
    """Return how many processes fit into memory, each with the largest case."""
    files = [file for case in cases for file in case.targets.values()]
    largest = max((prod(read_space(file).shape) for file in files if file.exists()), default=0)
    return plan_workers(jobs, len(cases), PROCESS_BYTES + VOXEL_BYTES * largest).jobs
