"""What one labelled case tells of how often a network is right."""

from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import annotated_regions, region_masks
from braintumornet.core.prediction import Prediction
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.text.errors import prefix_errors
from braintumornet.inference.predictor import Predictor
from braintumornet.output.native_masks import maps_on
from braintumornet.output.write_prediction import write_prediction
from braintumornet.scoring.case_masks import read_answer
from braintumornet.scoring.scored_task import match_regions
from braintumornet.tasks.task import Task
from braintumornet.uncertainty.calibration import CaseEvidence, MarkerEvidence, RegionEvidence
from braintumornet.uncertainty.conformal_volume import volume_doubts
from braintumornet.uncertainty.lesion_probability import find_lesions
from braintumornet.volumes.nifti import read_labels

MOST_VOXELS = 20_000
"""Of each region of a case that a temperature is fitted to: neighbours say the same."""


def observe(predictor: Predictor, case: Case, folder: Path) -> CaseEvidence:
    """Predict a labelled case and compare.

    Args:
        predictor: of the run.
        case: with a label for at least one of its tasks.
        folder: for files that nobody needs afterwards: masks are measured as they are written.

    Raises:
        InputError: a file of the case cannot be used.
    """
    prediction = predictor.predict(case)
    tasks = [task for task in predictor.config.tasks if task.labelled(case)]
    about = {task.name: task.about() for task in predictor.config.tasks}
    record = write_prediction(prediction, folder, about)
    with prefix_errors(f"case {case.id}: "):
        outlines = {t.name: _outline(t, case, prediction, record, folder) for t in tasks if t.name in prediction.maps}
    markers = {
        task.name: MarkerEvidence(np.array(list(prediction.classes[task.name].values())), int(task.label(case) or 0))
        for task in tasks
        if task.name in prediction.classes
    }
    return CaseEvidence(prediction.sequences, outlines, markers)


def _outline(
    task: Task, case: Case, prediction: Prediction, record: PredictionRecord, folder: Path
) -> dict[str, RegionEvidence]:
    """Return what a case tells of each region that its mask annotates and the prediction answers."""
    answer, given, question = record.segmentation[task.name], prediction.maps[task.name], task.question()
    regions, coding = question.regions_of(case), str(case.coding)
    labels = read_labels(case.targets[question.column])
    truths, masks = region_masks(labels.array, coding, regions), read_answer(answer, task.name, regions, labels, folder)
    maps = dict(zip(given.regions, maps_on(labels.space, given.probabilities, prediction.space), strict=True))
    doubts, ml = volume_doubts(given, prediction.space), labels.space.voxel_ml
    return {
        region: RegionEvidence(
            answer.volume_ml[region],
            ml * np.count_nonzero(truths[index]),
            doubts[region],
            *_sample(maps[region], truths[index]),
            find_lesions(masks[index], maps[region], ml, truths[index]),
        )
        for index, region in enumerate(match_regions(regions, given.regions, task.name))
        if annotated_regions(coding, regions)[index] and region in answer.volume_ml
    }


def _sample(probabilities: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return some of the voxels for which the network answered."""
    answered = np.flatnonzero((probabilities > 0) | truth)
    some = answered[:: max(1, -(-answered.size // MOST_VOXELS))]
    return probabilities.ravel()[some], truth.ravel()[some]
