"""A kind of task with one fault at a time, which its check names, and ours, which have none."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from torch import Tensor, nn

from braintumornet.core.cohort.case import Case
from braintumornet.tasks.task import Task
from braintumornet.testing import check_task

CASES = [
    Case(str(age), str(age), "c", {}, {"seg": Path("seg.nii.gz")}, None, "brats2023", "hgg", attributes=attributes)
    for age, idh in ((3.0, "mutant"), (5.0, "wildtype"))
    for attributes in ({"age": str(age), "idh": idh},)
]
SHARED = nn.Linear(5, 1)
OURS = (
    {"kind": "segmentation", "regions": ["WT", "TC", "ET"]},
    {"kind": "segmentation", "regions": ["WT"], "loss": "dice", "dice_reduction": "sample"},
    {"kind": "segmentation", "regions": ["WT"], "loss": "ce", "min_component_ml": 0.002},
    {"kind": "segmentation", "regions": ["WT", "ET"], "tissues": ["non_enhancing_core", "oedema", "enhancing"]},
    {"kind": "pooled_segmentation", "structures": {"hgg": "WT", "mets": "TC"}},
    {"kind": "classification", "target": "idh", "classes": ["mutant", "wildtype"]},
    {"kind": "classification", "target": "idh", "classes": ["mutant", "wildtype"], "class_weights": "none"},
)


class Faulty(Task):
    """The number in a column, with a fault where one is named."""

    kind: Literal["faulty_task"] = "faulty_task"
    fault: str = ""

    @property
    def counted(self) -> Any:
        return ["all"] if self.fault == "words" else ()

    @property
    def compared(self) -> str:
        return "unheard_of" if self.fault == "compared" else ""

    def about(self) -> dict[str, Any]:
        extra = {"path": {"file": Path("x")}, "target": {}}.get(self.fault, {"fault": self.fault})
        return extra if self.fault == "target" else {**super().about(), **extra}

    def label(self, case: Case) -> float | None:
        label = super().label(case)
        if self.fault == "text":
            return label and str(label)
        return 0.0 if self.fault == "blank" and label is None else label

    def present(self, case: Case) -> Any:
        present = super().present(case)
        return bool(present) if self.fault == "present" else present

    def labelled(self, case: Case) -> bool:
        return self.fault == "labelled" or super().labelled(case)

    def last_layer(self, features: int) -> nn.Module:
        return SHARED if self.fault == "shared" else nn.Linear(features, 2 if self.fault == "layer" else 1)

    def criterion(self, training_cases: Any) -> Any:
        def squared(logits: Tensor, target: Tensor, present: Tensor) -> Tensor:
            if self.fault == "in place":
                target.div_(2)
            if self.fault == "idle":
                return target.mean()
            logits = logits if self.fault == "bf16" else logits.float()
            errors = (logits[:, 0] - target).square()
            if self.fault == "masked":
                return (errors * present).mean()
            used = errors if self.fault == "absent" else errors[present]
            if self.fault == "gradient":
                used = used + 0.1 * logits.mean()
            if self.fault == "content":
                used = used / (1 + target.sum())
            if self.fault == "first":
                used = used[:1]
            return (-1 if self.fault == "sign" else 1) * used.mean().to(logits.dtype)

        return squared

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.mean(0) if self.fault == "samples" else logits

    def decode(self, probabilities: Tensor) -> Any:
        return {"value": probabilities[0] if self.fault == "decode" else float(probabilities[0])}

    def tidy(self, answer: Any, voxel_ml: float) -> tuple[Any, Any]:
        return answer, None if self.fault == "tidy" else ""

    @classmethod
    def score_case(cls, answer: Any, truth: str) -> dict[str, float]:
        error = abs(answer["value"] - float(truth))
        return {
            "metric": {"unheard_of": error},
            "endless": {"brier": float("nan")},
            "score": {"dice": error},
        }.get(answer["fault"], {"brier": error})

    @classmethod
    def in_words(cls, answer: Any) -> str:
        return "two\nlines" if answer["fault"] == "lines" else "one"

    def measure(self, answer: Any, target: np.ndarray, present: np.ndarray) -> dict[str, float]:
        return {"neg_error": -abs(answer["value"] - float(target))}


del Faulty._members["faulty_task"]  # known within these tests alone: see conftest.py


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("words", "`counted` is a tuple of names that differ; found ['all']"),
        ("compared", "`compared` is a metric that is known; found 'unheard_of'"),
        ("path", "`about` is what JSON holds, with target and where; found TypeError"),
        ("target", "`about` is what JSON holds, with target and where; found {}"),
        ("present", "`present` is a bool array of shape ()"),
        ("labelled", "`labelled` says whether anything is present"),
        ("blank", "a case of which nothing is known has no label"),
        ("text", "`label` is a number; found ['3.0', '5.0']"),
        ("shared", "`last_layer` makes a new module"),
        ("layer", "the last layer leads from (2, 5) to (2, 1), as `outputs` says; found (2, 2)"),
        ("in place", "the target is left as it is"),
        ("idle", "the loss is one finite float32 that teaches the head"),
        ("bf16", "the loss is one finite float32 that teaches the head, also where that computes in bfloat16"),
        ("absent", "a sample without a label gets exactly no gradient"),
        ("gradient", "a sample without a label gets exactly no gradient"),
        ("content", "what stands in the target of an absent label changes nothing"),
        ("first", "every sample with a label has a gradient"),
        ("samples", "`probabilities` are finite, and stand for the samples one by one"),
        ("decode", "a task decodes to plain values by name"),
        ("tidy", "`tidy` returns an answer and a note"),
        ("sign", "200 steps along the gradient of the loss make no figure of the answers worse; found neg_error"),
        ("lines", "`in_words` is one line; found 'two\\nlines'"),
        (
            "metric",
            "`score_case` gives finite values of known metrics, so that `btn compare` knows which are better; found",
        ),
        ("endless", "`score_case` gives finite values of known metrics"),
        ("score", "make no figure of the answers worse; found dice of score_case"),
    ],
)
def test_a_fault_is_named(fault: str, told: str) -> None:
    with pytest.raises(AssertionError) as breach:
        check_task(Faulty(name="age", target="age", fault=fault), CASES)
    assert told in str(breach.value)


def test_where_there_is_no_fault_nothing_is_said() -> None:
    check_task(Faulty(name="age", target="age"), CASES)


def test_cases_without_a_label_check_nothing() -> None:
    with pytest.raises(AssertionError, match="Faulty: a case with a label; found none; give `cases` from which"):
        check_task(Faulty(name="size", target="size"), CASES)


@pytest.mark.parametrize("settings", OURS, ids=lambda settings: settings["kind"])
def test_ours_keep_the_contract(settings: dict[str, Any]) -> None:
    check_task(Task.parse({"name": "task", **settings}), CASES)


def test_every_kind_of_ours_is_checked() -> None:
    ours = {entry.name for entry in entry_points(group=Task.group) if entry.module.startswith("braintumornet.")}
    assert {settings["kind"] for settings in OURS} == ours
