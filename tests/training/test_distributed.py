"""Two processes that share each batch train the network that one would."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from braintumornet.config import ExperimentConfig, load_config
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import read_manifest, write_manifest
from braintumornet.core.run_folder import RunFolder
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.training.trainer import fit

STEPS = 6
SEED = 10
"""The six cases then come in an order that leaves the marker out of whole batches and of one part of others."""
WEIGHTINGS = {
    "dynamic": {"kind": "dynamic", "epoch_steps": 2},
    "fixed": {"kind": "fixed"},
    "pcgrad": {"kind": "pcgrad"},
    "uncertainty": {"kind": "uncertainty"},
}


def experiment(tiny: ExperimentConfig, name: str) -> dict[str, object]:
    """Return a configuration without dropout whose batches of three cannot be dealt evenly."""
    content = tiny.model_dump(mode="json", exclude_defaults=True)
    tumour, genotype = content["tasks"]
    tumour |= {"kind": "segmentation", "dice_reduction": "sample" if name == "dynamic" else "batch"}
    genotype |= {"kind": "classification", "classes": ["fusion", "v600e"], "roi": "patch"}
    content["backbone"] |= {"kind": "resunet", "dropout": 0.0}
    augment = {"flip": [0.5, 0.5, 0.5], "affine": 1.0, "noise_sd": 0.1}
    content["data"] |= {"patch": [8, 8, 8], "batch_size": 3, "augment": augment}
    content["training"] |= {"steps": STEPS, "gradient_cosine_every": 4}
    return {**content, "weighting": WEIGHTINGS[name], "seed": SEED}


@pytest.fixture(scope="module")
def folder(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of six, two with a genotype and one without a mask, and what two processes made of it."""
    folder = tmp_path_factory.mktemp("processes")
    genotypes = [{"genotype": "fusion"}, {"genotype": "v600e"}, {}, {}, {}, {}]
    cases = [replace(case, attributes=value) for case, value in zip(phantoms, genotypes, strict=True)]
    cases[0] = replace(cases[0], targets={}, coding=None)
    write_manifest(Cohort("six", tuple(cases)), folder / "cohort.csv")
    for name in WEIGHTINGS:
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(experiment(tiny, name)))
    torchrun(Path(__file__).with_name("train_beside_others.py"), folder)
    return folder


def torchrun(*words: object) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    ended = subprocess.run([*command, *map(str, words)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(params=WEIGHTINGS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def losses_of(folder: Path, name: str, process: int) -> list[dict[str, float]]:
    content = json.loads((folder / f"{name}.{process}.json").read_text())
    assert content["processes"] == 2
    return content["losses"]


def test_the_connection_is_closed_before_python_ends(folder: Path) -> None:
    """A thread of gloo that outlived it aborted a third of the processes, whose training had ended well."""
    assert [(folder / f"connected.{process}.txt").read_text() for process in (0, 1)] == ["1", "1"]


def test_losses_and_weights_are_those_of_one_process(folder: Path, name: str, tmp_path: Path) -> None:
    alone: list[dict[str, float]] = []
    run = RunFolder(tmp_path / "alone")
    config = load_config(str(folder / f"{name}.yaml"))
    fit(config, read_manifest(folder / "cohort.csv"), run, progress=lambda step, total, values: alone.append(values))
    together = losses_of(folder, name, 0)
    assert [losses.keys() for losses in together] == [losses.keys() for losses in alone]
    for ours, expected in zip(together, alone, strict=True):
        assert ours == pytest.approx(expected, abs=1e-5)
    assert logged(RunFolder(folder / name)) == pytest.approx(logged(run), rel=1e-3, abs=1e-4)


def logged(run: RunFolder) -> dict[str, float]:
    rows = (row.rsplit(",", 1) for row in run.metrics.read_text().splitlines()[1:])
    return {what: float(value) for what, value in rows}


def test_some_batches_lack_the_marker_in_one_process_and_some_in_both(folder: Path) -> None:
    with_marker = sum("genotype" in losses for losses in losses_of(folder, "fixed", 0))
    assert with_marker < STEPS  # so in an epoch of two steps, one had both markers and the other none
    assert with_marker > STEPS // 2  # so in an epoch, both steps had one marker, in one of the processes


def test_both_processes_see_the_same_losses(folder: Path, name: str) -> None:
    assert losses_of(folder, name, 0) == losses_of(folder, name, 1)


def test_a_signal_to_one_process_stops_all_after_the_same_step(folder: Path) -> None:
    said = {(folder / f"stopped.{process}.txt").read_text() for process in (0, 1)}
    assert said == {"stopped by SIGTERM after step 3 of 6; the state is saved"}


@pytest.mark.parametrize("other", ["stopped", "signalled"])
def test_resumed_equals_uninterrupted(other: str, folder: Path) -> None:
    one, two = (read_tensors(RunFolder(folder / run).state)[0] for run in (sorted(WEIGHTINGS)[-1], other))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)


@pytest.mark.slow
def test_the_command_starts_the_processes_itself(folder: Path, tmp_path: Path) -> None:
    words = ["train", folder / "fixed.yaml", "--cohort", folder / "cohort.csv", "--run", tmp_path / "run"]
    command = [sys.executable, "-m", "braintumornet.cli", *map(str, words), "--set", "training.devices=2"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.count("6 steps") == 1
    assert RunFolder(tmp_path / "run").metrics.read_text() == RunFolder(folder / "fixed").metrics.read_text()
