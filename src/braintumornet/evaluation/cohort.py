"""The scores of a folder of predictions against a cohort's labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.case import Case, Cohort
from braintumornet.core.coding import region_masks, told_regions
from braintumornet.core.errors import BrainTumorNetError, InputError
from braintumornet.core.files import read_json
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.space import require_same_space
from braintumornet.evaluation.evaluate import score_markers, score_regions
from braintumornet.evaluation.table import Score
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

NO_PREDICTION = "no prediction: counted as an empty one"
SEEN = "seen in training"


def evaluate_cohort(cohort: Cohort, folder: Path, targets: Mapping[str, str] | None = None) -> list[Score]:
    """Score every case that has a label, for every task that the folder answers.

    A case without a prediction counts as an empty one, never as nothing; its marker counts as not answered and is
    left out of the AUC.

    Args:
        cohort: with masks and markers.
        folder: what `btn predict` wrote.
        targets: task -> column with its truth, where it is not the one that the prediction names.

    Raises:
        InputError: there is no prediction at all, or a file cannot be read.
        GeometryError: a prediction lies on another grid than the truth.
    """
    place = PredictionFolder(folder)
    summaries = {case.id: read_json(path) for case in cohort if (path := place.summary(case.id)).exists()}
    if not summaries:
        msg = f"{folder} holds no prediction of any case of cohort {cohort.name}; make some with `btn predict`"
        raise InputError(msg)
    pattern = next(iter(summaries.values()))
    scores: list[Score] = []
    for task, about in pattern["segmentation"].items():
        column = (targets or {}).get(task, about["target"])
        for case in cohort:
            if column in case.targets:
                summary = summaries.get(case.id, {})
                answer = summary.get("segmentation", {}).get(task)
                rows = _score_case(case, task, about["regions"], column, answer, folder)
                scores += [_remark(row, SEEN) for row in rows] if summary.get("seen_in_training") else rows
    for task, about in pattern["classification"].items():
        scores += _score_marker(cohort, task, (targets or {}).get(task, about["target"]), summaries)
    return scores


def _score_case(
    case: Case, task: str, regions: list[str], column: str, answer: Mapping[str, Any] | None, folder: Path
) -> list[Score]:
    try:
        coding = str(case.coding)
        labels = read_labels(case.targets[column])
        truth = region_masks(labels.array, coding, regions)
        found = np.zeros_like(truth) if answer is None else read_answer(answer, regions, labels, folder)
        scores = score_regions(case.id, task, regions, truth, found, told_regions(coding, regions), labels.space)
    except BrainTumorNetError as error:
        msg = f"case {case.id}: {error}"
        raise type(error)(msg) from error
    return scores if answer is not None else [replace(score, note=NO_PREDICTION) for score in scores]


def _remark(score: Score, remark: str) -> Score:
    return replace(score, note=f"{score.note}; {remark}" if score.note else remark)


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


def _score_marker(cohort: Cohort, task: str, column: str, summaries: Mapping[str, Any]) -> list[Score]:
    answered = [case for case in cohort if case.value(column) is not None and case.id in summaries]
    if not answered:
        return []
    given = [summaries[case.id]["classification"][task]["probabilities"] for case in answered]
    classes = list(given[0])
    probabilities = np.array([[one[name] for name in classes] for one in given])
    truths = [str(case.value(column)) for case in answered]
    return [
        *_answers(task, answered, truths, given),
        *score_markers(task, classes, truths, probabilities, [case.patient_id for case in answered]),
    ]


def _answers(
    task: str, cases: Iterable[Case], truths: Iterable[str], given: Iterable[Mapping[str, float]]
) -> list[Score]:
    return [
        Score(case.id, task, name, "probability", probability, f"truth: {truth}")
        for case, truth, one in zip(cases, truths, given, strict=True)
        for name, probability in one.items()
    ]
