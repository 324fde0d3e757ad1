"""What is left of a run when it is made ready to ship."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.inference import export_run as exporting
from braintumornet.inference.export_run import export_run, halve_weights
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.transfer import TransferSettings
from braintumornet.training.trainer import fit


def test_half_the_bytes_give_nearly_the_same_answers(router_run: Path, phantoms: Cohort, tmp_path: Path) -> None:
    made = export_run(TrainedRun(router_run), tmp_path / "default")
    assert made.model.stat().st_size < 0.6 * RunFolder(router_run).model.stat().st_size
    whole, halved = (Predictor.from_run(path).predict(phantoms.cases[0]) for path in (router_run, made.path))
    for task, outline in whole.maps.items():
        assert np.abs(outline.probabilities - halved.maps[task].probabilities).max() < 0.01
    assert {tensor.dtype for tensor in Predictor.from_run(made.path).network.parameters()} == {torch.float32}
    assert not halved.notes


def test_it_is_a_run_that_names_no_place(
    router_run: Path, phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    settings = tiny.model_copy(
        update={
            "cohorts": (tmp_path / "cohort.csv",),
            "data": tiny.data.model_copy(update={"store": tmp_path / "store"}),
            "transfer": TransferSettings(run=router_run),
            "training": tiny.training.model_copy(update={"steps": 1}),
        }
    )
    fit(settings, phantoms, RunFolder(tmp_path / "second"))
    before = TrainedRun(tmp_path / "second")
    after = TrainedRun(export_run(before, tmp_path / "small").path)
    assert after.config.fingerprint() == before.config.fingerprint()
    cases, patients = before.folder.learned_from()
    own = tuple(frozenset(f"small-{one}" for one in ids) for ids in (cases, patients))
    assert after.folder.learned_from() == own  # nobody else's phantom is called so
    assert (after.remarks, after.folder.learned_from_phantoms_alone()) == ((), True)
    assert after.folder.card.read_text().startswith("# Model card: small\n")
    words = "config.yaml environment.json model.safetensors model_card.md report.json split.json transfer.json"
    assert sorted(file.name for file in after.path.iterdir()) == words.split()
    for file in after.path.iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()
        assert str(router_run.parent).encode() not in file.read_bytes()


def test_what_cannot_ship_is_refused(router_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="is not a finished run"):
        export_run(TrainedRun(tmp_path), tmp_path / "default")
    unfinished = tmp_path / "unfinished"
    shutil.copytree(router_run, unfinished, ignore=shutil.ignore_patterns("report.json"))
    with pytest.raises(
        UsageError, match=r"report.json is missing, because its training has not ended; resume it first"
    ):
        export_run(TrainedRun(unfinished), tmp_path / "default")
    shutil.rmtree(unfinished)
    with pytest.raises(InputError, match="w is too large for half precision"):
        halve_weights({"w": torch.full((2, 2), 1e5)})
    monkeypatch.setattr(exporting, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match=r"the weights take [\d,]+ bytes, and 1,000 are the most"):
        export_run(TrainedRun(router_run), tmp_path / "default")
    assert not any(tmp_path.iterdir())
