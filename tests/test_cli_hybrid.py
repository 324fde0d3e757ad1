"""Two cohorts of other pathologies, codings, regions and sequences, from training to scores, as a user runs it."""

import csv
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml

from braintumornet import cli
from braintumornet.core.run_folder import RunFolder
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms

Btn = Callable[..., tuple[int, str, str]]

CONFIG = {
    "sequences": ["t1c", "t2w"],
    "tasks": [
        {"kind": "segmentation", "name": "hgg", "regions": ["WT", "ET"], "where": {"pathology": "hgg"}},
        {"kind": "segmentation", "name": "mets", "regions": ["TC", "ET"], "where": {"pathology": "mets"}},
        {
            "kind": "classification",
            "name": "pathology",
            "target": "pathology",
            "classes": ["hgg", "mets"],
            "tumour_from": ["hgg", "mets"],
        },
    ],
    "data": {"patch": [32, 32, 32], "batch_size": 2, "sampling": "uniform"},
    "backbone": {"kind": "resunet", "width": 8, "blocks_down": [1, 1], "blocks_up": [1]},
    "training": {"steps": 4, "precision": "float32", "accelerator": "cpu"},
    "inference": {"router": "pathology", "overlap": 0},
}


def write_cohort(folder: Path, name: str, cases: int, seed: int, mix: Mix) -> Path:
    settings = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5), mix=mix)
    write_phantoms(folder / name, settings, cases, seed, name)
    return folder / name / "cohort.csv"


def rewrite(table: Path, change: Callable[[int, dict[str, str]], dict[str, str]]) -> None:
    """Change the lines of a table, by number and cells."""
    with table.open(newline="") as file:
        rows = [change(number, row) for number, row in enumerate(csv.DictReader(file))]
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def as_brats2020(path: Path) -> None:
    """Write the same mask in another coding, where enhancing tumour is 4."""
    image = nib.load(path)
    labels = np.asarray(image.dataobj)
    nib.Nifti1Image(np.where(labels == 3, 4, labels).astype(np.uint8), image.affine).to_filename(path)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Four gliomas in brats2020, and three metastases without t2w whose masks tell no ET; sites A and B each."""
    folder = tmp_path_factory.mktemp("hybrid")
    hgg, mets = write_cohort(folder, "hgg", 4, 1, Mix(hgg=1)), write_cohort(folder, "mets", 3, 2, Mix(mets=1))
    for mask in (folder / "hgg").glob("*/*_seg.nii.gz"):
        as_brats2020(mask)
    core = json.dumps({"1": "tumour_core", "2": "oedema", "3": "tumour_core"})
    rewrite(
        hgg, lambda n, row: row | {"coding": "brats2020", "site": "AB"[n % 2], "split": "val" if n == 3 else "train"}
    )
    rewrite(
        mets,
        lambda n, row: row | {"coding": core, "site": "AB"[n % 2], "t2w": "", "split": "val" if n == 2 else "train"},
    )
    return hgg, mets


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "hybrid.yaml"
    path.write_text(yaml.safe_dump(CONFIG))
    return path


@pytest.fixture(scope="module")
def trained(tables: tuple[Path, Path], config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The run that both cohorts were learned in, and what was printed."""
    run, printed = tmp_path_factory.mktemp("runs") / "hybrid", StringIO()
    cohorts = [word for table in tables for word in ("--cohort", str(table))]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setattr(sys, "argv", ["btn", "train", str(config), "--run", str(run), *cohorts])
        with pytest.raises(SystemExit, match="0"):
            cli.main()
    return run, printed.getvalue()


def drawn(run: Path) -> dict[tuple[str, str, str], int]:
    rows = json.loads(RunFolder(run).report.read_text())["sample_counts"]
    return {(row["group"], row["task"], row["what"]): row["samples"] for row in rows}


