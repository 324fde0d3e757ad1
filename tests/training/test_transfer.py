"""A training that starts from another run."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.training.trainer import fit

BACKBONE = {"kind": "resunet", "width": 8, "blocks_down": [1, 1], "blocks_up": [1], "norm": "batch"}


def outline(config: ExperimentConfig, **sections: object) -> ExperimentConfig:
    """Return the configuration with the mask alone, a network with statistics, and other sections."""
    content = config.model_dump(mode="json")
    content |= {"tasks": content["tasks"][:1], "backbone": BACKBONE}
    training = content["training"] | {"weight_decay": 0.1}
    return ExperimentConfig.from_content({**content, "training": training, **sections}, "outline")


def split(cohort: Cohort, *sides: str) -> Cohort:
    cases = (replace(case, split=side) for case, side in zip(cohort, sides, strict=True))
    return Cohort(cohort.name, tuple(cases))


@pytest.fixture(scope="module")
def source(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that learned from the first two heads."""
    run = RunFolder(tmp_path_factory.mktemp("runs") / "source")
    fit(outline(tiny), split(phantoms, "train", "train", "test", "test", "test", "test"), run)
    return run


Start = Callable[..., dict[str, torch.Tensor]]


@pytest.fixture
def start(source: RunFolder, phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> Start:
    """Train on the other four heads from the source, with transfer settings and tasks, and return the weights."""

    def run(tasks: list[Any] | None = None, **transfer: object) -> dict[str, torch.Tensor]:
        config = outline(tiny, transfer={"run": str(source.path), **transfer})
        if tasks:
            config = ExperimentConfig.from_content({**config.model_dump(mode="json"), "tasks": tasks}, "tasks")
        fit(config, Cohort("others", phantoms.cases[2:]), RunFolder(tmp_path / "run"))
        return read_tensors(RunFolder(tmp_path / "run").model)[0]

    return run


CORE = [{"kind": "segmentation", "name": "core", "regions": ["TC"]}]


def moved(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    return {name for name in before if name in after and not torch.equal(before[name], after[name])}


def test_the_weights_are_the_sources_and_learn_on(source: RunFolder, start: Start, tmp_path: Path) -> None:
    before, digest = read_tensors(source.model)[0], hashlib.sha256(source.model.read_bytes()).hexdigest()
    files = {path: path.stat().st_mtime_ns for path in source.path.rglob("*")}
    after = start(learning_rate_factors={"backbone": 1e-9, "heads": 1e-9})
    for name in before:
        if name.endswith(("weight", "bias")):
            torch.testing.assert_close(after[name], before[name], atol=1e-6, rtol=0)
    assert hashlib.sha256(source.model.read_bytes()).hexdigest() == digest
    assert {path: path.stat().st_mtime_ns for path in source.path.rglob("*")} == files


def test_frozen_layers_stay_as_they_are(source: RunFolder, start: Start) -> None:
    before = read_tensors(source.model)[0]
    changed = moved(before, start(freeze=["backbone.encoder"]))
    assert not any(name.startswith("backbone.encoder.") for name in changed)  # weights, means and variances
    assert any(name.startswith("backbone.decoder.") and name.endswith("weight") for name in changed)
    assert any(name.startswith("backbone.decoder.") and name.endswith("running_mean") for name in changed)


def test_only_new_heads_learn_during_the_warm_up(source: RunFolder, start: Start, tmp_path: Path) -> None:
    before = read_tensors(source.model)[0]
    after = start(tasks=CORE, warm_up_steps=4)  # all four steps
    assert moved(before, after) == set()
    statuses = {t["name"]: t["status"] for t in json.loads((tmp_path / "run" / "transfer.json").read_text())["tensors"]}
    assert {name for name, status in statuses.items() if status == "new"} == {
        "heads.core.1.weight",
        "heads.core.1.bias",
    }
    assert after["heads.core.1.bias"].abs().sum() > 0


def test_after_the_warm_up_all_learn(source: RunFolder, start: Start) -> None:
    changed = moved(read_tensors(source.model)[0], start(tasks=CORE, warm_up_steps=3))
    assert any(name.endswith("weight") for name in changed)
    assert any(name.endswith("running_mean") for name in changed)


def test_a_resumed_transfer_equals_an_uninterrupted_one(
    source: RunFolder, start: Start, phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    settings = {"freeze": ["backbone.encoder"], "learning_rate_factors": {"heads": 3}, "warm_up_steps": 1}
    whole = start(tasks=CORE, **settings)
    config = outline(tiny, transfer={"run": str(source.path), **settings}, tasks=CORE)
    stopped = RunFolder(tmp_path / "stopped")

    def stop(step: int, total: int, losses: object) -> None:
        if step == 3:
            raise KeyboardInterrupt

    others = Cohort("others", phantoms.cases[2:])
    with pytest.raises(KeyboardInterrupt):
        fit(config, others, stopped, progress=stop)
    fit(config, others, stopped, resume=True)
    assert moved(whole, read_tensors(stopped.model)[0]) == set()


def test_who_trained_the_source_is_remembered(
    source: RunFolder, start: Start, phantoms: Cohort, tmp_path: Path
) -> None:
    start()
    stored = json.loads((tmp_path / "run" / "transfer.json").read_text())["source"]
    first, second = phantoms.cases[:2]
    assert stored["cases"] == [first.id, second.id]
    assert stored["model"] == source.model_fingerprint()
    predictor = Predictor.from_run(tmp_path / "run")
    assert {first.id, second.id} <= predictor.record.cases
    assert predictor.predict(first).seen_in_training


@pytest.mark.parametrize("side", ["val", "test"])
def test_a_patient_who_trained_the_source_is_not_scored(
    side: str, source: RunFolder, phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    again = replace(phantoms.cases[1], id="another visit")  # of a patient who trained the source
    cohort = split(Cohort("others", (*phantoms.cases[2:], again)), "train", "train", "train", "train", side)
    config = outline(tiny, transfer={"run": str(source.path)})
    with pytest.raises(InputError, match=f"case another visit: patient .* is in this run's {side} set and trained"):
        fit(config, cohort, RunFolder(tmp_path / "run"))
    assert list(tmp_path.iterdir()) == []


def test_the_sources_own_source_counts_too(
    start: Start, phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    start()
    config = outline(tiny, transfer={"run": str(tmp_path / "run")})
    cohort = split(phantoms, "test", "train", "train", "train", "train", "train")
    with pytest.raises(InputError, match=f"case {phantoms.cases[0].id}: patient"):
        fit(config, cohort, RunFolder(tmp_path / "third"))


@pytest.mark.parametrize(
    ("transfer", "message"),
    [
        (
            {"freeze": ["backbone.encodr"]},
            "'backbone.encodr' is no layer of this network; did you mean 'backbone.encoder'",
        ),
        ({"freeze": ["backbone", "heads"]}, "leaves nothing that could learn"),
        ({"learning_rate_factors": {"head": 2}}, "'head' is no layer of this network; did you mean 'heads'"),
        ({"warm_up_steps": 3}, "every head is in .* as it is, so that there is none to warm up; set 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    transfer: dict[str, object], message: str, start: Start, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        start(**transfer)
    assert list(tmp_path.iterdir()) == []
