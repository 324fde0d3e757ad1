"""Tumours that are unsure, too small by themselves, or beside the largest one, are left out and told of."""

import numpy as np
import pytest

from braintumornet.core.prediction import RegionMap
from braintumornet.tasks.segmentation import SegmentationTask


def answer(*sizes: int) -> RegionMap:
    """Return tumours of so many voxels in a row, the first of which has a core of one voxel."""
    row = np.zeros((2, 1, 1, sum(sizes) + len(sizes)), np.float32)
    start = 0
    for size in sizes:
        row[0, ..., start : start + size] = 0.9
        start += size + 1
    row[1, ..., 0] = 0.8
    return RegionMap(("WT", "TC"), row)


@pytest.mark.parametrize(
    ("settings", "left", "note"),
    [
        ({}, [50, 5, 4, 1], ""),
        ({"min_component_share": 0.1}, [50, 5], "2 connected tumours under 5 ml left out"),
        ({"min_component_share": 0.02}, [50, 5, 4, 1], ""),
        ({"min_component_share": 1.0}, [50], "3 connected tumours under 50 ml left out"),
        ({"min_component_ml": 4.5, "min_component_share": 0.02}, [50, 5], "2 connected tumours under 4.5 ml left out"),
        (
            {"min_component_ml": "auto", "min_component_share": 0.09},
            [50, 5],
            "2 connected tumours under 4.5 ml left out",
        ),
        ({"min_component_ml": 60}, [], "4 connected tumours under 60 ml left out"),
    ],
)
def test_what_is_too_small_is_left_out_of_every_region(settings: dict[str, object], left: list[int], note: str) -> None:
    task = SegmentationTask(name="glioma", regions=("WT", "TC"), **settings)
    whole = answer(50, 5, 4, 1)
    cleaned, said = task.tidy(whole, voxel_ml=1.0)
    assert said == note
    found = np.flatnonzero(np.diff(np.pad(cleaned.masks[0].ravel().astype(int), 1))).reshape(-1, 2)
    assert [int(end - start) for start, end in found] == left
    assert cleaned.masks[1].any() == bool(left)
    np.testing.assert_array_equal(cleaned.probabilities, whole.probabilities)


def peaks(*values: tuple[float, float]) -> RegionMap:
    """Return tumours of two voxels, whose outer region and core have these probabilities at most."""
    row = np.zeros((2, 1, 1, 3 * len(values)), np.float32)
    for number, (outer, core) in enumerate(values):
        row[0, ..., 3 * number : 3 * number + 2] = 0.6, outer
        row[1, ..., 3 * number + 1] = core
    return RegionMap(("WT", "TC"), row)


def test_what_is_nowhere_sure_is_left_out_of_its_region() -> None:
    """The outer region stays where it, or the core within it, is sure; the core only where it is itself."""
    task = SegmentationTask(name="mets", regions=("WT", "TC"), seed_probability=0.75)
    cleaned, said = task.tidy(peaks((0.9, 0.8), (0.9, 0.6), (0.6, 0.8), (0.7, 0.7), (0.75, 0.4)), voxel_ml=1.0)
    two, none = [True, True, False], [False] * 3
    assert cleaned.masks[0].ravel().tolist() == [*two, *two, *two, *none, *two]
    assert np.flatnonzero(cleaned.masks[1]).tolist() == [1, 7]
    assert said == "connected parts that nowhere reach a probability of 0.75 left out: 1 of WT, 2 of TC"


@pytest.mark.parametrize(
    ("seed_probability", "left", "note"),
    [
        ({0: 0.8, 2: 0.7, 4: 0.6}, [2, 4, 5], "0.8 (0.7 from 2 ml on, 0.6 from 4 ml on) left out: 2 of TC"),
        ({4: 0.6, 0: 0.8, 2: 0.7}, [2, 4, 5], "0.8 (0.7 from 2 ml on, 0.6 from 4 ml on) left out: 2 of TC"),
        ({0: 0.8, 2.5: 0}, [3, 4, 5], "0.8 (0 from 2.5 ml on) left out: 2 of TC"),
        ({2: 0.8}, [1], "0.8 from 2 ml on left out: 4 of TC"),
        ({}, [1, 2, 3, 4, 5], ""),
    ],
)
def test_of_a_small_part_more_can_be_asked(seed_probability: dict[float, float], left: list[int], note: str) -> None:
    """Parts of 1 to 5 voxels reach .72, .7, .68, .66 and .64 in one voxel each."""
    parts = [[0.72 - 0.02 * size, *[0.55] * size, 0.0] for size in range(5)]
    row = np.array([value for part in parts for value in part], np.float32).reshape(1, 1, 1, -1)
    task = SegmentationTask(name="mets", regions=("TC",), seed_probability=seed_probability)
    cleaned, said = task.tidy(RegionMap(("TC",), row), voxel_ml=1.0)
    found = np.flatnonzero(np.diff(np.pad(cleaned.masks.ravel().astype(int), 1))).reshape(-1, 2)
    assert [int(end - start) for start, end in found] == left
    assert said == (f"connected parts that nowhere reach a probability of {note}" if note else "")


@pytest.mark.parametrize("given", [1.0, {0: 0.8, 0.5: 1.0}, {-0.5: 0.8}, {float("inf"): 0.8}, "high"])
def test_what_is_no_probability_from_a_volume_on_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="seed_probability"):
        SegmentationTask(name="mets", regions=("TC",), seed_probability=given)


def test_what_is_unsure_is_left_out_before_the_largest_is_sought() -> None:
    unsure, sure = np.full(50, 0.6, np.float32), np.full(4, 0.9, np.float32)
    row = np.concatenate([unsure, np.zeros(1, np.float32), sure]).reshape(1, 1, 1, -1)
    task = SegmentationTask(name="mets", regions=("TC",), seed_probability=0.7, min_component_share=0.5)
    cleaned, said = task.tidy(RegionMap(("TC",), row), voxel_ml=1.0)
    assert np.flatnonzero(cleaned.masks).tolist() == [51, 52, 53, 54]
    assert said == "connected parts that nowhere reach a probability of 0.7 left out: 1 of TC"


def test_all_is_sure_enough() -> None:
    task = SegmentationTask(name="mets", regions=("WT", "TC"), seed_probability=0.75)
    assert task.tidy(peaks((0.9, 0.8)), voxel_ml=1.0)[1] == ""


def test_nothing_is_no_tumour_to_compare_with() -> None:
    empty = RegionMap(("WT", "TC"), np.zeros((2, 2, 2, 2), np.float32))
    task = SegmentationTask(name="glioma", regions=("WT", "TC"), min_component_share=0.5)
    assert task.tidy(empty, voxel_ml=1.0)[1] == ""
