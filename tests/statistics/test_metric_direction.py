"""Which way every metric that `btn evaluate` writes is better."""

import pytest

from braintumornet.statistics.metric_direction import Better, better_values, is_signed

HIGHER = (
    *("dice", "surface_dice_1mm", "sensitivity", "precision", "lesionwise_dice", "lesions_found", "lesion_dice"),
    *("detection_sensitivity", "detection_precision", "detection_f1", "auc", "balanced_accuracy", "specificity"),
)
LOWER = (
    *("hd95_mm", "lesionwise_hd95_mm", "lesion_hd95_mm", "lesions_false", "false_lesions_per_case"),
    *("volume_difference_ml", "brier", "calibration_error"),
)
NEITHER = (
    *("volume_truth_ml", "volume_prediction_ml", "lesions", "lesion_truth_ml", "lesion_prediction_ml", "probability"),
    *("reliability_accuracy", "reliability_confidence", "reliability_cases", "predicted_as_error", "cases"),
    *("cases_without_label", "cases_without_prediction", "cases_left_out", "baseline_auc", "baseline_brier"),
)


@pytest.mark.parametrize(
    ("metrics", "better"), [(HIGHER, Better.HIGHER), (LOWER, Better.LOWER), (NEITHER, None)], ids=str
)
def test_the_better_values_of_every_metric(metrics, better):
    assert {metric: better_values(metric) for metric in metrics} == dict.fromkeys(metrics, better)


def test_only_the_difference_of_volumes_has_a_sign():
    assert [metric for metric in (*HIGHER, *LOWER, *NEITHER) if is_signed(metric)] == ["volume_difference_ml"]
