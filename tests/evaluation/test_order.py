"""Regions, classes and cases are found by their names: no order of theirs changes a score."""

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.output.write_prediction import write_prediction
from braintumornet.results.retention import compare_arms
from braintumornet.scoring.clinical_baseline import TumourFeatures, baseline_rows
from braintumornet.scoring.scored_task import Question
from braintumornet.volumes.nifti import read_labels, write_volume
from braintumornet.volumes.volume import Volume

from ..score_tables import score_markers

GRID = Space((6, 6, 6), np.eye(4))
ABOUT = {"tumour": {"target": "seg", "where": {}}, "idh": {"target": "idh", "where": {}}}
INSIDE = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}  # labels of brats2023
CLASSES = ("wildtype", "mutant", "unknown")


def make_cohort(folder: Path, cases: int = 4) -> Cohort:
    """Cases with a nested tumour each, of different sizes, and a class."""
    made = []
    for number in range(cases):
        labels = np.zeros(GRID.shape, np.uint8)
        labels[: 5 - number % 3, :4], labels[:3, :3, number % 2 :], labels[0, :2] = 2, 1, 3
        path = folder / f"{number}_seg.nii.gz"
        write_volume(Volume(labels, GRID), path)
        idh = {"idh": CLASSES[number % 3]}
        made.append(Case(f"{number}", f"p{number}", "c", {}, {"seg": path}, coding="brats2023", attributes=idh))
    return Cohort("c", tuple(made))


def predict(cohort: Cohort, folder: Path, orders: list[tuple[str, ...]], classes=(CLASSES,), right=True) -> Path:
    """Write predictions, each with its regions and classes in an order of its own."""
    for number, case in enumerate(cohort):
        labels = read_labels(case.targets["seg"]).array
        rng = np.random.default_rng(number)
        noise = {region: np.zeros(GRID.shape, bool) if right else rng.random(GRID.shape) < 0.1 for region in INSIDE}
        regions = orders[number % len(orders)]
        masks = np.stack([np.isin(labels, INSIDE[region]) ^ noise[region] for region in regions])
        chances = dict(zip(CLASSES, (0.5, 0.3, 0.2) if number % 2 else (0.4, 0.4, 0.2), strict=True))
        given = {name: chances[name] for name in classes[number % len(classes)]}
        maps = {"tumour": RegionMap(regions, masks.astype(np.float32))}
        write_prediction(Prediction(case.id, GRID, GRID, maps, {"idh": given}), folder, ABOUT)
    return folder


def as_table(scores: Iterable[Any]) -> dict[tuple[str, ...], tuple[str, str]]:
    """Return the scores without their order; as text, so that NaN equals NaN."""
    table = {(s.case_id, s.task, s.structure, s.metric): (repr(s.value), s.note) for s in scores}
    assert len(table) == len(list(scores))
    return table


def test_two_perfect_runs_with_their_regions_in_other_orders(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path)
    folder = predict(cohort, tmp_path / "p", [("WT", "ET", "TC"), ("WT", "TC", "ET")])
    for cases in (cohort, Cohort("c", cohort.cases[::-1])):
        dice = [(s.case_id, s.structure, s.value) for s in evaluate_cohort(cases, folder) if s.metric == "dice"]
        assert len(dice) == 12
        assert {value for *_, value in dice} == {1.0}


