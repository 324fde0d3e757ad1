"""What plug-ins and those who only ask what a task is can rely on."""

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.core.text.errors import InputWarning
from braintumornet.tasks.classification import ClassificationTask

GOLDEN = Path(__file__).parents[1] / "golden"


def test_kinds_of_task_are_known_without_torch():
    code = """
import sys
from braintumornet.tasks import classification, segmentation
from braintumornet.tasks import pooled_segmentation as pooled
from braintumornet.tasks.task import Task
assert Task.named("pooled_segmentation") is pooled.PooledSegmentationTask
sys.exit(sorted({"torch", "monai", "pandas"} & sys.modules.keys()) or 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_task_of_before_keeps_its_own_classes():
    with pytest.warns(InputWarning, match="Loud.class_index is now called label; rename it"):

        class Loud(ClassificationTask):
            kind: Literal["loud"] = "loud"

            def class_index(self, case):
                value = case.value(self.target)
                return None if value is None else self.classes.index(value.lower())

    task = Loud(name="idh", target="idh", classes=("mutant", "wildtype"))
    assert task.label(Case("a", "a", "c", {}, attributes={"idh": "WILDTYPE"})) == 1
    assert task.labelled(Case("a", "a", "c", {}, attributes={"idh": "MUTANT"}))
    assert not task.labelled(Case("a", "a", "c", {}))


def test_predictions_are_scored_without_torch(tmp_path):
    read, written = (GOLDEN / "cohort" / "cohort.csv", GOLDEN / "predictions"), tmp_path / "scores.csv"
    words = ["btn", "evaluate", *read, "--output", written]
    code = f"""
import sys
from braintumornet import cli
sys.argv = {[str(word) for word in words]!r}
try:
    cli.main()
finally:
    assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert "auc" in written.read_text()
