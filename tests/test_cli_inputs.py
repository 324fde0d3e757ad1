"""No command writes over what it reads."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.space import Space
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

Btn = Callable[..., tuple[int, str, str]]
GRID = Space((8, 8, 8), np.eye(4))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a cohort of one case, a folder of another tool's masks, a configuration, and a hard link."""
    labels = np.zeros(GRID.shape, np.uint8)
    labels[2:5, 2:5, 2:5] = 1
    for name in ("c/a/a_t1c.nii.gz", "c/a/a_seg.nii.gz", "masks/a.nii.gz"):
        write_volume(Volume(labels, GRID), tmp_path / name)
    images = {"t1c": tmp_path / "c/a/a_t1c.nii.gz"}
    case = Case("a", "a", "c", images, {"seg": tmp_path / "c/a/a_seg.nii.gz"}, coding="binary")
    write_manifest(Cohort("c", (case,)), tmp_path / "cohort.csv")
    os.link(tmp_path / "cohort.csv", tmp_path / "linked.csv")
    (tmp_path / "by_link.csv").symlink_to("c/a/a_seg.nii.gz")
    (tmp_path / "study.yaml").write_text(
        "base: study_plgg_small\ncohorts: [cohort.csv]\nphantoms: {}\nunseen: {}\n# mine\n"
    )
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


EVALUATE = ("evaluate", "cohort.csv", "masks", "--label-scheme", "binary", "--output")


@pytest.mark.parametrize(
    "words",
    [
        (*EVALUATE, "cohort.csv"),
        (*EVALUATE, "linked.csv"),
        (*EVALUATE, "by_link.csv"),
        (*EVALUATE, "c/../cohort.csv"),
        (*EVALUATE, "c/a/a_seg.nii.gz"),
        (*EVALUATE, "masks/a.nii.gz"),
        ("evaluate", ".", "masks", "--label-scheme", "binary", "--output", "cohort.csv"),
        ("check", "cohort.csv", "--html", "cohort.csv"),
        ("check", ".", "--html", "c/a/a_t1c.nii.gz"),
        ("import", ".", "--output", "cohort.csv"),
        ("import", "c", "--label-scheme", "binary", "--output", "c/a/a_t1c.nii.gz"),
        ("study", "study.yaml", "--study", "."),
    ],
)
def test_an_input_is_no_output(words: tuple[str, ...], data: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    before = contents(data)
    code, _, err = btn(*words)
    assert code == 2
    assert "would be overwritten, but it is read; write to another file" in err
    assert contents(data) == before


def test_what_was_made_before_is_made_anew(data: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    for _ in range(2):
        assert btn(*EVALUATE, "masks/scores.csv")[0] == 0
        assert btn("import", "c", "--layout", "brats", "--label-scheme", "binary", "--output", "c/cohort.csv")[0] == 0


def test_a_report_spares_its_run(data: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    (data / "config.yaml").write_text(
        "sequences: [t1c]\ntraining: {steps: 1, device: cpu}\ndata: {batch_size: 1, patch: [8, 8, 8]}\n"
        "network: {kind: resunet, levels: 2, base_filters: 2}\n"
        "tasks: [{kind: segmentation, name: tumour, target: seg, regions: [WT]}]\n"
    )
    for name in ("config.yaml", "split.json", "model.safetensors"):
        (data / "run").mkdir(exist_ok=True)
        shutil.copy(data / "config.yaml", data / "run" / name)
    before = contents(data)
    for output in ("run/config.yaml", "run/model.safetensors"):
        code, _, err = btn("report", "run", "--output", output)
        assert code == 2
        assert "would be overwritten" in err
    code, _, err = btn("report", "run", "--cohort", "cohort.csv", "--predictions", "masks", "--output", "cohort.csv")
    assert code == 2
    assert contents(data) == before


def test_phantoms_take_the_place_of_no_cohort(data: Path, monkeypatch: pytest.MonkeyPatch, btn: Btn) -> None:
    monkeypatch.chdir(data)
    before = contents(data)
    code, _, said = btn("phantom", ".", "--cases", 1, "--spacing", 8)
    assert code == 2
    assert said.endswith(". holds a cohort already; choose a new folder, or remove that one\n")
    assert contents(data) == before
