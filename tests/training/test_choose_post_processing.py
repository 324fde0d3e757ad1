"""Post-processing is chosen where it helps the validation cases, and used by predictions of the run."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from braintumornet.core.prediction import RegionMap
from braintumornet.core.run_records import PostProcessingRecord
from braintumornet.tasks.post_processing import post_process
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.training.choose_post_processing import choose_post_processing

TASK = SegmentationTask(name="tumour", regions=("WT", "ET"), min_component_ml="auto")
TRUTH = np.zeros((2, 12, 12, 12), dtype=bool)
TRUTH[0, 2:8, 2:8, 2:8] = True


def _found(islands: bool = False, hole: bool = False, enhancing: bool = False, unsure: bool = False) -> RegionMap:
    scores = TRUTH.astype(np.float32)
    if unsure:
        scores[0, 9:, :, :4] = 0.65  # more than a millilitre, as the tumour itself
    if islands:
        scores[0, 10, 10, 10] = scores[0, 0, 0, :3] = 1
    if hole:
        scores[0, 3:7, 3:7, 3:7] = 0
    if enhancing:
        scores[1, 3, 3, 3] = 1
    return RegionMap(("WT", "ET"), scores)


@dataclass
class _Predictor:
    """Gives the same masks of every case."""

    answer: RegionMap
    config: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(tasks=(TASK,)))

    def predict_images(self, images: object) -> SimpleNamespace:
        return SimpleNamespace(maps={"tumour": self.answer})


def _cases(count: int = 5) -> list[SimpleNamespace]:
    case = SimpleNamespace(
        images=lambda: None,
        targets=lambda tasks: {"tumour": TRUTH},
        present={"tumour": np.array([True, True])},
        space=SimpleNamespace(voxel_ml=0.008),
    )
    return [case] * count


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (_found(islands=True), {"min_component_ml": 0.05}),
        (_found(hole=True), {"fill_holes": True}),
        (_found(enhancing=True), {"min_enhancing_ml": 0.05}),
        (_found(unsure=True), {"seed_probability": {0: 0.7}}),
        (_found(unsure=True, hole=True), {"seed_probability": {0: 0.7}, "fill_holes": True}),
        (_found(islands=True, hole=True), {"min_component_ml": 0.05, "fill_holes": True}),
    ],
)
def test_what_helps_is_chosen_with_its_gain_and_makes_the_masks_right(
    found: RegionMap, wanted: dict[str, object]
) -> None:
    chosen = choose_post_processing(_Predictor(found), _cases())["tumour"]  # type: ignore[arg-type]
    assert {key: value for key, value in chosen.as_json().items() if key in wanted} == wanted
    assert chosen.gain > 0.002
    assert chosen.cases == 5
    cleaned, note = post_process(found, chosen, 0.008)
    assert np.array_equal(cleaned.masks, TRUTH)
    assert note
    assert cleaned.probabilities is found.probabilities


def test_nothing_is_chosen_where_nothing_helps_or_few_cases_say_so() -> None:
    assert choose_post_processing(_Predictor(_found()), _cases()) == {}  # type: ignore[arg-type]
    assert choose_post_processing(_Predictor(_found(islands=True)), _cases(4)) == {}  # type: ignore[arg-type]


def test_the_task_itself_cleans_nothing_until_something_was_chosen() -> None:
    found = _found(islands=True)
    assert TASK.tidy(found, 0.008) == (found, "")
    assert post_process(found, PostProcessingRecord(), 0.008) == (found, "")


def test_a_true_enhancing_tumour_of_just_the_limit_is_kept() -> None:
    found = _found(enhancing=True)
    kept, note = post_process(found, PostProcessingRecord(min_enhancing_ml=0.008), 0.008)
    assert (kept.masks[1].sum(), note) == (1, "")
    left_out, note = post_process(found, PostProcessingRecord(min_enhancing_ml=0.009), 0.008)
    assert (left_out.masks[1].sum(), note) == (0, "enhancing tumour under 0.009 ml in all left out")
