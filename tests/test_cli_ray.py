"""`--engine ray`, `--shard` and `--resume` as a user gives them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    write_manifest(phantoms, tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums in another order may end in another last digit, and each case has one core on the cluster."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def files(folder: Path) -> dict[str, bytes]:
    """Return what was written, but not what is only remembered of the files that were read."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.usefixtures("one_thread", "cluster")
def test_predictions_and_scores_on_ray_are_those_made_here(table: Path, run: Path, tmp_path: Path, btn: Btn) -> None:
    ray = ("--engine", "ray")
    made = [btn("predict", table, "--run", run, "--output", tmp_path / name, "--json", *engine)
            for name, engine in (("here", ()), ("there", ray))]  # fmt: skip
    assert [code for code, _, _ in made] == [0, 0]
    assert json.loads(made[0][1]) == json.loads(made[1][1])
    assert files(tmp_path / "here") == files(tmp_path / "there")
    for name, engine in (("here.csv", ()), ("there.csv", ray)):
        assert btn("evaluate", table, tmp_path / "here", "--output", tmp_path / name, *engine)[0] == 0
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()


@pytest.mark.usefixtures("cluster")
def test_a_case_that_cannot_be_read_there_is_one_line_here(
    phantoms: Cohort, run: Path, tmp_path: Path, btn: Btn
) -> None:
    (tmp_path / "broken.nii.gz").write_text("no image")
    first, second = phantoms.cases[:2]
    second = replace(second, images={**second.images, "t1c": tmp_path / "broken.nii.gz"})
    write_manifest(Cohort("broken", (first, second)), tmp_path / "cohort.csv")
    words = ("predict", tmp_path / "cohort.csv", "--run", run, "--output", tmp_path / "masks")
    here, there = btn(*words), btn(*words, "--engine", "ray")
    assert (there[0], there[2]) == (here[0], here[2])
    assert there[0] == 1
    assert "broken.nii.gz" in there[2]


def test_shards_together_and_gone_on_with_are_the_whole(table: Path, run: Path, tmp_path: Path, btn: Btn) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    btn("predict", table, "--run", run, "--output", whole)
    code, out, _ = btn("predict", table, "--run", run, "--output", parts, "--shard", "2/4")
    assert (code, "2 predictions: " in out) == (0, True)
    code, out, _ = btn("predict", table, "--run", run, "--output", parts, "--resume")
    assert (code, "6 predictions, 2 of them there before: " in out) == (0, True)
    assert files(parts) == files(whole)
    before = {name: (parts / name).stat().st_mtime_ns for name in files(parts)}
    assert btn("predict", table, "--run", run, "--output", parts, "--resume")[0] == 0
    assert {name: (parts / name).stat().st_mtime_ns for name in files(parts)} == before


def test_a_shard_without_cases_is_done(table: Path, run: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, _ = btn("predict", table, "--run", run, "--output", tmp_path / "p", "--shard", "9/9")
    assert (code, "0 predictions" in out) == (0, True)


@pytest.mark.parametrize(("option", "value"), [("--cpus", 2), ("--gpus", 1), ("--address", "here:1")])
def test_what_only_a_cluster_reads_is_refused_without_one(
    option: str, value: object, table: Path, run: Path, tmp_path: Path, btn: Btn
) -> None:
    code, _, err = btn("predict", table, "--run", run, "--output", tmp_path / "p", option, value)
    assert (code, err) == (
        2,
        f"usage error: {option} is for a Ray cluster; add --engine ray, or omit {option}\n",
    )


def test_jobs_are_not_for_a_cluster(table: Path, run: Path, tmp_path: Path, btn: Btn) -> None:
    code, _, err = btn("evaluate", table, tmp_path, "--engine", "ray", "--jobs", 2)
    assert code == 2
    assert "--jobs is for --engine local" in err
