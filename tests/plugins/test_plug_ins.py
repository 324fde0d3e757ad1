"""Plug-ins of another package keep the contracts and go the whole way, and nothing of ours knows them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import braintumornet
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.files.json_text import parse_json

COHORT = Path(__file__).parents[1] / "golden" / "cohort" / "cohort.csv"
CONFIG = """
sequences: [t1c, t2f]
tasks:
  - {kind: segmentation, name: tumour, regions: [WT]}
  - {kind: classification, name: genotype, target: genotype, classes: [fusion, v600e, other]}
data: {patch: [16, 16, 16], batch_size: 4}
backbone: {kind: one_convolution, width: 4}
weighting: {kind: slow_start, tasks: [genotype], steps: 8}
training: {steps: 4, validate_every: 4, precision: float32, accelerator: cpu}
"""


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """The cohort in one folder, without its table."""
    folder = tmp_path / "flat"
    folder.mkdir()
    for case in read_manifest(COHORT):
        for name, file in case.files().items():
            (folder / f"{case.id}.{name}.nii.gz").symlink_to(file.resolve())
    return folder


def test_the_page_shows_the_files_that_are_tested(page: Any) -> None:
    parts = (re.fullmatch(r"# my_package/(\w+)\.py\n(.*)", block, re.DOTALL) for block in page.blocks("python"))
    shown = dict(part.groups() for part in parts if part)
    assert shown == {name: (Path(__file__).parent / f"{name}.py").read_text() for name in shown}
    assert {f"my_package.{name}" for name in shown} == set(page.kinds.values())


def test_what_the_page_says_of_checking_runs(installed: Path, page: Any, flat: Path) -> None:
    (code,) = [block for block in page.blocks("python") if "def test_contracts" in block]
    scope: dict[str, Any] = {}
    exec(code.replace('Path("tests/data/flat")', f"Path({str(flat)!r})"), scope)
    scope["test_contracts"]()


def test_they_are_known_beside_ours(installed: Path, page: Any, btn: Callable[..., tuple[int, str, str]]) -> None:
    code, said, _ = btn("info", "--json")
    assert code == 0
    assert set(page.kinds) <= {kind for kinds in parse_json(said)["kinds"].values() for kind in kinds}


def test_they_go_the_whole_way(
    installed: Path, flat: Path, tmp_path: Path, btn: Callable[..., tuple[int, str, str]]
) -> None:
    config, table, run, scores = (tmp_path / name for name in ("mine.yaml", "cohort.csv", "run", "scores.csv"))
    config.write_text(CONFIG)
    for words in (
        ("import", flat, "--output", table),
        ("check", table),
        ("train", config, "--cohort", COHORT, "--run", run),
        ("predict", flat, "--run", run, "--output", tmp_path / "predictions"),
        ("evaluate", COHORT, tmp_path / "predictions", "--output", scores),
        (
            "report",
            run,
            "--cohort",
            COHORT,
            "--predictions",
            tmp_path / "predictions",
            "--output",
            tmp_path / "run.html",
        ),
    ):
        code, _, errors = btn(*words)
        assert code == 0, (words, errors)
    assert [case.id for case in read_manifest(table)] == [case.id for case in read_manifest(COHORT)]
    assert "4,weight/genotype,0.5\n" in (run / "metrics.csv").read_text()
    assert "one_convolution" in (tmp_path / "run.html").read_text()
    assert "genotype" in scores.read_text()


def test_no_file_of_ours_knows_them(page: Any) -> None:
    known = re.compile("|".join(f"[\"']{kind}[\"']" for kind in page.kinds))
    files = {file: file.read_text() for file in Path(braintumornet.__file__).parent.rglob("*.py")}
    assert [file for file, text in files.items() if known.search(text)] == []
