"""One case from its files to its rows; what another process does for a cohort."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import annotated_regions, region_masks
from braintumornet.core.prediction_record import OutlineRecord, PredictionRecord
from braintumornet.core.score_notes import NO_PREDICTION, SEEN
from braintumornet.core.space import require_same_space
from braintumornet.core.text.errors import prefix_errors
from braintumornet.scoring.masks_of_case import CaseMasks, CaseScores, score_regions
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.scoring.scored_task import AskedHead, match_regions
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume


def score_case(
    asked: Sequence[AskedHead], folder: Path, settings: ScoreSettings, given: tuple[Case, PredictionRecord | None]
) -> list[CaseScores]:
    """Read and score one case; a question without an answer as if the answer were empty.

    Args:
        asked: questions, each with its head.
        folder: of the predictions.
        settings: what is measured.
        given: the case, and its prediction; None where there is none.

    Returns:
        For each question its scores; none where it is not about the case, or the case has no mask.

    Raises:
        UsageError: a head does not outline a region that is asked for.
        InputError: a file cannot be read, or holds a label that its coding does not have.
        GeometryError: the prediction lies on another grid than the truth.
    """
    case, _ = given
    return [
        _score_answer(one, folder, settings, *given)
        if one.question.is_about(case) and one.question.column in case.targets
        else CaseScores([])
        for one in asked
    ]


def _score_answer(
    asked: AskedHead, folder: Path, settings: ScoreSettings, case: Case, record: PredictionRecord | None
) -> CaseScores:
    question, answer = asked.question, record.segmentation.get(asked.head) if record else None
    coding, regions = str(case.coding), question.regions_of(case)
    with prefix_errors(f"case {case.id}: "):
        labels = read_labels(case.targets[question.column])
        truth = region_masks(labels.array, coding, regions)
        found, refused = np.zeros_like(truth), []
        if answer is not None:
            found = read_answer(answer, asked.head, regions, labels, folder)
            answering = zip(regions, match_regions(regions, answer.regions, asked.head), strict=True)
            refused = [region for region, name in answering if name in answer.not_assessed]
        masks = CaseMasks(regions, truth, found, annotated_regions(coding, regions), labels.space, refused)
        scores = score_regions(case.id, question.task, masks, settings)
    given = () if answer is None else answer.regions
    outlined = f" ({', '.join(given)})" if given else ""
    another = asked.head != question.task or bool(given and not question.by and set(regions) - set(given))
    remarks = [f"head {asked.head}{outlined}"] if another else []
    remarks += [SEEN] if record and record.seen_in_training else []
    notes = [NO_PREDICTION if answer is None else row["note"] for row in scores.rows]
    rows = [
        {**row, "note": "; ".join(filter(None, [note, *remarks]))} for row, note in zip(scores.rows, notes, strict=True)
    ]
    return replace(scores, rows=rows)


def read_answer(answer: OutlineRecord, head: str, regions: Sequence[str], truth: Volume, folder: Path) -> np.ndarray:
    """Read the masks that a prediction has of the regions wanted, boolean (R, D, H, W), in the order of these.

    Every prediction names its regions, in an order of its own: they are matched by name, case by case.

    Args:
        answer: what the prediction says of the task that answers.
        head: name of that task.
        regions: that are wanted.
        truth: labels on whose grid the prediction must lie.
        folder: of the predictions.

    Raises:
        UsageError: the task does not outline a region.
        InputError: a file cannot be read.
        GeometryError: it lies on another grid.
    """
    wanted = match_regions(regions, answer.regions, head)
    masks = np.zeros((len(regions), *truth.array.shape), dtype=bool)
    read: set[str] = set()
    for file in answer.files:
        if read.issuperset(file.regions):
            continue  # a file of a region of which there was one for all
        read.update(file.regions)
        labels = read_labels(folder / file.name)
        require_same_space(labels.space, truth.space, f"the prediction {file.name}", "the truth")
        found = region_masks(labels.array, file.coding, file.regions)
        for region, mask in zip(file.regions, found, strict=True):
            for index in (index for index, name in enumerate(wanted) if name == region):
                masks[index] = mask
    return masks
