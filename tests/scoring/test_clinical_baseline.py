from math import isnan, log

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.scoring.clinical_baseline import TumourFeatures, baseline_rows, find_tumour
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

CLASSES = ("fusion", "v600e")


def cohort(seed, told, cases=40):
    """Facts of which the first coordinate knows the class, as much as `told` says."""
    rng = np.random.default_rng(seed)
    truths = [CLASSES[index % 2] for index in range(cases)]
    places = [0.5 + told * (0.2 if truth == "fusion" else -0.2) + 0.05 * rng.normal() for truth in truths]
    facts = [TumourFeatures((place, 0.5, rng.random()), rng.uniform(1, 50)) for place in places]
    return truths, [f"p{index}" for index in range(cases)], facts


def rows_of(truths, patients, facts):
    rows = Scores.of(baseline_rows(CLASSES, truths, patients, facts))
    return {(row.structure, row.metric): row for row in rows}


def test_a_class_that_lies_elsewhere_is_told_without_images():
    rows = rows_of(*cohort(0, told=1))
    assert rows["macro", "baseline_auc"].value > 0.99
    assert rows["macro", "baseline_balanced_accuracy"].value > 0.95
    assert rows["macro", "baseline_auc"].note.endswith(
        "logistic regression on location and volume, 5-fold over the patients of these cases, with their own labels"
    )


def test_a_class_that_lies_anywhere_is_not_told():
    values = [rows_of(*cohort(seed, told=0))["macro", "baseline_auc"].value for seed in range(8)]
    assert 0.3 < np.mean(values) < 0.6  # a little under one half: what is left out of a fold is rarer in the others


def test_a_patient_is_never_on_both_sides():
    together, apart = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        facts = [TumourFeatures(tuple(rng.random(3)), rng.uniform(1, 50)) for _ in range(8)] * 6  # six cases a patient
        truths, patients = [CLASSES[index % 2] for index in range(48)], [f"p{index % 8}" for index in range(48)]
        together.append(rows_of(truths, patients, facts)["macro", "baseline_auc"].value)
        apart.append(rows_of(truths, [f"p{index}" for index in range(48)], facts)["macro", "baseline_auc"].value)
    assert np.mean(together) < 0.5
    assert np.mean(apart) > 0.8


def test_age_is_used_where_it_is_given_and_a_gap_is_filled():
    truths, patients, facts = cohort(0, told=0)
    ages = [9.0 if truth == "fusion" else 15.0 for truth in truths]
    aged = [TumourFeatures(fact.place, fact.volume_ml, age) for fact, age in zip(facts, ages, strict=True)]
    aged[3] = TumourFeatures()
    rows = rows_of(truths, patients, aged)
    assert rows["macro", "baseline_auc"].value > 0.9
    assert "location, volume and age" in rows["macro", "baseline_auc"].note


@pytest.mark.parametrize(
    ("truths", "facts", "reason"),
    [
        (["fusion"] * 5 + ["v600e"] * 2, [TumourFeatures(age=3)] * 7, "a class has 2 patients; the baseline needs 3"),
        (["fusion"] * 5, [TumourFeatures(age=3)] * 5, "the cases are all of one class"),
        (["fusion", "v600e"] * 3, [TumourFeatures()] * 6, "no case has a tumour mask or an age"),
    ],
)
def test_what_cannot_be_computed_says_why(truths, facts, reason):
    rows = rows_of(truths, [f"p{index}" for index in range(len(truths))], facts)
    assert isnan(rows["macro", "baseline_auc"].value)
    assert f"not computed: {reason}" in rows["macro", "baseline_auc"].note


def test_the_place_is_taken_within_the_brain_s_box(tmp_path):
    space = Space((20, 20, 20), np.diag([2.0, 1.0, 1.0, 1.0]))
    brain, tumour = np.zeros((2, 20, 20, 20), bool)
    brain[4:15, 0:11, 10:20] = True
    tumour[4:6, 10, 10:20] = True
    write_volume(Volume(brain, space), tmp_path / "brain.nii.gz")
    case = Case("a", "a", "c", {}, brainmask=tmp_path / "brain.nii.gz", attributes={"age": "7"})
    facts = find_tumour(case, Volume(tumour, space))
    assert facts.place == pytest.approx((0.05, 1.0, 0.5))  # 4.5 is half a voxel into ten steps
    assert (facts.volume_ml, facts.age) == (pytest.approx(0.04), 7)
    assert facts.features()[3] == pytest.approx(log(0.04))


@pytest.mark.parametrize("age", ["unknown", None])
def test_a_case_without_tumour_or_age_has_no_facts(age):
    case = Case("a", "a", "c", {}, attributes={} if age is None else {"age": age})
    facts = find_tumour(case, Volume(np.zeros((2, 2, 2), bool), Space((2, 2, 2), np.eye(4))))
    assert np.isnan(facts.features()).all()
