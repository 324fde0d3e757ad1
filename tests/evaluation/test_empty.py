import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.evaluation.empty import describe_policy
from braintumornet.evaluation.evaluate import score_regions

SPACE = Space((3, 4, 12), np.diag([1.0, 1.0, 1.0, 1.0]))  # diagonal 13 mm


@pytest.mark.parametrize(
    ("truth", "prediction", "dice", "hd95_mm", "note"),
    [
        (False, False, 1, 0, "empty in both"),
        (False, True, 0, 13, "empty in truth: false alarm"),
        (True, False, 0, 13, "empty in prediction: missed"),
        (True, True, 1, 0, ""),
    ],
)
def test_the_four_ways_to_be_empty(truth, prediction, dice, hd95_mm, note):
    masks = [np.full((1, *SPACE.shape), value) for value in (truth, prediction)]
    rows = {row.metric: row for row in score_regions("a", "tumour", ["WT"], *masks, [True], SPACE)}
    assert (rows["dice"].value, rows["hd95_mm"].value) == (dice, hd95_mm)
    assert rows["dice"].note == rows["hd95_mm"].note == note


def test_the_policy_is_told_in_three_lines():
    assert describe_policy() == (
        "empty in both; Dice 1, HD95 0 mm",
        "empty in truth: false alarm; Dice 0, HD95 the image diagonal in mm",
        "empty in prediction: missed; Dice 0, HD95 the image diagonal in mm",
    )
