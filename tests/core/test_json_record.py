"""Damaged files of runs, predictions and studies are refused where they are read, in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from braintumornet.core.prediction_record import read_prediction
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError
from braintumornet.studies.study_folder import StudyFolder

FILE = {"name": "a_tumour.nii.gz", "coding": "brats2023", "regions": ["WT"]}
OUTLINE = {"target": "seg", "where": {}, "regions": ["WT", "TC"], "files": [FILE], "volume_ml": {"WT": 1.5, "TC": 0}}
SUMMARY = {
    "case_id": "a",
    "segmentation": {"tumour": OUTLINE},
    "classification": {"idh": {"target": "idh", "where": {}, "probabilities": {"wt": 0.25, "mutant": 0.75}}},
    "notes": [],
    "seen_in_training": False,
    "provenance": {"run": "r"},
    "of a later version": {"kept": True},
}
SPLIT = {
    "train": ["a", "b"],
    "val": [],
    "test": ["c"],
    "cohort": "0123",
    "cohorts": {"x": {"train": {"cases": 2, "patients": 1}}},
}
SOURCE = {"run": "r", "model": "m", "config": "c", "cohort": "c", "cases": ["a"], "patients": ["a"]}


def changed(content: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with another value at a path such as `a.0.b`."""
    copy = json.loads(json.dumps(content))
    *parents, last = path.split(".")
    inner = copy
    for name in parents:
        inner = inner[int(name) if isinstance(inner, list) else name]
    inner[last] = value
    return copy


def test_a_whole_summary_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(SUMMARY))
    assert read_prediction(tmp_path / "a.json").as_json() == SUMMARY


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("segmentation", [], "segmentation: Input should be a valid dictionary, found []"),
        ("segmentation.tumour.regions", ["WT", "WT"], "region 'WT' is there twice"),
        ("segmentation.tumour.regions", ["WT"], "region 'TC' is none of WT"),
        ("segmentation.tumour.regions", ["WT", "TC", "TX"], "region 'TX' is not known"),
        ("segmentation.tumour.regions", "WT", "segmentation.tumour.regions"),
        ("segmentation.tumour.files", [{**FILE, "name": "../../a.nii.gz"}], "'../../a.nii.gz' holds '/'"),
        ("segmentation.tumour.files", [{**FILE, "regions": ["ET"]}], "region 'ET' is none of WT, TC"),
        ("segmentation.tumour.files", [{"name": "a"}], "files.0.coding: Field required"),
        ("segmentation.tumour.volume_ml", {"WT": -1}, "greater than or equal to 0, found -1"),
        ("segmentation.tumour.volume_ml", {"WT": "1.5"}, "should be a valid number, found '1.5'"),
        ("classification.idh.probabilities", {"wt": 0.25, "mutant": 0.15}, "that sum to 1, found 0.4"),
        ("classification.idh.probabilities", {"wt": None}, "found None"),
        ("notes", [1], "notes.0: Input should be a valid string, found 1"),
        ("seen_in_training", "no", "seen_in_training: Input should be a valid boolean, found 'no'"),
        ("provenance", {"run": 1}, "provenance.run: Input should be a valid string, found 1"),
        ("router", {"left_out": {}}, "router.chose: Field required"),
        ("case_id", "b", "is about case 'b'"),
    ],
)
def test_a_damaged_summary_is_refused(path: str, value: object, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed(SUMMARY, path, value)))
    with pytest.raises(InputError) as error:
        read_prediction(tmp_path / "a.json")
    assert message in str(error.value)
    assert "remove it, and predict the case again" in str(error.value)


READERS: dict[str, Callable[[Path], object]] = {
    "split.json": lambda folder: RunFolder(folder).read_split(),
    "report.json": lambda folder: RunFolder(folder).read_report(),
    "environment.json": lambda folder: RunFolder(folder).read_environment(),
    "transfer.json": lambda folder: RunFolder(folder).learned_from(),
    "plan.json": lambda folder: StudyFolder(folder).read_plan(),
    "done.json": lambda folder: StudyFolder(folder).read_result("job"),
    "failed.json": lambda folder: StudyFolder(folder).read_failure("job"),
}
DAMAGE = {
    "split.json": [
        {},
        [],
        None,
        {**SPLIT, "train": "a"},
        {**SPLIT, "test": ["a"]},
        {**SPLIT, "cohort": None},
        {**SPLIT, "cohorts": {"x": {"train": 3}}},
        {**SPLIT, "labelled": {"a": -1}},
    ],
    "report.json": [[], {"steps": "4"}, {"steps": -1}, {"drawn": [{}]}, {"router": [{"value": "x"}]}, {"best": "x"}],
    "environment.json": [[], {"torch": 2}],
    "transfer.json": [{}, {"source": SOURCE}, {"source": {**SOURCE, "cases": None}, "tensors": []}],
    "plan.json": [{}, {"fingerprint": 1, "study": "a"}],
    "done.json": [{}, {"fingerprint": "a", "choice": "", "cost": {"training_s": "x"}}],
    "failed.json": [{}, {"error": None}],
}


@pytest.mark.parametrize(("name", "number"), [(name, i) for name, all_of in DAMAGE.items() for i in range(len(all_of))])
def test_a_damaged_file_is_named(name: str, number: int, tmp_path: Path) -> None:
    path = tmp_path / "answers" / "job" / name if name in ("done.json", "failed.json") else tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "split.json").write_text(json.dumps(SPLIT))
    path.write_text(json.dumps(DAMAGE[name][number]))
    with pytest.raises(InputError, match=rf"{name} is damaged: .*; (put back|remove it|choose)") as error:
        READERS[name](tmp_path)
    assert len(str(error.value).splitlines()) == 1


def test_files_of_before_are_read(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.split.write_text('{"train": ["a"], "val": [], "test": [], "cohort": "0"}')
    run.report.write_text('{"steps": 4, "best": null}')
    assert run.read_split().train == ["a"]
    assert (run.read_report().steps, run.read_report().sample_counts, run.read_report().router) == (4, (), ())
    run.report.write_text('{"drawn": [{"group": "a", "task": "", "what": "samples", "samples": 8}]}')
    assert [row.samples for row in run.read_report().sample_counts] == [8]
    source = '{"run": "r", "model": "m", "config": "c", "cohort": "0", "cases": [], "patients": []}'
    tensor = '{"name": "a", "shape": [1], "fate": "new", "how": ""}'
    run.transfer.write_text(f'{{"source": {source}, "tensors": [{tensor}]}}')
    assert run.read_transfer().tensors[0].status == "new"
    run.transfer.unlink()
    assert run.read_environment() == {}
    assert run.learned_from() == (frozenset({"a"}), frozenset())
