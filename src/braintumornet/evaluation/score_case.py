"""One case from its files to its rows; what another process does for a cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.case import Case
from braintumornet.core.coding import region_masks, told_regions
from braintumornet.core.errors import BrainTumorNetError
from braintumornet.core.space import require_same_space
from braintumornet.evaluation.evaluate import CaseMasks, CaseScores, score_regions
from braintumornet.evaluation.settings import ScoreSettings
from braintumornet.evaluation.table import Score
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

NO_PREDICTION = "no prediction: counted as an empty one"
SEEN = "seen in training"


@dataclass(frozen=True)
class Question:
    """What is asked of every case of a cohort.

    Args:
        task: name of the task.
        regions: which to score.
        column: of the cohort table, with the truth.
        folder: of the predictions.
        settings: how masks are scored.
    """

    task: str
    regions: Sequence[str]
    column: str
    folder: Path
    settings: ScoreSettings


def score_case(question: Question, given: tuple[Case, Mapping[str, Any]]) -> CaseScores:
    """Read and score one case; without an answer as an empty one.

    Args:
        question: what is asked.
        given: the case, and the summary of its prediction, empty where there is none.

    Raises:
        InputError: a file cannot be read, or holds a label that its coding does not have.
        GeometryError: the prediction lies on another grid than the truth.
    """
    case, summary = given
    answer = summary.get("segmentation", {}).get(question.task)
    try:
        coding, regions = str(case.coding), list(question.regions)
        labels = read_labels(case.targets[question.column])
        truth = region_masks(labels.array, coding, regions)
        found = np.zeros_like(truth) if answer is None else read_answer(answer, regions, labels, question.folder)
        masks = CaseMasks(regions, truth, found, told_regions(coding, regions), labels.space)
        scores = score_regions(case.id, question.task, masks, question.settings)
    except BrainTumorNetError as error:
        msg = f"case {case.id}: {error}"
        raise type(error)(msg) from error
    if answer is None:
        return replace(scores, rows=[replace(row, note=NO_PREDICTION) for row in scores.rows])
    return replace(scores, rows=[_remark(row) for row in scores.rows]) if summary.get("seen_in_training") else scores


def _remark(row: Score) -> Score:
    return replace(row, note=f"{row.note}; {SEEN}" if row.note else SEEN)


def read_answer(answer: Mapping[str, Any], regions: Sequence[str], truth: Volume, folder: Path) -> np.ndarray:
    """Read the masks of one task of a prediction, boolean (regions, D, H, W).

    Args:
        answer: what the prediction's summary says of the task.
        regions: which, in this order.
        truth: labels on whose grid the prediction must lie.
        folder: of the predictions.

    Raises:
        InputError: a file cannot be read.
        GeometryError: it lies on another grid.
    """
    masks = np.zeros((len(regions), *truth.array.shape), dtype=bool)
    for file in answer["files"]:
        labels = read_labels(folder / file["name"])
        require_same_space(labels.space, truth.space, f"the prediction {file['name']}", "the truth")
        found = region_masks(labels.array, file["coding"], file["regions"])
        for region, mask in zip(file["regions"], found, strict=True):
            masks[list(regions).index(region)] = mask
    return masks
