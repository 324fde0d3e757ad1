"""What was drawn, counted by hand; and drawn the same after a stop."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.training.preflight import as_drawn, find_confounding
from braintumornet.training.sample_counts import SampleCounter
from braintumornet.training.trainer import fit

TASKS = (
    SegmentationTask(name="hgg", regions=("WT", "ET")),
    ClassificationTask(name="kind", target="pathology", classes=("hgg", "mets"), roi="patch"),
)
CASES = (
    Case("a", "a", "north", {}, pathology="hgg"),
    Case("b", "b", "south", {}, pathology="mets"),
    Case("c", "c", "south", {}),
)


def a_batch() -> Batch:
    """Return a of the north with tumour that does not enhance; b with none, ET not told; c without any label."""
    target = torch.zeros(3, 2, 2, 2, 2)
    target[0, 0] = 1
    target[2] = 1  # absent, so without meaning
    return Batch(
        image=torch.zeros(3, 2, 2, 2, 2),
        present_sequences=torch.tensor([[True, True], [True, False], [True, False]]),
        targets={"hgg": target, "kind": torch.tensor([0, 1, 0])},
        present={
            "hgg": torch.tensor([[True, True], [True, False], [False, False]]),
            "kind": torch.tensor([True, True, False]),
        },
        case_ids=("a", "b", "c"),
    )


def test_exclusive_classes_are_counted_by_tissue() -> None:
    tissues = ("necrosis_or_cyst", "oedema", "non_enhancing", "enhancing")
    task = SegmentationTask(name="hgg", regions=("WT",), tissues=tissues, loss="ce")
    target = torch.zeros(3, 4, 2, 2, 2)
    target[0, 1, 0], target[0, 3, 1] = 1, 1
    batch = replace(a_batch(), targets={"hgg": target}, present={"hgg": torch.tensor([[True] * 4] * 3)})
    drawn = SampleCounter.of(CASES, "cohort", [task], ("t1c", "t2w"))
    drawn.add(batch)
    found = {row.what: row.samples for row in drawn.rows() if row.group == "north" and row.task}
    assert found == {"labelled": 1, "necrosis_or_cyst": 0, "oedema": 1, "non_enhancing": 0, "enhancing": 1}


def test_a_table_by_hand() -> None:
    drawn = SampleCounter.of(CASES, "cohort", TASKS, ("t1c", "t2w"))
    for _ in range(2):
        drawn.add(a_batch())
    found = {(row.group, row.task, row.what): row.samples for row in drawn.rows()}
    assert found == {
        ("north", "", "samples"): 2,
        ("north", "hgg", "labelled"): 2,
        ("north", "hgg", "WT"): 2,
        ("north", "hgg", "ET"): 0,
        ("north", "kind", "labelled"): 2,
        ("north", "kind", "hgg"): 2,
        ("north", "kind", "mets"): 0,
        ("south", "", "samples"): 4,
        ("south", "", "without t2w"): 4,
        ("south", "hgg", "labelled"): 2,
        ("south", "hgg", "WT"): 0,
        ("south", "hgg", "ET"): 0,
        ("south", "kind", "labelled"): 2,
        ("south", "kind", "hgg"): 0,
        ("south", "kind", "mets"): 2,
    }
    assert drawn.lacked() == ["t2w"]


def test_cases_without_a_value_are_counted_too() -> None:
    drawn = SampleCounter.of(CASES, "pathology", TASKS, ("t1c", "t2w"))
    drawn.add(a_batch())
    assert drawn.counts["(blank)", "", "samples"] == 1


def two_cohorts(phantoms: Cohort) -> Cohort:
    """Return four heads of the north and two of the south."""
    return Cohort("both", tuple(replace(c, cohort="north" if n < 4 else "south") for n, c in enumerate(phantoms)))


def drawn_uniformly(config: ExperimentConfig, **data: object) -> ExperimentConfig:
    content = config.model_dump(mode="json")
    content["data"] |= {"sampling": "uniform", **data}
    return ExperimentConfig.from_content(content, "uniform")


class Stopped(Exception):  # noqa: N818
    """Stands for a power cut."""


def test_a_resumed_training_draws_and_counts_the_same(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    config, cohort = drawn_uniformly(tiny), two_cohorts(phantoms)
    whole = fit(config, cohort, RunFolder(tmp_path / "whole"))

    def stop(done: int, total: int, losses: object) -> None:
        if done == 3:  # one step after the last state that was saved
            raise Stopped

    with pytest.raises(Stopped):
        fit(config, cohort, RunFolder(tmp_path / "stopped"), progress=stop)
    resumed = fit(config, cohort, RunFolder(tmp_path / "stopped"), resume=True)
    assert resumed.sample_counts == whole.sample_counts
    weights = [read_tensors(RunFolder(tmp_path / name).model)[0] for name in ("whole", "stopped")]
    assert all(torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())
    samples = {row.group: row.samples for row in whole.sample_counts if row.what == "samples"}
    assert samples == {"north": 4, "south": 4}  # 4 steps of 2
    report = json.loads(RunFolder(tmp_path / "whole").report.read_text())
    assert report["sample_counts"] == [vars(row) for row in whole.sample_counts]
    assert report["router"] == []


def test_a_network_that_learned_to_do_without_a_sequence_misses_none(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    dropped = drawn_uniformly(tiny, augment={"sequence_dropout": 1.0})  # one of the two is always taken away
    result = fit(dropped, two_cohorts(phantoms), RunFolder(tmp_path / "run"))
    without = {
        name: sum(r.samples for r in result.sample_counts if r.what == f"without {name}") for name in tiny.sequences
    }
    assert sum(without.values()) == 8
    predictor = Predictor.from_run(tmp_path / "run")
    assert list(predictor.record.lacked or ()) == [name for name, samples in without.items() if samples]
    case = phantoms.cases[0]
    for name in predictor.record.lacked or ():
        images = {sequence: file for sequence, file in case.images.items() if sequence != name}
        assert predictor.predict(replace(case, images=images), ["tumour"]).notes == ()


def test_class_weights_follow_the_draw(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    north, south = {"genotype": "fusion"}, {"genotype": "other"}
    cases = [replace(case, attributes=north if case.cohort == "north" else south) for case in two_cohorts(phantoms)]
    task = ClassificationTask(name="genotype", target="genotype", classes=("fusion", "other"))
    assert task.weights(as_drawn(tiny, cases)).tolist() == pytest.approx([0.75, 1.5])  # 4 cases and 2
    assert task.weights(as_drawn(drawn_uniformly(tiny), cases)).tolist() == pytest.approx([1, 1])


def test_a_marker_that_coincides_with_the_cohort_is_warned_of(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    known = [replace(case, attributes={"genotype": "fusion"}) for case in two_cohorts(phantoms)]
    assert find_confounding(tiny, Cohort("x", tuple(known))) == []
    apart = [case if case.cohort == "north" else replace(case, attributes={"genotype": "other"}) for case in known]
    (text,) = find_confounding(tiny, Cohort("x", tuple(apart)))
    assert text.startswith("every cohort has one genotype only (north: fusion, south: other)")
