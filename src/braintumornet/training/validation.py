"""Validation by the real predictor, on whole cases."""

from collections.abc import Sequence

import numpy as np

from braintumornet.data.store.training_case import TrainingCase
from braintumornet.inference.predictor import Predictor

SCORE = "val/score"


def validate(predictor: Predictor, examples: Sequence[TrainingCase]) -> dict[str, float]:
    """Return the mean of what each task validates by, such as the Dice of a region, and the score of the weights.

    The score is the mean Dice over all regions of all segmentation tasks; without one, the mean of all figures, such as
    accuracies. A detached task has no say in it where there is another.
    """
    found: dict[str, list[float]] = {}
    for example in examples:
        prediction = predictor.predict_images(example.images())
        targets = example.targets(predictor.config.tasks)
        for task in predictor.config.tasks:
            if not example.present[task.name].any():
                continue  # as where nothing that it outlines could be assessed
            figures = task.measure(prediction.of(task.name), targets[task.name], example.present[task.name])
            for name, value in figures.items():
                found.setdefault(f"val/{task.name}/{name}", []).append(value)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    detached = tuple(f"val/{task.name}/" for task in predictor.config.tasks if task.detach)
    asked = {name: value for name, value in means.items() if not name.startswith(detached)} or means
    regions = [value for name, value in asked.items() if name.endswith("/dice")]
    chosen = regions or list(asked.values())
    return means | ({SCORE: float(np.mean(chosen))} if chosen else {})
