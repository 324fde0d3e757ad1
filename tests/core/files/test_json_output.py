"""JSON is JSON: what other programs read holds no NaN, and what was not a number is read back as what it was."""

import json
import re
from math import inf, isnan, nan
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch

import braintumornet
from braintumornet.core.files.atomic_write import format_json, write_json
from braintumornet.core.run_folder import RunFolder
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.checkpoint import read_tensors, write_tensors
from braintumornet.terminal.console import print_json
from braintumornet.terminal.score_screen import print_scores_json
from braintumornet.training.resume_state import TrainingState

from ...score_tables import score_markers

SOURCE = Path(braintumornet.__file__).parent


def strictly(text: str) -> object:
    """Read JSON as a program does that knows the standard."""

    def refuse(name: str) -> None:
        msg = f"{name} is no JSON"
        raise ValueError(msg)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("value", [nan, inf, -inf, np.float64(nan), np.float32(inf), np.array(nan)])
def test_what_is_no_number_is_null_wherever_it_stands(value: object) -> None:
    given = {"a": value, "b": [value, (1, value)], "c": MappingProxyType({"d": {"e": value}}), "f": np.array([1, nan])}
    expected = {"a": None, "b": [None, [1, None]], "c": {"d": {"e": None}}, "f": [1, None]}
    assert strictly(format_json(given)) == expected


def test_numbers_of_numpy_stay_numbers_and_paths_become_text() -> None:
    given = {"n": np.int64(3), "x": np.float32(0.5), "yes": np.bool_(True), "file": Path("a/b.nii.gz")}
    assert strictly(format_json(given)) == {"n": 3, "x": 0.5, "yes": True, "file": "a/b.nii.gz"}


def test_what_is_no_plain_value_is_not_written_as_its_description(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json(tmp_path / "a.json", {"cases": object()})
    assert not (tmp_path / "a.json").exists()


def test_files_hold_json(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"auc": nan, "ids": ["ä"]})
    assert strictly((tmp_path / "a.json").read_text()) == {"auc": None, "ids": ["ä"]}


def test_results_are_printed_as_json_that_any_terminal_takes(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"auc": nan, "low": -inf, "case": "Bäcker \ud800", "n": np.int64(2)})
    text = capsys.readouterr().out
    assert text.isascii()
    assert strictly(text) == {"auc": None, "low": None, "case": "Bäcker \ud800", "n": 2}


def test_notes_of_weights_hold_json(tmp_path: Path) -> None:
    write_tensors({"a": torch.zeros(1)}, {"val/score": nan, "step": 3}, tmp_path / "a.safetensors")
    header = (tmp_path / "a.safetensors").read_bytes()
    (text,) = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])["__metadata__"].values()
    _, _, notes = text.partition(" ")  # after the checksum
    assert strictly(notes) == {"val/score": None, "step": 3}
    assert read_tensors(tmp_path / "a.safetensors")[1] == {"val/score": None, "step": 3}


@pytest.mark.parametrize("best", [-inf, 0.75])
def test_a_training_goes_on_from_the_best_score_that_it_had_or_from_none(best: float, tmp_path: Path) -> None:
    network, weighting = torch.nn.Linear(2, 1), torch.nn.Identity()
    state = TrainingState(network, weighting, torch.optim.Adam(network.parameters()), step=4, best=best)
    state.save(RunFolder(tmp_path), "fingerprint")
    again = TrainingState(network, weighting, torch.optim.Adam(network.parameters()))
    again.load(RunFolder(tmp_path), "fingerprint")
    assert (again.step, again.best) == (4, best)
    assert again.best < 0.8


def test_a_state_that_was_written_with_minus_infinity_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braintumornet.networks.checkpoint.format_json", json.dumps)  # as it was before
    network, weighting = torch.nn.Linear(2, 1), torch.nn.Identity()
    state = TrainingState(network, weighting, torch.optim.Adam(network.parameters()))
    state.save(RunFolder(tmp_path), "fingerprint")
    assert b"-Infinity" in RunFolder(tmp_path).state.read_bytes()
    state.best = 0.5
    state.load(RunFolder(tmp_path), "fingerprint")
    assert state.best == -inf


def test_scores_that_are_not_defined_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    scores = score_markers("genotype", ["a", "b"], ["a"], np.array([[0.9, 0.1]]))
    print_scores_json(scores)
    printed = strictly(capsys.readouterr().out)
    auc = [row for row in printed["markers"] if row["metric"] == "auc"]
    assert {row["value"] for row in auc} == {None}


def test_the_error_of_a_router_that_is_not_defined_is_read_as_such(tmp_path: Path) -> None:
    row = {"case_id": "", "task": "kind", "structure": "macro", "metric": "auc", "note": "not defined"}
    write_json(RunFolder(tmp_path).report, {"router": [{**row, "value": nan}]})
    (score,) = TrainedRun(tmp_path).router_scores
    assert isnan(score.value)


def test_there_is_one_door() -> None:
    """Hashes, which nobody reads, settings, which are read as YAML, and checks of plug-ins are no JSON files."""
    own = {
        SOURCE / "core" / "files" / "atomic_write.py",
        *(SOURCE / "studies" / name for name in ("study_arms.py", "study_file.py")),
    }
    others = [path for path in SOURCE.rglob("*.py") if path not in own and path.parent.name != "testing"]
    lines = [(path.name, line.strip()) for path in others for line in path.read_text().splitlines()]
    assert [found for found in lines if re.search(r"\bjson\.dumps?\(", found[1]) and "sha256" not in found[1]] == []
