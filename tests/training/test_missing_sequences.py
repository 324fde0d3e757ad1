"""Cases that lack what a region requires teach it nothing; a network that is told learns from them all the same."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError
from braintumornet.inference.predictor import Predictor
from braintumornet.training.preflight import check_labels, that_teach
from braintumornet.training.trainer import fit


def requiring(tiny: ExperimentConfig, **requires: list[str]) -> ExperimentConfig:
    task = tiny.tasks[0].model_dump(mode="json") | {"requires": requires}
    return ExperimentConfig.from_content(tiny.model_dump(mode="json") | {"tasks": [task]}, "requiring")


def without_t1c(cohort: Cohort) -> Cohort:
    return Cohort(cohort.name, tuple(replace(c, images={"t2f": c.images["t2f"]}) for c in cohort))


def test_cases_that_can_teach_nothing_are_not_sampled(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    config = requiring(tiny, WT=["t1c"], TC=["t1c"], ET=["t1c"])
    blind = without_t1c(phantoms).cases[0]
    cases = [blind, *phantoms.cases[1:]]
    assert that_teach(config, cases) == list(phantoms.cases[1:])
    assert that_teach(requiring(tiny, ET=["t1c"]), cases) == cases
    with pytest.raises(InputError, match=r"none of the 1 training cases .* a region the sequences that it requires"):
        check_labels(config, [blind])


def test_a_network_that_is_told_trains_validates_and_predicts_without_sequences(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    content = tiny.model_dump(mode="json") | {"presence_channels": True}
    content["data"]["augment"]["sequence_dropout"] = 0.5
    content["training"] |= {"steps": 2, "validate_every": 1}
    blind = without_t1c(phantoms).cases
    sides = [replace(case, split="train") for case in (*phantoms.cases[:3], blind[3])]
    cohort = Cohort("some", (*sides, replace(blind[4], split="val")))
    run = RunFolder(tmp_path / "run")
    fit(ExperimentConfig.from_content(content, "told"), cohort, run)
    validated = {row[1] for row in run.read_metrics() if str(row[1]).startswith("val/tumour")}
    assert validated == {"val/tumour/WT/dice", "val/tumour/TC/dice"}
    predictor = Predictor.from_run(run.path)
    assert predictor.network.presence
    assert "t1c" in predictor.record.lacked
    prediction = predictor.predict(blind[5])
    assert prediction.maps["tumour"].regions == ("WT", "TC")
    assert not any("never learned to do without" in note for note in prediction.notes)
    assert all(torch.isfinite(torch.from_numpy(prediction.maps["tumour"].probabilities)).ravel())
