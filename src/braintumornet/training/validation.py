"""Validation by the real predictor, on whole cases."""

from collections.abc import Sequence

import numpy as np

from braintumornet.data.store.training_case import Example
from braintumornet.inference.predictor import Predictor
from braintumornet.metrics.overlap import dice
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask

SCORE = "val/score"


def validate(predictor: Predictor, examples: Sequence[Example]) -> dict[str, float]:
    """Return mean Dice per region, accuracy per marker, and the score by which the best weights are chosen.

    The score is the mean Dice over all regions of all segmentation tasks; without one, the mean accuracy. A
    detached task has no say in it where there is another.
    """
    found: dict[str, list[float]] = {}
    for example in examples:
        prediction = predictor.predict_images(example.images())
        labels = example.labels()
        for task in predictor.config.tasks:
            if isinstance(task, SegmentationTask):
                masks = prediction.maps[task.name].masks
                for index, region in enumerate(task.regions):
                    parts = task.parts_of(region)
                    if example.present[task.name][parts].all():
                        truth = (labels & sum(1 << example.bits.of(task)[part] for part in parts)) != 0
                        value = dice(truth, masks[index])
                        found.setdefault(f"val/{task.name}/{region}/dice", []).append(value)
            elif isinstance(task, ClassificationTask) and example.present[task.name]:
                classes = prediction.classes[task.name]
                right = max(classes, key=classes.__getitem__) == task.classes[example.classes[task.name]]
                found.setdefault(f"val/{task.name}/accuracy", []).append(float(right))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    detached = tuple(f"val/{task.name}/" for task in predictor.config.tasks if task.detach)
    asked = {name: value for name, value in means.items() if not name.startswith(detached)} or means
    regions = [value for name, value in asked.items() if name.endswith("/dice")]
    chosen = regions or list(asked.values())
    return means | ({SCORE: float(np.mean(chosen))} if chosen else {})
