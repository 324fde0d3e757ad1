"""Runs that answer together, and what is decided beside them."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.text.errors import UsageError
from braintumornet.inference.earlier_predictions import find_predicted
from braintumornet.inference.ensemble import find_runs
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import read_tensors, write_tensors


@pytest.fixture
def pair(run: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A run, and another whose sequences and regions stand in another order; its own network in that order."""
    other = tmp_path / "runs" / "other"
    shutil.copytree(run, other)
    config = yaml.safe_load((other / "config.yaml").read_text())
    config["sequences"].reverse()
    config["tasks"][0]["regions"] = ["ET", "WT", "TC"]
    (other / "config.yaml").write_text(yaml.safe_dump(config))
    split = read_json(other / "split.json")
    write_json(other / "split.json", {**split, "train": split["train"][:1], "patients": ["somebody"]})
    weights, notes = read_tensors(other / "model.safetensors")
    for name, tensor in weights.items():
        if name.endswith("convInit.conv.weight"):
            weights[name] = tensor.flip(1)
        if name.startswith("heads.tumour"):
            weights[name] = tensor[[2, 0, 1]] * 1.5
    write_tensors({name: tensor.contiguous() for name, tensor in weights.items()}, notes, other / "model.safetensors")
    return run, other


def test_runs_answer_in_the_mean_by_name_whatever_their_order(pair: tuple[Path, Path], phantoms: Cohort) -> None:
    first, other = pair
    case = phantoms.cases[-1]
    both = Predictor.from_run(first, InferenceOptions(others=(other,))).predict(case)
    one, two = (Predictor.from_run(path).predict(case).maps["tumour"] for path in pair)
    order = [two.regions.index(region) for region in one.regions]
    mean = (one.probabilities + two.probabilities[order]) / 2
    np.testing.assert_allclose(both.maps["tumour"].probabilities, mean, atol=2e-3)
    assert abs(one.probabilities - two.probabilities[order]).max() > 0.01
    assert both.maps["tumour"].regions == one.regions
    assert both.provenance["run"] == f"{first.name}, {other.name}"
    assert both.provenance["model"].count(", ") == 1


def test_who_taught_any_of_them_was_seen(pair: tuple[Path, Path], phantoms: Cohort) -> None:
    other = pair[1]
    together = InferenceOptions(others=(other,))
    case = replace(phantoms.cases[0], id="new", patient_id="somebody")
    assert not Predictor.from_run(pair[0]).predict(case, ["tumour"]).seen_in_training
    assert Predictor.from_run(pair[0], together).predict(case, ["tumour"]).seen_in_training


def test_runs_that_do_not_agree_are_refused_and_told_why(pair: tuple[Path, Path]) -> None:
    first, other = pair
    config = yaml.safe_load((other / "config.yaml").read_text())
    config["tasks"][0]["regions"] = ["ET", "WT"]
    (other / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(UsageError, match="cannot answer together: what the tasks tell differ: .*'ET', 'WT'"):
        Predictor.from_run(first, InferenceOptions(others=(other,)))


def test_a_folder_of_runs_is_all_its_runs(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert find_runs(pair[0]) == (pair[0],)
    assert find_runs(tmp_path / "runs") == (pair[1],)
    with pytest.raises(UsageError, match=r"is no run, and holds no finished one; train one with `btn train"):
        find_runs(tmp_path)
    with pytest.raises(UsageError, match=r"is not a finished run: config\.yaml is missing"):
        find_runs(tmp_path / "nothing")


def test_what_was_decided_otherwise_counts_as_another_prediction(
    pair: tuple[Path, Path], phantoms: Cohort, tmp_path: Path
) -> None:
    one = Cohort("one", phantoms.cases[:1])
    asked = PredictionRequest(pair[0], tmp_path / "predictions", tasks=("tumour",))
    ways = [
        InferenceOptions(),
        InferenceOptions(reading="one"),
        InferenceOptions(mirror=("z",)),
        InferenceOptions(others=(pair[1],)),
    ]
    for way in ways:
        request = replace(asked, options=way)
        predict_cohort(Predictor.from_run(pair[0], way), one, request, lambda case: None)
        found = [bool(find_predicted(replace(asked, options=other), one)) for other in ways]
        assert found == [other is way for other in ways]
    assert find_predicted(replace(asked, options=replace(ways[-1], reading="windows", mirror=(), timings=True)), one)


def test_timings_are_written_only_where_they_are_asked_for(run: Path, phantoms: Cohort, tmp_path: Path) -> None:
    one = Cohort("one", phantoms.cases[:1])
    predictor = Predictor.from_run(run)
    for timings in (False, True):
        asked = PredictionRequest(run, tmp_path, options=InferenceOptions(timings=timings))
        (record,) = predict_cohort(predictor, one, asked, lambda case: None)
        assert set(record.timings_s) == ({"read", "network", "resample", "write", "measure"} if timings else set())
        assert all(seconds >= 0 for seconds in record.timings_s.values())
        assert read_json(tmp_path / f"{one.cases[0].id}.json").get("timings_s", {}) == record.timings_s
