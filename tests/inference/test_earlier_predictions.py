"""Which predictions need not be made again."""

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError
from braintumornet.inference.earlier_predictions import find_predicted
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor

Made = tuple[PredictionRequest, Cohort]


@pytest.fixture
def made(run: Path, phantoms: Cohort, tmp_path: Path) -> Made:
    """Two of six cases are predicted."""
    order = PredictionRequest(run, tmp_path / "predictions")
    predict(order, Cohort("two", phantoms.cases[:2]))
    return order, phantoms


def predict(order: PredictionRequest, cohort: Cohort) -> None:
    predictor = Predictor.from_run(order.run)
    predict_cohort(predictor, cohort, order, lambda case: None)


def test_what_is_there_is_found_with_its_summary(made: Made) -> None:
    order, cohort = made
    found = find_predicted(order, cohort)
    assert list(found) == [case.id for case in cohort.cases[:2]]
    first = cohort.cases[0].id
    assert found[first].as_json() == read_json(PredictionFolder(order.folder).summary(first))


def test_other_weights_count_as_not_there(made: Made, tmp_path: Path) -> None:
    order, cohort = made
    other = tmp_path / order.run.name
    shutil.copytree(order.run, other)
    assert len(find_predicted(replace(order, run=other), cohort)) == 2
    weights = bytearray(RunFolder(other).model.read_bytes())
    weights[-1] ^= 1
    RunFolder(other).model.write_bytes(weights)
    assert find_predicted(replace(order, run=other), cohort) == {}


def test_files_of_regions_count_as_not_there_unless_they_are_wanted(made: Made) -> None:
    order, cohort = made
    apart = replace(order, region_files=True)
    assert find_predicted(apart, cohort) == {}
    predict(apart, Cohort("one", cohort.cases[:1]))
    assert list(find_predicted(apart, cohort)) == [cohort.cases[0].id]
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]


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


def with_first(cohort: Cohort, **images: Path) -> Cohort:
    """The first case alone, with other files."""
    case = cohort.cases[0]
    return Cohort("changed", (replace(case, images={**case.images, **images}),))


def test_an_image_of_another_content_is_predicted_again(made: Made, tmp_path: Path) -> None:
    """Neither its date nor its size tells."""
    order, cohort = made
    copy = Path(shutil.copy(cohort.cases[0].images["t1c"], tmp_path / "copy.nii.gz"))
    assert len(find_predicted(order, with_first(cohort, t1c=copy))) == 1  # newer, but the same
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    os.utime(copy, (0, 0))
    assert find_predicted(order, with_first(cohort, t1c=copy)) == {}


def test_images_that_were_exchanged_are_predicted_again(made: Made) -> None:
    order, cohort = made
    images = cohort.cases[0].images
    assert find_predicted(order, with_first(cohort, t1c=images["t2f"], t2f=images["t1c"])) == {}
    assert len(find_predicted(order, with_first(cohort, t1n=images["t2f"]))) == 1  # the network does not see it


def test_a_patient_who_is_found_to_have_trained_is_told_anew(made: Made) -> None:
    order, cohort = made
    first = cohort.cases[0]
    path = PredictionFolder(order.folder).summary(first.id)
    write_json(path, {**read_json(path), "seen_in_training": False})
    assert find_predicted(order, Cohort("x", (first,))) == {}


def test_a_brain_mask_counts_as_read(made: Made) -> None:
    order, cohort = made
    assert find_predicted(order, Cohort("x", (replace(cohort.cases[0], brainmask=None),))) == {}


def test_a_prediction_says_what_it_read_but_not_where_that_lies(made: Made) -> None:
    order, cohort = made
    case = cohort.cases[0]
    inputs = read_json(PredictionFolder(order.folder).summary(case.id))["inputs"]
    read = {"t1c": case.images["t1c"], "t2f": case.images["t2f"], "brainmask": case.brainmask}
    assert inputs == {column: hashlib.sha256(file.read_bytes()).hexdigest() for column, file in read.items()}


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"segmentation": 1}'])
def test_a_summary_that_says_too_little_counts_as_not_there(made: Made, content: str) -> None:
    order, cohort = made
    PredictionFolder(order.folder).summary(cohort.cases[0].id).write_text(content)
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]


def test_predictions_from_before_files_were_compared_count_as_not_there(made: Made) -> None:
    order, cohort = made
    path = PredictionFolder(order.folder).summary(cohort.cases[0].id)
    write_json(path, {key: value for key, value in read_json(path).items() if key != "inputs"})
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]


def test_a_mask_that_was_removed_is_predicted_again(made: Made) -> None:
    order, cohort = made
    PredictionFolder(order.folder).labels(cohort.cases[0].id, "tumour").unlink()
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]


def test_an_image_that_is_gone_is_left_to_the_prediction(made: Made) -> None:
    order, cohort = made
    assert find_predicted(order, with_first(cohort, t1c=Path("gone.nii.gz"))) == {}


def test_a_changed_configuration_or_split_of_the_run_is_noted(made: Made, tmp_path: Path) -> None:
    order, cohort = made
    run = RunFolder(Path(shutil.copytree(order.run, tmp_path / "run")))
    assert not any("changed" in note for note in Predictor.from_run(run.path).predict(cohort.cases[0]).notes)
    run.config.write_text(run.config.read_text().replace("overlap: 0.5", "overlap: 0.4"))
    run.split.write_text(run.split.read_text().replace(cohort.cases[0].id, "somebody"))
    prediction = Predictor.from_run(run.path).predict(cohort.cases[0])
    assert prediction.notes[0] == "config.yaml and split.json of the run changed after the weights were written"


def test_a_prediction_that_is_stopped_half_way_leaves_no_older_summary(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, cohort = made
    monkeypatch.setattr("braintumornet.output.mask_files.write_volume", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        predict(order, Cohort("one", cohort.cases[:1]))
    assert list(find_predicted(order, cohort)) == [cohort.cases[1].id]
