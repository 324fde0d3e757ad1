"""Every metric of ours is found by its name in tables of scores, as everybody's is, and says its direction."""

import tomllib
from pathlib import Path

import pytest

from braintumornet.core.metric import Better, Metric, find_metric

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
HIGHER = (
    *("dice", "surface_dice_1mm", "surface_dice_0.5mm", "sensitivity", "precision", "lesionwise_dice", "lesions_found"),
    *("lesion_dice", "detection_sensitivity", "detection_precision", "detection_f1"),
    *("auc", "balanced_accuracy", "specificity"),
)
LOWER = (
    *("hd95_mm", "lesionwise_hd95_mm", "lesion_hd95_mm", "lesions_false", "false_lesions_per_case"),
    *("volume_difference_ml", "brier", "calibration_error"),
)
NEITHER = ("volume_truth_ml", "volume_prediction_ml", "lesions", "lesion_truth_ml", "lesion_prediction_ml")
UNKNOWN = ("probability", "cases", "predicted_as_error", "reliability_accuracy", "baseline_auc", "surface_dice_mm")


@pytest.mark.parametrize(
    ("names", "better"), [(HIGHER, Better.HIGHER), (LOWER, Better.LOWER), (NEITHER, None)], ids=str
)
def test_every_metric_says_which_values_are_better(names, better):
    found = {name: find_metric(name) for name in names}
    assert {name: (metric.name, metric.better) for name, metric in found.items()} == {
        name: (name, better) for name in names
    }


def test_only_the_difference_of_volumes_has_a_sign():
    assert [name for name in (*HIGHER, *LOWER, *NEITHER) if find_metric(name).signed] == ["volume_difference_ml"]


def test_nothing_is_guessed_from_words():
    assert [name for name in UNKNOWN if find_metric(name)] == []


def test_each_is_named_under_its_kind():
    named = PROJECT["entry-points"]["braintumornet.metrics"]
    ours = {kind: member.__module__ for kind, member in Metric.kinds().items() if kind in named}
    assert ours == named
