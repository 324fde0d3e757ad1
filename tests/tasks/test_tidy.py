"""Tumours that are too small by themselves, or beside the largest one, are left out and told of."""

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


def test_nothing_is_no_tumour_to_compare_with() -> None:
    empty = RegionMap(("WT", "TC"), np.zeros((2, 2, 2, 2), np.float32))
    task = SegmentationTask(name="glioma", regions=("WT", "TC"), min_component_share=0.5)
    assert task.tidy(empty, voxel_ml=1.0)[1] == ""
