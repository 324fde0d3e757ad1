"""Which predictions need not be made again."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.case import Cohort
from braintumornet.core.errors import UsageError
from braintumornet.core.files import read_json, write_json
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.run import RunFolder
from braintumornet.inference.cohort import predict_cohort
from braintumornet.inference.order import Order
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.resume import find_predicted
from braintumornet.training.trainer import fit

Made = tuple[Order, Cohort]


@pytest.fixture(scope="module")
def run(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained network."""
    path = tmp_path_factory.mktemp("runs") / "run"
    fit(tiny, phantoms, RunFolder(path))
    return path


@pytest.fixture
def made(run: Path, phantoms: Cohort, tmp_path: Path) -> Made:
    """Two of six cases are predicted."""
    order = Order(run, tmp_path / "predictions")
    predict(order, Cohort("two", phantoms.cases[:2]))
    return order, phantoms


def predict(order: Order, cohort: Cohort) -> None:
    predictor = Predictor.from_run(order.run)
    predict_cohort(predictor, cohort, order.folder, order.probabilities, lambda case: None, order.tasks)


def test_what_is_there_is_found_with_its_summary(made: Made) -> None:
    order, cohort = made
    found = find_predicted(order, cohort)
    assert list(found) == [case.id for case in cohort.cases[:2]]
    first = cohort.cases[0].id
    assert found[first] == read_json(PredictionFolder(order.folder).summary(first))


def test_other_weights_count_as_not_there(made: Made, tmp_path: Path) -> None:
    order, cohort = made
    other = tmp_path / order.run.name
    shutil.copytree(order.run, other)
    assert len(find_predicted(replace(order, run=other), cohort)) == 2
    weights = bytearray(RunFolder(other).model.read_bytes())
    weights[-1] ^= 1
    RunFolder(other).model.write_bytes(weights)
    assert find_predicted(replace(order, run=other), cohort) == {}


def test_other_tasks_count_as_not_there(made: Made) -> None:
    order, cohort = made
    fewer = replace(order, tasks=("tumour",))
    assert find_predicted(fewer, cohort) == {}
    predict(fewer, Cohort("one", cohort.cases[:1]))
    assert list(find_predicted(fewer, cohort)) == [cohort.cases[0].id]
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]
    with pytest.raises(UsageError, match="none of the run's tasks"):
        find_predicted(replace(order, tasks=("tumor",)), cohort)


def test_what_a_router_chose_counts_only_where_it_is_asked(made: Made) -> None:
    order, cohort = made
    summary = PredictionFolder(order.folder).summary(cohort.cases[0].id)
    write_json(summary, {**read_json(summary), "router": {"chose": "hgg"}})
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]


def test_probability_maps_that_are_wanted_must_be_there(made: Made) -> None:
    order, cohort = made
    maps = replace(order, probabilities=True)
    assert find_predicted(maps, cohort) == {}
    predict(maps, Cohort("one", cohort.cases[:1]))
    assert list(find_predicted(maps, cohort)) == [cohort.cases[0].id]
    assert len(find_predicted(order, cohort)) == 2


def test_an_image_that_changed_since_is_predicted_again(made: Made, tmp_path: Path) -> None:
    order, cohort = made
    case = cohort.cases[0]
    changed = tmp_path / "changed.nii.gz"
    shutil.copy(case.images["t1c"], changed)
    summary = PredictionFolder(order.folder).summary(case.id)
    moved = Cohort("moved", (replace(case, images={**case.images, "t1c": changed}),))
    os.utime(changed, (0, summary.stat().st_mtime - 1))
    assert len(find_predicted(order, moved)) == 1
    os.utime(changed, (0, summary.stat().st_mtime + 1))
    assert find_predicted(order, moved) == {}


def test_a_prediction_that_is_stopped_half_way_leaves_no_older_summary(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, cohort = made
    monkeypatch.setattr("braintumornet.output.write.write_volume", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        predict(order, Cohort("one", cohort.cases[:1]))
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]
