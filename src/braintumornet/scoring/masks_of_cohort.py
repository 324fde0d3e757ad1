"""The masks of a cohort: its cases side by side, and the lesions of all of them."""

from collections.abc import Iterator, Sequence
from functools import partial

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.scores import Row
from braintumornet.core.workers.failures import CaseFailure, attempt_case, part_failures
from braintumornet.core.workers.parallel import map_parallel
from braintumornet.metrics.detection import DetectionMetric
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.scoring.case_masks import score_case
from braintumornet.scoring.detection_rows import DETECTION, detection_rows
from braintumornet.scoring.masks_of_case import CaseScores
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.scoring.scored_task import AskedHead, Scoring


def score_masks(asked: Sequence[AskedHead], cohort: Cohort, scoring: Scoring) -> tuple[list[Row], list[CaseFailure]]:
    """Score all masks of each case at once; a case without a prediction counts as an empty one.

    Args:
        asked: what is asked, and who answers.
        cohort: the cases.
        scoring: their predictions.

    Returns:
        The rows, and the cases with a file that cannot be read or lies elsewhere.
    """
    each = partial(score_case, asked, scoring.folder, scoring.settings)
    items = [(case, scoring.records.get(case.id)) for case in cohort]
    tried = map_parallel(partial(attempt_case, each), items, scoring.workers, scoring.advance)
    of_cases, failures = part_failures(tried)
    rows: list[Row] = []
    for number, one in enumerate(asked):
        results = [of_case[number] for of_case in of_cases]
        rows += [row for result in results for row in result.rows]
        rows += _detection(one.question.task, results, scoring.settings)
    return rows, failures


def _detection(task: str, results: Sequence[CaseScores], settings: ScoreSettings) -> Iterator[Row]:
    """Yield the table of detection of each region that has several lesions somewhere, or of all where it is asked."""
    asked = settings.lesions is not None
    edges_ml = (settings.lesions or LesionSettings()).bin_edges_ml
    metrics = settings.with_others(DetectionMetric, DETECTION)
    for region in dict.fromkeys(region for result in results for region in result.lesions):
        cases = [result.lesions[region] for result in results if region in result.lesions]
        if asked or any(sum(lesion.there for lesion in case.lesions) > 1 for case in cases):
            told = sum(region in result.lesions and region not in result.not_assessed for result in results)
            yield from detection_rows(task, region, cases, edges_ml, metrics, told)
