"""Run folders in which a file came to harm: what it was before, with a note where that cannot be told, or one line."""

import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.report.run_page import write_report
from braintumornet.terminal.info import describe_experiment
from braintumornet.terminal.info_screen import show_experiment
from braintumornet.training.trainer import fit

from .damage import damage_file, damage_text
from .harness import Outcome, end_of, fuzz, untouched

TELLS_ONLY = ("environment.json", "report.json", "metrics.csv")
"""Files that say how it went, and that nothing is computed from; a wrong digit in them cannot be known."""

FILES = ("config.yaml", "split.json", *TELLS_ONLY, "model.safetensors", "state/last.safetensors")


@dataclass(frozen=True)
class Made:
    """A run, and what the doors say of it."""

    run: RunFolder
    config: ExperimentConfig
    cohort: Cohort
    about: dict[str, Any]
    trained_on: Collection[str]
    state: dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def made(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A network of two steps, with validation."""
    content = tiny.model_dump(mode="json")
    content["training"] |= {"steps": 2, "validate_every": 2, "save_every": 1}
    content["backbone"] |= {"blocks_down": [1], "blocks_up": [], "dropout": 0.0}
    content["data"] |= {"split": {"train": 0.5, "val": 0.2, "test": 0.3}, "patch": [8, 8, 8]}
    content["tasks"] = content["tasks"][:1]
    config = ExperimentConfig.from_content(content, "fuzzed")
    run = RunFolder(tmp_path_factory.mktemp("runs") / "run")
    fit(config, phantoms, run)
    trained_on, state = Predictor.from_run(run.path).record.cases, read_tensors(run.state)[0]
    return Made(run, config, phantoms, describe_experiment(str(run.path)), trained_on, state)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def harm(rng: np.random.Generator, folder: Path) -> str:
    """Damage one file of a run folder and return its name."""
    name = FILES[rng.integers(len(FILES))]
    path = folder / name
    if path.suffix == ".json" and rng.random() < 0.6:
        damage_text(rng, path, json.loads, json.dumps)
    elif path.suffix == ".yaml" and rng.random() < 0.6:
        damage_text(rng, path, yaml.safe_load, yaml.safe_dump)
    else:
        damage_file(rng, path, [folder / other for other in FILES if other != name])
    return name


def check_info(made: Made, folder: Path, name: str) -> Outcome:
    with untouched(folder):
        outcome = end_of(lambda: describe_experiment(str(folder)))
    if not outcome.refusal:
        end_of(lambda: show_experiment(outcome.value))
        found = {key: value for key, value in outcome.value.items() if key not in ("run", "versions")}
        known = {key: value for key, value in made.about.items() if key not in ("run", "versions")}
        unfinished = name == "model.safetensors" and not outcome.value.get("finished")  # it is gone
        assert found == known or outcome.value.get("remarks") or unfinished or name in TELLS_ONLY, name
    return outcome


def check_prediction(made: Made, folder: Path, name: str) -> Outcome:
    with untouched(folder):
        outcome = end_of(lambda: (Predictor.from_run(folder), TrainedRun(folder).router_scores))
    if not outcome.refusal:
        predictor, _ = outcome.value
        told = predictor.record.remarks or predictor.config == made.config
        assert told, f"{name} changed what is predicted"
        assert predictor.record.remarks or predictor.record.cases == made.trained_on, f"{name} changed who trained"
    return outcome


def check_report(made: Made, folder: Path, name: str) -> Outcome:
    page = folder.with_name("page.html")
    page.unlink(missing_ok=True)
    with untouched(folder):
        outcome = end_of(lambda: write_report(TrainedRun(folder), page))
    assert page.exists() != bool(outcome.refusal)
    return outcome


def check_resume(made: Made, folder: Path, name: str) -> Outcome:
    outcome = end_of(lambda: fit(made.config, made.cohort, RunFolder(folder), resume=True))
    if not outcome.refusal:
        assert same(read_tensors(RunFolder(folder).state)[0], made.state), f"{name} changed what was trained"
    return outcome


DOORS: tuple[Callable[[Made, Path, str], Outcome], ...] = (check_info, check_prediction, check_report, check_resume)
OFTEN = (0.35, 0.35, 0.15, 0.15)


def test_run_folders(made: Made, tmp_path: Path) -> None:
    def check(rng: np.random.Generator) -> str:
        folder = tmp_path / "runs" / "run"
        shutil.rmtree(folder.parent, ignore_errors=True)
        shutil.copytree(made.run.path.parent, folder.parent)
        name = harm(rng, folder)
        door = DOORS[rng.choice(len(DOORS), p=OFTEN)]
        return "refused" if door(made, folder, name).refusal else "read"

    words = fuzz("run folders", check, share=0.3)
    assert min(words["read"], words["refused"]) > 0