def test_no_order_of_regions_classes_or_cases_changes_a_score(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path, cases=6)
    usual = evaluate_cohort(cohort, predict(cohort, tmp_path / "usual", [("WT", "TC", "ET")], right=False))
    orders, classes = list(permutations(INSIDE)), list(permutations(CLASSES))
    folder = predict(cohort, tmp_path / "other", orders, classes, right=False)
    rng = np.random.default_rng(0)
    for _ in range(3):
        shuffled = Cohort("c", tuple(cohort.cases[index] for index in rng.permutation(len(cohort))))
        assert as_table(evaluate_cohort(shuffled, folder)) == as_table(usual)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_no_order_of_the_classes_changes_a_marker_or_its_intervals(order: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    truths = [CLASSES[index] for index in rng.integers(3, size=30)]
    probabilities = rng.integers(1, 4, size=(30, 3)) / 10  # many ties
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    patients = [f"p{index // 2}" for index in range(30)]
    answered = [index % 7 > 0 for index in range(30)]
    usual = score_markers("idh", CLASSES, truths, probabilities, patients, answered)
    other = score_markers("idh", [CLASSES[i] for i in order], truths, probabilities[:, list(order)], patients, answered)
    assert as_table(other) == as_table(usual)


def test_no_order_changes_the_baseline_without_images() -> None:
    rng = np.random.default_rng(2)
    facts = [TumourFeatures(tuple(rng.random(3)), rng.uniform(1, 50), age=float("nan")) for _ in range(24)]
    truths, patients = [CLASSES[index % 2] for index in range(24)], [f"p{index // 2}" for index in range(24)]
    usual = Scores.of(baseline_rows(CLASSES[:2], truths, patients, facts))
    order = rng.permutation(24)
    shuffled = ([values[index] for index in order] for values in (truths, patients, facts))
    assert as_table(Scores.of(baseline_rows(CLASSES[1::-1], *shuffled))) == as_table(usual)


def test_the_baseline_finds_the_same_tumour_in_whichever_order_its_regions_were_written(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path, cases=6)
    bare = Cohort("c", tuple(replace(case, targets={}) for case in cohort))
    tables = []
    for name, regions in (("a", ("WT", "ET")), ("b", ("ET", "WT"))):  # one file each
        predict(cohort, tmp_path / name, [regions])
        tables.append(as_table([s for s in evaluate_cohort(bare, tmp_path / name) if s.metric.startswith("baseline")]))
    assert tables[0] == tables[1]


def test_runs_that_disagree_on_what_a_task_is_are_refused(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path, cases=2)
    predict(cohort, tmp_path / "p", [("WT", "TC", "ET"), ("WT", "TC")])
    expected = (
        "task 'tumour' is WT, TC, ET in seg in the prediction of case 0, and WT, TC in seg in that of case 1: two"
    )
    with pytest.raises(InputError, match=expected):
        evaluate_cohort(cohort, tmp_path / "p")


def test_a_region_that_the_prediction_of_one_case_lacks_is_refused_there(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path, cases=2)
    predict(cohort, tmp_path / "p", [("WT", "TC", "ET"), ("WT", "TC")])
    with pytest.raises(UsageError, match="case 1: head 'tumour' outlines WT, TC; region 'ET' is none of them"):
        evaluate_cohort(cohort, tmp_path / "p", [Question("tumour", "seg", ("WT", "ET"))])


def test_runs_that_tell_other_classes_are_refused(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path, cases=2)
    predict(cohort, tmp_path / "p", [("WT",)])
    path = tmp_path / "p" / "1.json"
    summary = json.loads(path.read_text())
    summary["classification"]["idh"]["probabilities"] = {"wildtype": 0.5, "other": 0.5}
    write_json(path, summary)
    expected = "head 'idh' tells wildtype, mutant, unknown in the prediction of case 0, and wildtype, other in that of"
    with pytest.raises(InputError, match=expected):
        evaluate_cohort(cohort, tmp_path / "p")


def test_the_order_of_cases_changes_no_mean_of_an_arm_and_none_may_stand_twice() -> None:
    values = np.random.default_rng(3).random(50)
    about = {"task": "hgg", "structure": "WT", "metric": "dice"}
    scores = Scores.of({**about, "case_id": number, "value": value} for number, value in enumerate(values))
    shuffled = Scores(scores.frame.sample(frac=1, random_state=4))
    assert list(compare_arms({"hgg": scores}, {"multi": shuffled})["change"]) == [0.0, 0.0]
    with pytest.raises(InputError, match="case 0, hgg, WT: dice is there twice"):
        compare_arms({"hgg": scores}, {"multi": Scores.concat([scores, scores.select(case_id="0")])})
