"""The marker task: weights and loss by hand, and what it refuses."""

import math
from pathlib import Path

import pytest
import torch

from braintumornet.core.cohort.case import Case
from braintumornet.core.text.errors import InputError
from braintumornet.tasks.classification import ClassificationTask

TASK = ClassificationTask(name="genotype", target="genotype", classes=("a", "b"))


def case(genotype: str | None, number: int = 0) -> Case:
    attributes = {} if genotype is None else {"genotype": genotype}
    return Case(f"c{number}", f"p{number}", "x", {"t1c": Path("a.nii.gz")}, attributes=attributes)


def test_weights_are_inverse_class_frequencies() -> None:
    cases = [case("a"), case("a"), case("a"), case("b"), case(None)]
    assert TASK.weights(cases).tolist() == pytest.approx([4 / (2 * 3), 4 / (2 * 1)])


def test_loss_is_the_weighted_mean_over_known_classes() -> None:
    criterion = TASK.criterion([case("a"), case("a"), case("a"), case("b")])
    logits = torch.tensor([[0.0, 0.0], [0.0, math.log(3)], [9.0, -9.0]])
    present = torch.tensor([True, True, False])
    weight_a, weight_b = 4 / 6, 2.0
    by_hand = (weight_a * math.log(2) + weight_b * -math.log(0.75)) / (weight_a + weight_b)
    assert criterion(logits, torch.tensor([0, 1, 0]), present) == pytest.approx(by_hand)


def test_a_class_without_a_training_case_is_refused() -> None:
    with pytest.raises(InputError, match="no training case has genotype 'b'"):
        TASK.criterion([case("a")])


def test_an_unknown_class_is_refused_with_the_case() -> None:
    with pytest.raises(InputError, match="case c0: genotype 'bb' is no class of task 'genotype'; did you mean 'b'"):
        TASK.label(case("bb"))


def test_where_restricts_the_task_to_its_population() -> None:
    task = TASK.model_copy(update={"where": {"cohort": "y"}})
    assert not task.labelled(case("a"))
