"""A case that lacks sequences: what is answered, what is not, and what a reader is told."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction import RegionMap
from braintumornet.inference.missing_sequences import BRIGHT_BEFORE_CONTRAST, leave_out, note_missing
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.router import route


def untrained(tiny: ExperimentConfig, **changed: object) -> Predictor:
    config = ExperimentConfig.from_content(tiny.model_dump(mode="json") | changed, "changed")
    torch.manual_seed(0)
    return Predictor(config.build_network(), config)


def without(case: Case, *sequences: str) -> Case:
    return replace(case, images={name: file for name, file in case.images.items() if name not in sequences})


def test_enhancing_tumour_is_not_assessed_without_t1c(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    prediction = untrained(tiny).predict(without(phantoms.cases[0], "t1c"))
    assert prediction.sequences == ("t2f",)
    assert prediction.not_assessed == {"tumour": {"ET": "needs t1c, which is missing"}}
    assert prediction.maps["tumour"].regions == ("WT", "TC")
    assert prediction.maps["tumour"].masks.shape[0] == 2


def test_all_is_assessed_where_all_is_there(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    prediction = untrained(tiny).predict(phantoms.cases[0])
    assert prediction.sequences == ("t1c", "t2f")
    assert prediction.not_assessed == {}
    assert prediction.maps["tumour"].regions == ("WT", "TC", "ET")


def test_a_task_of_which_nothing_can_be_assessed_has_no_map(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    needs = {region: ["t1c", "t2f"] for region in ("WT", "TC", "ET")}
    outline = tiny.tasks[0].model_dump(mode="json") | {"seed_probability": 0.99}
    assert any("left out" in note for note in untrained(tiny, tasks=[outline]).predict(phantoms.cases[0]).notes)
    tasks = [outline | {"requires": needs}, tiny.tasks[1].model_dump(mode="json")]
    prediction = untrained(tiny, tasks=tasks).predict(without(phantoms.cases[0], "t2f"))
    assert prediction.maps == {}
    assert not any("left out" in note for note in prediction.notes)  # of what is not there nothing was cleaned
    assert set(prediction.not_assessed["tumour"].values()) == {"needs t2f, which is missing"}
    assert sum(prediction.classes["genotype"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("presence", [False, True])
def test_the_network_is_told_what_is_missing(presence: bool, phantoms: Cohort, tiny: ExperimentConfig) -> None:
    predictor = untrained(tiny, presence_channels=presence)
    case = without(phantoms.cases[0], "t1c")
    told = predictor.predict(case).maps["tumour"].probabilities
    calls = []
    forward = predictor.network.forward
    predictor.network.forward = lambda *args, present, **named: calls.append(present) or forward(*args, **named)
    untold = predictor.predict(case).maps["tumour"].probabilities
    assert all(present.tolist() == [False, True] for present in calls)
    assert np.allclose(told, untold) == (not presence)


def test_exclusive_classes_keep_their_decision_scores() -> None:
    maps = np.arange(3.0).reshape(3, 1, 1, 1).astype(np.float32)
    answer = RegionMap(("WT", "TC", "ET"), maps, maps / 2)
    left = leave_out(answer, {"TC"})
    assert left.regions == ("WT", "ET")
    assert left.probabilities.ravel().tolist() == [0, 2]
    assert left.decision_scores.ravel().tolist() == [0, 1]
    assert leave_out(answer, answer.regions) is None
    assert leave_out(answer, ()) is answer


def test_t1c_without_t1n_is_told_of_blood_and_melanin() -> None:
    needs = {"ET": ("t1c",)}
    assert note_missing(("t1n", "t1c"), ["t1c"], ["t1n"], needs) == [BRIGHT_BEFORE_CONTRAST]
    assert note_missing(("t1n", "t1c"), ["t1c"], ["t1n"], {}) == []
    assert note_missing(("t1c", "t2f"), ["t1c", "t2f"], None, needs) == []
    assert note_missing(("t1n", "t1c"), ["t1n"], ["t1c"], needs) == []
    (never,) = note_missing(("t1n", "t1c"), ["t1n"], [], needs)
    assert never == "t1c is missing, and the network never learned to do without it: look twice"


def test_a_router_keeps_what_could_not_be_assessed(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    tasks = [tiny.tasks[0].model_dump(mode="json"), {**tiny.tasks[1].model_dump(mode="json"), "target": "pathology"}]
    tasks[0]["where"] = {"pathology": ["hgg", "mets"]}
    tasks[1] |= {"name": "kind", "classes": ["hgg", "mets"]}
    predictor = untrained(tiny, tasks=tasks, inference={"router": "kind"})
    chosen = route(predictor.predict(without(phantoms.cases[0], "t1c")), predictor.config)
    assert chosen.not_assessed == {"tumour": {"ET": "needs t1c, which is missing"}}
