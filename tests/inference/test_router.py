"""What a router keeps of a prediction."""

import numpy as np
import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.prediction import Prediction, RegionMap, Routing
from braintumornet.core.space import Space
from braintumornet.core.text.errors import UsageError
from braintumornet.inference.router import choose_tasks, route

GRID = Space((2, 2, 2), np.eye(4))


@pytest.fixture
def config() -> ExperimentConfig:
    tasks = [
        {"kind": "segmentation", "name": "hgg", "regions": ["WT"], "where": {"pathology": "hgg"}},
        {"kind": "segmentation", "name": "mets", "regions": ["TC"], "where": {"pathology": "mets"}},
        {"kind": "segmentation", "name": "any", "regions": ["ET"]},
        {"kind": "classification", "name": "kind", "target": "pathology", "classes": ["hgg", "mets"], "roi": "patch"},
        {
            "kind": "classification",
            "name": "idh",
            "target": "idh",
            "classes": ["x", "y"],
            "where": {"pathology": "hgg"},
        },
    ]
    content = {"sequences": ["t1c"], "tasks": tasks, "training": {"steps": 1}, "inference": {"router": "kind"}}
    return ExperimentConfig.from_content(content, "hybrid")


def predict(hgg: float) -> Prediction:
    maps = {name: RegionMap((region,), np.zeros((1, 2, 2, 2))) for name, region in REGIONS.items()}
    classes = {"kind": {"hgg": hgg, "mets": 1 - hgg}, "idh": {"x": 0.5, "y": 0.5}}
    return Prediction("a", GRID, GRID, maps, classes, ("a note",))


REGIONS = {"hgg": "WT", "mets": "TC", "any": "ET"}


def test_the_tasks_for_the_class_and_those_for_all_are_kept(config: ExperimentConfig) -> None:
    routed = route(predict(hgg=0.2), config)
    assert (set(routed.maps), set(routed.classes)) == ({"mets", "any"}, {"kind"})
    assert routed.notes == ("a note", "kind: mets (0.80), so mets, any was chosen; left out: hgg WT 0.0 ml")
    assert routed.routing == Routing("mets", left_out={"hgg": ("WT",)}, measured={}, left_out_ml={"hgg": {"WT": 0.0}})
    assert set(route(predict(hgg=0.9), config).classes) == {"kind", "idh"}


def test_tasks_are_chosen_by_name(config: ExperimentConfig) -> None:
    assert choose_tasks(config, []) is None
    assert choose_tasks(config, ["auto"]) is None
    assert choose_tasks(config, ["hgg", "idh"]) == ["hgg", "idh"]


def test_without_a_router_nothing_chooses(tiny: ExperimentConfig) -> None:
    with pytest.raises(
        UsageError, match=r"has no router, so --task auto cannot choose; name tasks \(tumour, genotype\)"
    ):
        choose_tasks(tiny, ["auto"])
