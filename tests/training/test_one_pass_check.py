"""A run finds out whether it may read the brain in one pass."""

from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import OnePassRecord, ReportRecord
from braintumornet.core.text.errors import UsageError
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predictor import Predictor
from braintumornet.training.trainer import fit
from braintumornet.training.validation import Validation, validate


def with_sides(cohort: Cohort, val: int) -> Cohort:
    """The cohort with its last cases on the side of validation."""
    sides = ["train"] * (len(cohort) - val) + ["val"] * val
    return Cohort("sides", tuple(replace(case, split=side) for case, side in zip(cohort, sides, strict=True)))


def test_what_one_pass_costs_is_measured_on_validation_cases_and_decides(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = {"one": 0.8, "windows": 0.81}
    asked = []

    def measured(predictor: Predictor, examples: list, tasks: list[str] | None = None) -> Validation:
        how = predictor.readers[0].options.reading
        asked.append((how, [example.images().case_id for example in examples], tasks, predictor.readers[0].one_pass))
        real = validate(predictor, examples, tasks).means
        assert all(0 <= value <= 1 for value in real.values())
        return Validation(dict.fromkeys(real, dice[how]), {})

    monkeypatch.setattr("braintumornet.training.one_pass_check.validate", measured)
    cohort, run = with_sides(phantoms, 2), RunFolder(tmp_path / "run")
    fit(tiny, cohort, run)
    val = [case.id for case in cohort.cases[-2:]]
    assert asked == [("one", val, ["tumour"], {"tumour"}), ("windows", val, ["tumour"], set())]
    report = run.read_report()
    assert [(row.task, row.region, row.cases, row.one_pass, row.windows) for row in report.one_pass] == [
        ("tumour", region, 2, 0.8, 0.81) for region in ("ET", "TC", "WT")
    ]
    assert not report.tasks_in_one_pass
    assert not Predictor.from_run(run.path).readers[0].one_pass
    content = read_json(run.report)
    for row in content["one_pass"]:
        row["one_pass"] = 0.8081
    write_json(run.report, content)
    predictor = Predictor.from_run(run.path)
    assert predictor.readers[0].one_pass == {"tumour"}
    assert predictor.provenance["pass"] == "one"
    assert "pass" not in Predictor.from_run(run.path, InferenceOptions(reading="windows")).provenance


def test_each_task_is_read_as_is_good_for_it() -> None:
    def row(task: str, region: str, lost: float) -> OnePassRecord:
        return OnePassRecord(task=task, region=region, cases=5, one_pass=0.8 - lost, windows=0.8)

    rows = [row("glioma", "WT", -0.05), row("glioma", "ET", 0.0019), row("mets", "TC", 0.0), row("mets", "ET", 0.003)]
    assert ReportRecord(one_pass=rows).tasks_in_one_pass == {"glioma"}


def test_without_validation_cases_there_are_windows(run: Path) -> None:
    assert RunFolder(run).read_report().one_pass == []
    assert not ReportRecord().tasks_in_one_pass
    assert not Predictor.from_run(run).readers[0].one_pass


def test_one_pass_is_refused_of_a_network_with_windows_of_its_own(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    content = tiny.model_dump(mode="json") | {"backbone": {"kind": "deepmedic", "preset": "2017"}}
    content["data"]["patch"] = [25, 25, 25]
    content["training"]["steps"] = 1
    fit(ExperimentConfig.from_content(content, "valid"), with_sides(phantoms, 2), RunFolder(tmp_path / "run"))
    assert RunFolder(tmp_path / "run").read_report().one_pass == []
    with pytest.raises(UsageError, match="one pass: a deepmedic answers in windows of its own"):
        Predictor.from_run(tmp_path / "run", InferenceOptions(reading="one"))