def test_what_was_drawn_is_counted_and_shown(trained: tuple[Path, str]) -> None:
    run, out = trained
    counts = drawn(run)
    assert counts["hgg", "", "samples"] == counts["mets", "", "samples"] == 4  # 4 steps of 2
    assert counts["hgg", "hgg", "labelled"] == counts["mets", "mets", "labelled"] == 4
    assert counts["hgg", "mets", "labelled"] == counts["mets", "hgg", "labelled"] == 0
    assert counts["mets", "", "without t2w"] == 4
    assert counts["mets", "mets", "ET"] == 0  # its coding cannot tell it
    assert counts["hgg", "pathology", "mets"] == 0
    assert "warning: every cohort has one pathology only (hgg: hgg, mets: mets)" in " ".join(out.split())
    assert "Training samples by cohort" in out
    (row,) = [line for line in out.splitlines() if "without t2w" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["without t2w", "0", "4"]


def test_only_the_tasks_named_are_answered(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    code, out, _ = btn("predict", tables[1], "--run", trained[0], "--output", tmp_path, "--task", "mets", "--json")
    assert code == 0
    (summary, *_) = json.loads(out)
    assert list(summary["segmentation"]) == ["mets"]
    assert summary["segmentation"]["mets"]["where"] == {"pathology": "mets"}
    assert summary["classification"] == {}
    assert not list(tmp_path.glob("*_hgg*"))


def test_the_router_chooses_and_says_how_often_it_is_right(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    words = ("predict", tables[0], "--run", trained[0], "--task", "auto")
    code, out, _ = btn(*words, "--output", tmp_path / "shown")
    assert code == 0
    text = " ".join(out.split())
    assert "How often the router is right (task pathology), on validation cases (95 % intervals): all, 2 cases:" in text
    _, out, _ = btn(*words, "--output", tmp_path / "p", "--json")
    for summary in json.loads(out):
        probabilities = summary["classification"]["pathology"]["probabilities"]
        chosen = max(probabilities, key=probabilities.__getitem__)
        assert summary["router"]["chose"] == chosen
        assert summary["router"]["measured"]["cases"] == 2
        assert list(summary["segmentation"]) == [chosen]
        assert any(note.startswith(f"pathology: {chosen} (") for note in summary["notes"])


def test_each_task_is_scored_on_its_own_cases_and_the_router_for_each_site(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    for table in tables:
        assert btn("predict", table, "--run", trained[0], "--output", tmp_path / "p")[0] == 0
    scores = tmp_path / "scores.csv"
    code, out, _ = btn("evaluate", tables[0], tmp_path / "p", "--cohort", tables[1], "--output", scores)
    assert code == 0
    rows = list(csv.DictReader(scores.open()))
    dice = [(row["case_id"], row["task"], row["structure"]) for row in rows if row["metric"] == "dice"]
    assert sorted(dice) == [
        *((f"hgg-000{n}", "hgg", region) for n in range(4) for region in ("ET", "WT")),
        *((f"mets-000{n}", "mets", "TC") for n in range(3)),
    ]
    cases = {row["structure"]: float(row["value"]) for row in rows if row["metric"] == "cases"}
    assert cases == {"hgg": 4, "mets": 3, "macro": 7, "site A": 4, "site B": 3}
    assert "site B" in out


def test_a_side_of_a_run_of_several_tables_is_predicted_table_by_table(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    words = ("--run", trained[0], "--output", tmp_path, "--split", "val", "--task", "hgg", "--json")
    found = [json.loads(btn("predict", table, *words)[1]) for table in tables]
    assert [[summary["case_id"] for summary in given] for given in found] == [["hgg-0003"], ["mets-0002"]]


def test_a_sequence_that_the_network_always_had_is_missed(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    (tmp_path / "c.csv").write_text(tables[0].read_text())
    rewrite(
        tmp_path / "c.csv", lambda n, row: absolute(row, tables[0].parent) | ({"t1c": ""} if n == 0 else {"t2w": ""})
    )
    _, out, _ = btn("predict", tmp_path / "c.csv", "--run", trained[0], "--output", tmp_path, "--task", "hgg", "--json")
    without_t1c, without_t2w, *_ = (summary["notes"] for summary in json.loads(out))
    assert without_t1c == ["t1c is missing, and the network never learned to do without it: look twice"]
    assert without_t2w == []


def absolute(row: dict[str, str], folder: Path) -> dict[str, str]:
    return {column: str(folder / cell) if cell.endswith(".nii.gz") else cell for column, cell in row.items()}


def test_a_router_whose_error_nobody_measured_says_so(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained[0], run)
    content = json.loads(RunFolder(run).report.read_text())
    RunFolder(run).report.write_text(json.dumps(content | {"router": []}))  # as a run without validation cases has it
    words = ("predict", tables[1], "--run", run, "--output", tmp_path / "p", "--task", "auto", "--split", "val")
    assert "the router's own error is not known" in " ".join(btn(*words)[1].split())


# --- what cannot work ---


def expect(result: tuple[int, str, str], code: int, *texts: str) -> None:
    """Expect one clear line and nothing else."""
    assert result[0] == code
    assert len(result[2].strip().splitlines()) == 1
    assert all(text in result[2] for text in texts), result[2]


def test_an_unknown_task_is_named(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    words = ("predict", tables[0], "--run", trained[0], "--output", tmp_path / "p")
    expect(btn(*words, "--task", "met"), 2, "--task 'met' is none of the run's tasks; did you mean 'mets'?")
    expect(btn(*words, "--task", "auto", "--task", "hgg"), 2, "give either auto or names of tasks")
    assert not (tmp_path / "p").exists()


def test_cases_that_no_task_is_for_are_not_scored(
    trained: tuple[Path, str], tables: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    words = ("--run", trained[0], "--output", tmp_path / "p", "--task", "hgg", "--split", "val")
    btn("predict", tables[1], *words)
    expect(
        btn("evaluate", tables[1], tmp_path / "p", "--output", tmp_path / "s.csv"), 1, "has a label for any task that"
    )
    assert not (tmp_path / "s.csv").exists()


def test_tables_that_share_a_case_id_are_named(
    tables: tuple[Path, Path], config: Path, tmp_path: Path, btn: Btn
) -> None:
    (tmp_path / "copy.csv").write_text(tables[0].read_text())
    words = ("--cohort", tables[0], "--cohort", tmp_path / "copy.csv", "--run", tmp_path / "run")
    expect(btn("train", config, *words), 1, "copy.csv both have a case 'hgg-0000'; rename it in one of them")


def test_a_quota_without_its_group_is_refused_before_anything_is_written(
    tables: tuple[Path, Path], config: Path, tmp_path: Path, btn: Btn
) -> None:
    draw = "data.sampling={kind: quota, shares: {hgg: 0.5, met: 0.5}}"
    words = ("--cohort", tables[0], "--cohort", tables[1], "--run", tmp_path / "run", "--set", draw)
    expect(
        btn("train", config, *words),
        2,
        "shares are given for hgg, met, but 'cohort' of the training cases is hgg, mets",
    )
    assert not (tmp_path / "run").exists()
