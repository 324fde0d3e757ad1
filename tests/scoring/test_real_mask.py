"""An expert's mask against spoilt copies of itself: each score moves as a person expects, as the how-to shows."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.scores import Scores
from braintumornet.metrics.lesion_definition import PRESETS
from braintumornet.scoring.masks_of_case import CaseMasks, score_regions
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.volumes.nifti import read_labels

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/scores.md"
SETTINGS = ScoreSettings(lesions=PRESETS["brats2023-men"])
SHOWN = ("dice", "surface_dice_1mm", "hd95_mm", "sensitivity", "precision", "volume_difference_ml")
SHOWN += ("lesionwise_dice", "lesionwise_hd95_mm")


def spoil(truth):
    """Copies of a mask of two lesions, by what was done to them."""
    grown = ndimage.binary_dilation(truth, ndimage.generate_binary_structure(3, 2))
    lesions, count = ndimage.label(grown, np.ones((3, 3, 3)))
    assert count == 2
    large = truth & (lesions == np.bincount(lesions[truth]).argmax())
    false = truth.copy()
    false[40:45, 60:65, 75:80] = True
    return {
        "as it is": truth,
        "moved by 1 mm": np.roll(truth, 1, axis=0),
        "moved by 2 mm": np.roll(truth, 2, axis=0),
        "moved by 4 mm": np.roll(truth, 4, axis=0),
        "a layer of 1 mm taken off": ndimage.binary_erosion(truth),
        "a layer of 1 mm put on": ndimage.binary_dilation(truth),
        "small lesion deleted": large,
        "large lesion deleted": truth & ~large,
        "false lesion of 0.1 ml added": false,
        "emptied": np.zeros_like(truth),
    }


@pytest.fixture(scope="module")
def table(shared_data):
    """What was done -> metric -> value, for the whole tumour of a real case."""
    labels = read_labels(shared_data / "brats2013-hgg/brats2013_pat0005/brats2013_pat0005_seg.nii.gz")
    truth = region_masks(labels.array, "brats2013", ["WT"])
    scores = {}
    for done, copy in spoil(truth[0]).items():
        masks = CaseMasks(["WT"], truth, copy[None], [True], labels.space)
        rows = Scores.of(score_regions("case", "tumour", masks, SETTINGS).rows).select(lesion="")
        scores[done] = {row.metric: row.value for row in rows if row.structure == "WT"}
    return scores


def column(table, metric, *done):
    return [table[name][metric] for name in done]


def test_a_copy_is_perfect(table):
    assert column(table, "dice", "as it is") == column(table, "lesionwise_dice", "as it is") == [1]
    assert table["as it is"]["hd95_mm"] == table["as it is"]["volume_difference_ml"] == 0
    assert table["as it is"]["lesions"] == 2


@pytest.mark.parametrize("metric", ["dice", "surface_dice_1mm", "sensitivity", "precision", "lesionwise_dice"])
def test_the_further_it_moves_the_less_it_overlaps(table, metric):
    values = column(table, metric, "as it is", "moved by 1 mm", "moved by 2 mm", "moved by 4 mm", "emptied")
    assert (np.diff(values) <= 0).all()
    assert values[0] > values[2] > values[3] > values[4]


@pytest.mark.parametrize("moved_mm", [1, 2, 4])
def test_the_hd95_is_at_most_the_way_it_moved(table, moved_mm):
    moved = table[f"moved by {moved_mm} mm"]
    assert 0.9 * moved_mm <= moved["hd95_mm"] <= moved_mm  # another part of the surface may be nearer
    assert moved["volume_difference_ml"] == 0


def test_within_the_tolerance_the_surface_is_right(table):
    near = ("a layer of 1 mm taken off", "a layer of 1 mm put on")  # thin parts vanish, gaps close
    assert table["moved by 1 mm"]["surface_dice_1mm"] == 1
    assert min(column(table, "surface_dice_1mm", *near)) > 0.85
    assert table["moved by 2 mm"]["surface_dice_1mm"] < 0.6


def test_what_is_taken_off_was_all_right_and_what_is_put_on_misses_nothing(table):
    less, more = table["a layer of 1 mm taken off"], table["a layer of 1 mm put on"]
    assert (less["precision"], more["sensitivity"]) == (1, 1)
    assert max(less["sensitivity"], more["precision"]) < 0.9
    assert less["volume_difference_ml"] < 0 < more["volume_difference_ml"]


def test_dice_forgives_a_small_lesion_and_the_score_per_lesion_does_not(table):
    small, large = table["small lesion deleted"], table["large lesion deleted"]
    assert small["dice"] > 0.98
    assert large["dice"] < 0.1
    assert small["lesionwise_dice"] == large["lesionwise_dice"] == 0.5
    assert small["hd95_mm"] < large["hd95_mm"]


def test_a_false_lesion_costs_a_third_of_three(table):
    false = table["false lesion of 0.1 ml added"]
    assert false["lesionwise_dice"] == pytest.approx(2 / 3)
    assert false["lesions_false"] == false["sensitivity"] == 1
    assert 0.999 < false["dice"] < 1
    assert false["hd95_mm"] == 0  # under 5 % of the surface


def test_nothing_is_worse_than_an_empty_mask(table):
    assert min(values["dice"] for values in table.values()) == table["emptied"]["dice"] == 0
    assert max(values["hd95_mm"] for values in table.values()) == table["emptied"]["hd95_mm"]
    assert table["emptied"]["lesionwise_hd95_mm"] == 374


def test_the_how_to_shows_this_table(table):
    shown = re.findall(r"^\| (\w[^|]*) \| ([-\d. |]+) \|$", PAGE.read_text(), re.MULTILINE)
    numbers = {done: [float(cell) for cell in cells.split("|")] for done, cells in shown}
    expected = {done: [round(values[metric], 3) for metric in SHOWN] for done, values in table.items()}
    assert numbers == expected
