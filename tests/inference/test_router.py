"""What a router keeps of a prediction."""

from dataclasses import replace

import numpy as np
import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.prediction import Prediction, RegionMap, Routing
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.core.text.errors import UsageError
from braintumornet.inference.router import choose_tasks, route
from braintumornet.metrics.marker_answers import MACRO

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
    assert routed.notes == ("a note", "kind: mets (0.80); so mets, any was chosen; left out: hgg WT 0.0 ml")
    assert routed.routing == Routing("mets", left_out={"hgg": ("WT",)}, measured={}, left_out_ml={"hgg": {"WT": 0.0}})
    assert set(route(predict(hgg=0.9), config).classes) == {"kind", "idh"}


def test_a_class_whose_tasks_cannot_outline_anything_is_passed_over(config: ExperimentConfig) -> None:
    apart = config.model_copy(update={"tasks": tuple(task for task in config.tasks if task.name != "any")})
    given = predict(hgg=0.2)
    maps = {"hgg": given.maps["hgg"]}
    without_t1c = replace(given, maps=maps, not_assessed={"mets": {"TC": "needs t1c, which is missing"}})
    routed = route(without_t1c, apart)
    assert (set(routed.maps), routed.routing) == ({"hgg"}, Routing("hgg", left_out={"mets": ("TC",)}))
    said = "kind: mets (0.80), which cannot be assessed without what is missing; so hgg was chosen"
    assert routed.notes == ("a note", said)
    nothing = route(replace(without_t1c, maps={}), apart)
    assert nothing.routing is not None
    assert (nothing.routing.chose, set(nothing.not_assessed)) == ("mets", {"mets"})


def test_it_says_how_often_it_was_right(config: ExperimentConfig) -> None:
    row = {"case_id": "cohort", "task": "kind", "structure": MACRO}
    known = {"cases": 24.0, "balanced_accuracy": 0.875, "auc": 0.9}
    scores = Scores.of({**row, "metric": metric, "value": value} for metric, value in known.items())
    routed = route(predict(hgg=0.2), config, scores)
    assert routed.notes[-1].startswith("kind: mets (0.80), balanced accuracy 0.88 on 24 validation cases; so mets, any")
    assert routed.routing is not None
    assert routed.routing.measured == known


def test_tasks_are_chosen_by_name(config: ExperimentConfig) -> None:
    assert choose_tasks(config, []) is None
    assert choose_tasks(config, ["auto"]) is None
    assert choose_tasks(config, ["hgg", "idh"]) == ["hgg", "idh"]


def test_without_a_router_nothing_chooses(tiny: ExperimentConfig) -> None:
    with pytest.raises(
        UsageError, match=r"has no router, so --task auto cannot choose; name tasks \(tumour, genotype\)"
    ):
        choose_tasks(tiny, ["auto"])
