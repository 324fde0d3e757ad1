"""Validation by the real predictor, on whole cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.data.store.training_case import TrainingCase
from braintumornet.inference.predictor import Predictor

SCORE = "val/score"


@dataclass(frozen=True)
class Validation:
    """What the tasks were validated by.

    Args:
        means: `val/<task>/<figure>` -> mean over cases, and `val/score`, by which weights are chosen.
        by_patient: the same figures -> patient -> mean over that patient's cases.
    """

    means: dict[str, float]
    by_patient: dict[str, dict[str, float]]


def validate(
    predictor: Predictor, examples: Sequence[TrainingCase], tasks: Collection[str] | None = None
) -> Validation:
    """Return what each task validates by, such as the Dice of a region, and the score of the weights.

    The score is the mean Dice over all regions of all segmentation tasks; without one, the mean of all figures, such as
    accuracies. A detached task has no say in it where there is another.

    Args:
        predictor: answers.
        examples: with their labels.
        tasks: names of those that are asked; default all.
    """
    found: dict[str, list[tuple[str, float]]] = {}
    for example in examples:
        prediction = predictor.predict_images(example.images(), tasks)
        targets = example.targets(predictor.config.tasks)
        for task in [task for task in predictor.config.tasks if tasks is None or task.name in tasks]:
            if not example.present[task.name].any():
                continue  # as where nothing that it outlines could be assessed
            figures = task.measure(prediction.of(task.name), targets[task.name], example.present[task.name])
            for name, value in figures.items():
                found.setdefault(f"val/{task.name}/{name}", []).append((example.case.patient_id, value))
    means = {name: float(np.mean([value for _, value in values])) for name, values in found.items()}
    detached = tuple(f"val/{task.name}/" for task in predictor.config.tasks if task.detach)
    asked = {name: value for name, value in means.items() if not name.startswith(detached)} or means
    regions = [value for name, value in asked.items() if name.endswith("/dice")]
    chosen = regions or list(asked.values())
    means |= {SCORE: float(np.mean(chosen))} if chosen else {}
    return Validation(means, {name: _by_patient(values) for name, values in found.items()})


def _by_patient(values: Sequence[tuple[str, float]]) -> dict[str, float]:
    patients = dict.fromkeys(patient for patient, _ in values)
    return {own: float(np.mean([value for patient, value in values if patient == own])) for own in patients}
