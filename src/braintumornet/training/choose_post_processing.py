"""How masks are cleaned is chosen on validation cases, after training; never on test cases."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from braintumornet.core.prediction import RegionMap
from braintumornet.core.run_records import PostProcessingRecord
from braintumornet.data.store.training_case import TrainingCase
from braintumornet.inference.predictor import Predictor
from braintumornet.tasks.post_processing import ENHANCING, post_process
from braintumornet.tasks.segmentation import AUTO_CLEANING, SegmentationTask
from braintumornet.tasks.tumour_outlines import segmentations

LEAST_GAIN = 0.002  # of the mean Dice: less is as likely luck
FEWEST_CASES = 5
NONE = PostProcessingRecord()
SEED_PROBABILITIES = (0.6, 0.7, 0.8)
COMPONENT_ML = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
ENHANCING_ML = (0.05, 0.1, 0.25, 0.5, 1.0)


def choose_post_processing(predictor: Predictor, val: Sequence[TrainingCase]) -> dict[str, PostProcessingRecord]:
    """Return task -> what raises the mean Dice of the validation cases; without tasks of which nothing does.

    Each step is tried by itself, and those that help are tried together; of limits that do the same the smallest is
    taken. Only tasks with `min_component_ml: auto` choose.

    Args:
        predictor: of the trained network.
        val: the validation cases; fewer than five choose nothing.
    """
    tasks = [t for t in segmentations(predictor.config.tasks) if t.min_component_ml == AUTO_CLEANING]
    if len(val) < FEWEST_CASES or not tasks:
        return {}
    alone = {task.name: _candidates(task) for task in tasks}
    together = {name: _join(alone[name], means) for name, means in _mean_dice(predictor, val, tasks, alone).items()}
    pairs = {name: [NONE, chosen] for name, chosen in together.items()}
    told = [task for task in tasks if task.name in pairs]
    gains = {name: float(np.diff(means)[0]) for name, means in _mean_dice(predictor, val, told, pairs).items()}
    return {
        name: chosen.model_copy(update={"gain": gains[name], "cases": len(val)})
        for name, chosen in together.items()
        if gains[name] >= LEAST_GAIN
    }


def _candidates(task: SegmentationTask) -> list[PostProcessingRecord]:
    enhancing = ENHANCING_ML if ENHANCING in task.regions else ()
    return [
        NONE,
        *(PostProcessingRecord(seed_probability={0.0: probability}) for probability in SEED_PROBABILITIES),
        *(PostProcessingRecord(min_component_ml=ml) for ml in COMPONENT_ML),
        PostProcessingRecord(fill_holes=True),
        *(PostProcessingRecord(min_enhancing_ml=ml) for ml in enhancing),
    ]


def _join(candidates: Sequence[PostProcessingRecord], means: np.ndarray) -> PostProcessingRecord:
    """Return the best of each step that is better than nothing, all together."""
    chosen: dict[str, object] = {}
    gentlest_last = zip(reversed(means.tolist()), reversed(candidates), strict=True)
    for mean, candidate in sorted(gentlest_last, key=lambda pair: pair[0]):
        if mean > means[0]:
            chosen |= candidate.as_json()
    return PostProcessingRecord.model_validate(chosen)


def _mean_dice(
    predictor: Predictor,
    val: Sequence[TrainingCase],
    tasks: Sequence[SegmentationTask],
    candidates: Mapping[str, Sequence[PostProcessingRecord]],
) -> dict[str, np.ndarray]:
    """Return task -> mean Dice over cases and regions with each of its candidates, (C,)."""
    found: dict[str, list[np.ndarray]] = {task.name: [] for task in tasks}
    for example in val:
        prediction = predictor.predict_images(example.images())
        targets = example.targets(predictor.config.tasks)
        for task in tasks:
            answer = prediction.maps.get(task.name)
            if answer is not None and example.present[task.name].any():
                cleaned = _clean(answer, candidates[task.name], example.space.voxel_ml)
                given = [task.measure(one, targets[task.name], example.present[task.name]) for one in cleaned]
                found[task.name].append(np.array([list(figures.values()) for figures in given]).mean(axis=1))
    return {name: np.mean(values, axis=0) for name, values in found.items() if values}


def _clean(answer: RegionMap, candidates: Sequence[PostProcessingRecord], voxel_ml: float) -> Iterator[RegionMap]:
    return (post_process(answer, candidate, voxel_ml)[0] for candidate in candidates)
