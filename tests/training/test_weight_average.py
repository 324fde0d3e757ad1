"""A training whose network has the mean of the weights along its end."""

from pathlib import Path

import pytest
import torch
from torch import nn

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.networks.training_settings import WeightAverageSettings
from braintumornet.training.trainer import fit
from braintumornet.training.weight_average import WeightAverage


def averaged(tiny: ExperimentConfig, **training: object) -> ExperimentConfig:
    content = tiny.model_dump(mode="json")
    content["training"] |= {"average": {"last": 0.5, "every": 1}, **training}
    return ExperimentConfig.from_content(content, "averaged")


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return read_tensors(run.model)[0]


def test_the_network_has_the_mean_of_the_weights_that_were_taken(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[dict[str, torch.Tensor]] = []
    add = WeightAverage.add

    def watch(self: WeightAverage, network: torch.nn.Module) -> None:
        taken.append({name: each.clone() for name, each in network.state_dict().items()})
        add(self, network)

    monkeypatch.setattr(WeightAverage, "add", watch)
    fit(averaged(tiny), phantoms, RunFolder(tmp_path))
    assert len(taken) == 3  # after steps 2, 3 and 4
    found = weights(RunFolder(tmp_path))
    for name, each in found.items():
        own = torch.stack([one[name].double() for one in taken])
        assert own.std(0).max() > 0 or name.endswith("num_batches_tracked") or not own[0].is_floating_point()
        torch.testing.assert_close(each.double(), own.mean(0), rtol=1e-5, atol=1e-6)
    assert "- mean of the weights along the end of 4 steps\n" in RunFolder(tmp_path).card.read_text()
    state = read_tensors(RunFolder(tmp_path).state)[0]
    assert all(torch.equal(state[f"network.{name}"], taken[-1][name]) for name in found)  # it trains on from its own


def test_a_training_that_was_stopped_ends_with_the_same_mean(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    class PowerCut(Exception):  # noqa: N818
        """Stands for a power cut."""

    def stop(step: int, total: int, losses: object) -> None:
        if step == 3:
            raise PowerCut

    config, whole, cut = averaged(tiny, save_every=1), RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "cut")
    fit(config, phantoms, whole)
    with pytest.raises(PowerCut):
        fit(config, phantoms, cut, progress=stop)
    fit(config, phantoms, cut, resume=True)
    assert all(torch.equal(each, weights(cut)[name]) for name, each in weights(whole).items())


def test_the_mean_is_what_is_validated_and_kept(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    content = averaged(tiny, validate_every=1).model_dump(mode="json")
    content["data"]["split"] = {"train": 0.5, "val": 0.5, "test": 0.0}
    content["tasks"] = content["tasks"][:1]
    fit(ExperimentConfig.from_content(content, "validated"), phantoms, RunFolder(tmp_path))
    notes = read_tensors(RunFolder(tmp_path).model)[1]
    assert notes["step"] == 4
    assert notes["val/score"] == RunFolder(tmp_path).read_report().best


def test_a_configuration_of_before_keeps_its_fingerprint(tiny: ExperimentConfig) -> None:
    assert averaged(tiny).fingerprint() != tiny.fingerprint()
    content = tiny.model_dump(mode="json")
    del content["training"]["average"]
    assert ExperimentConfig.from_content(content, "before").fingerprint() == tiny.fingerprint()


def test_the_start_has_its_share_in_the_mean() -> None:
    layer = nn.Linear(1, 1, bias=False)
    average = WeightAverage(WeightAverageSettings(start=0.75), 100, {"weight": torch.tensor([[8.0]])})
    for weight in (1.0, 3.0):
        layer.weight.data.fill_(weight)
        average.add(layer)
    with average.shown_in(layer):
        assert layer.weight.item() == 0.75 * 8 + 0.25 * 2
    again = WeightAverage(WeightAverageSettings(start=0.75), 100)
    again.load(average.as_tensors())
    with again.shown_in(layer):
        assert layer.weight.item() == 6.5


def test_a_transfer_may_keep_a_share_of_the_weights_that_it_started_from(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    first, plain, kept = (RunFolder(tmp_path / name) for name in ("first", "plain", "kept"))
    fit(tiny, phantoms, first)
    content = {**averaged(tiny).model_dump(mode="json"), "transfer": {"run": str(first.path)}}
    fit(ExperimentConfig.from_content(content, "plain"), phantoms, plain)
    content["training"]["average"]["start"] = 0.5
    fit(ExperimentConfig.from_content(content, "kept"), phantoms, kept)
    for name, each in weights(kept).items():
        if each.is_floating_point():
            torch.testing.assert_close(each, (weights(first)[name] + weights(plain)[name]) / 2, rtol=1e-5, atol=1e-6)
    began = f"- started from first (model {TrainedRun(first.path).fingerprint})"
    assert f"{began}, whose weights have a share of 0.5 in the mean\n" in kept.card.read_text()
    assert f"{began}\n" in plain.card.read_text()


def test_without_a_transfer_there_is_no_start_to_keep(tiny: ExperimentConfig) -> None:
    with pytest.raises(UsageError, match=r"training.average.start is a share .* set transfer.run, too"):
        averaged(tiny, average={"start": 0.5})
