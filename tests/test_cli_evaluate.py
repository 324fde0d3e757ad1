"""`btn evaluate` says what it was asked and what was missing, in words and in JSON."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.output.write_prediction import write_prediction
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

Btn = Callable[..., tuple[int, str, str]]
GRID = Space((8, 8, 8), np.eye(4))
ABOUT = {"tumour": {"target": "seg", "where": {}}, "idh": {"target": "idh", "where": {}}}


@pytest.fixture
def scored(tmp_path: Path) -> tuple[Path, Path]:
    """A table of three cases of one class, on two sides, and predictions of the first two."""
    labels = np.zeros(GRID.shape, np.uint8)
    labels[2:5, 2:5, 2:5] = 1
    write_volume(Volume(labels, GRID), tmp_path / "seg.nii.gz")
    cases = [
        Case(
            name, f"patient-{name}", "c", {}, {"seg": tmp_path / "seg.nii.gz"},
            coding="binary", split=side, attributes={"idh": "mutant", "site": "A"},
        )
        for name, side in (("a", "train"), ("b", "test"), ("c", "test"))
    ]  # fmt: skip
    write_manifest(Cohort("c", tuple(cases)), tmp_path / "cohort.csv")
    for case in cases[:2]:
        maps = {"tumour": RegionMap(("WT",), labels[None].astype(np.float32))}
        classes = {"idh": {"wildtype": 0.2, "mutant": 0.8}}
        write_prediction(Prediction(case.id, GRID, GRID, maps, classes), tmp_path / "p", ABOUT)
    return tmp_path / "cohort.csv", tmp_path / "p"


def configuration(folder: Path, where: str) -> Path:
    path = folder / "asked.yaml"
    path.write_text(
        "sequences: [t1c]\ntraining: {steps: 1}\n"
        f"tasks: [{{kind: segmentation, name: tumour, regions: [WT], where: {where}}}]\n"
    )
    return path


def test_a_case_without_a_prediction_is_said(scored: tuple[Path, Path], tmp_path: Path, btn: Btn) -> None:
    out = " ".join(btn("evaluate", *scored, "--output", tmp_path / "s.csv")[1].split())
    assert "1 of these cases has no prediction: it counts as empty masks and wrong markers." in out
    assert "1 without a prediction: counted as wrong" in out


def test_what_is_not_defined_is_null(scored: tuple[Path, Path], tmp_path: Path, btn: Btn) -> None:
    code, out, _ = btn("evaluate", *scored, "--output", tmp_path / "s.csv", "--json")
    printed = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert code == 0
    (auc,) = (row for row in printed["markers"] if (row["structure"], row["metric"]) == ("macro", "auc"))
    assert auc["value"] is None
    assert (printed["without_prediction"], printed["seen_in_training"]) == (["c"], [])


@pytest.mark.parametrize(
    ("words", "expected"), [(("--case", "b"), ["b"]), (("--case", "b", "--case", "c"), ["b", "c"])]
)
def test_a_side_and_cases_of_it(
    words: tuple[str, ...], expected: list[str], scored: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    assert btn("evaluate", *scored, "--output", tmp_path / "s.csv", "--split", "test", *words)[0] == 0
    rows = Scores.read(tmp_path / "s.csv")
    assert sorted({row.case_id for row in rows} - {""}) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--split", "test", "--case", "a"), "--case a is in train in the table, and --split asks for test; leave one"),
        (("--where", "{sight: A}"), "no case of cohort .* has a column 'sight'"),
        (("--where", "{patientid: patient-a}"), "has a column 'patientid'; did you mean 'patient_id'?"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    words: tuple[str, ...], message: str, scored: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    if words[0] == "--where":
        words = ("--tasks-of", str(configuration(tmp_path, words[1])))
    code, _, err = btn("evaluate", *scored, "--output", tmp_path / "s.csv", *words)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert re.search(message, err)
    assert not (tmp_path / "s.csv").exists()


@pytest.mark.parametrize(
    ("where", "cases"),
    [
        ("{patient_id: patient-b}", "b"),
        ("{id: [a, b]}", "ab"),
        ("{case_id: a, site: A}", "a"),
        ("{coding: binary}", "abc"),
    ],
)
def test_a_task_can_be_about_any_field_of_a_case(
    where: str, cases: str, scored: tuple[Path, Path], tmp_path: Path, btn: Btn
) -> None:
    words = ("--tasks-of", configuration(tmp_path, where), "--output", tmp_path / "s.csv")
    assert btn("evaluate", *scored, *words)[0] == 0
    rows = Scores.read(tmp_path / "s.csv")
    assert {row.case_id for row in rows} - {""} == set(cases)
