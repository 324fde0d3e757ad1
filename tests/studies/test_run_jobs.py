"""A study from its plan to its tables, stopped and gone on with."""

import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.workers.stop_signals import Stopped
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.results.collect_scores import write_tables
from braintumornet.results.split_means import patient_means
from braintumornet.results.study_result import read_result
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.completed_jobs import is_done
from braintumornet.studies.job import choose_point
from braintumornet.studies.plan import Plan, job_name
from braintumornet.studies.read_study import reopen
from braintumornet.studies.run_jobs import Outcome, execute, jobs_to_do, run_here
from braintumornet.studies.study_cohorts import load_cases, name_tables
from braintumornet.studies.study_file import Study
from braintumornet.studies.study_folder import StudyFolder

from ..score_tables import make_rows
from ..study_tables import TINY_STUDY

Finished = tuple[Plan, StudyFolder]


def nothing(outcome: Outcome) -> None:
    """Told of a job, do nothing."""


def copy(finished: Finished, folder: Path) -> Finished:
    """Return the same study in a folder that may be changed."""
    _, place = finished
    shutil.copytree(place.path, folder / "study")
    study = Study.model_validate(TINY_STUDY)
    there = StudyFolder(folder / "study")
    return plan_study(study, *load_cases(study, there)), there


def test_every_arm_answers_for_the_same_cases(finished: Finished) -> None:
    plan, folder = finished
    for part in plan.parts:
        rows = read_result(plan, folder).scores[part].select(metric="dice", structure="WT").frame
        cases = {arm: set(zip(own["split"], own["case_id"], strict=True)) for arm, own in rows.groupby("arm")}
        assert cases["single"] == cases["multi"] != set()
    unseen = set(read_result(plan, folder).scores["phantom-unseen"].frame["case_id"])
    assert unseen == {"", "phantom-unseen-0000", "phantom-unseen-0001"}


def test_an_arm_of_parts_has_the_answers_of_its_parts(finished: Finished) -> None:
    plan, folder = finished
    scores = read_result(plan, folder).scores["test"]

    def values(arm: str, task: str) -> list[str]:
        return [*map(repr, scores.select(arm=arm, task=task).frame.drop(columns="arm").to_dict("records"))]

    assert values("best of both", "tumour") == values("single", "tumour")
    assert values("best of both", "genotype") == values("multi", "genotype") != []
    parts = read_result(plan, folder).costs["best of both"]
    assert [cost["job"] for cost in parts] == [
        name for split in ("1", "2") for name in (job_name("single", split, 0), job_name("multi", split, 0))
    ]


def test_the_parts_of_the_baseline_are_not_compared_with_themselves(finished: Finished) -> None:
    plan, folder = finished
    planned = replace(plan, study=plan.study.model_copy(update={"baseline": "best of both"}))
    dice = next(each.comparison for each in read_result(planned, folder).comparisons if each.part == "test")
    assert dice is not None
    assert {result.arm for result in dice.results} == {"multi"}
    assert dice.notes == ()


def test_a_regression_answers_markers_without_a_network(finished: Finished) -> None:
    plan, folder = finished
    scores = read_result(plan, folder).scores["test"].select(arm="facts")
    assert set(scores.frame["task"]) == {"genotype"}
    by_case = scores.select(metric="probability", split="1").frame.groupby("case_id")["value"].sum()
    assert set(by_case.index) == {case.id for case in plan.jobs[job_name("facts", "1", 0)].parts["test"]}
    assert list(by_case) == pytest.approx([1] * len(by_case))


def test_a_network_without_outlines_answers_its_marker_only(finished: Finished) -> None:
    plan, folder = finished
    assert set(read_result(plan, folder).scores["test"].select(arm="marker alone").frame["task"]) == {"genotype"}


def test_the_tables_can_be_compared(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    scores = read_result(plan, folder).scores
    write_tables(scores, folder)
    assert Scores.read(folder.rows("test")).frame.equals(scores["test"].frame)
    assert set(scores["test"].frame["study"]) == {"study"}


def test_what_is_done_is_not_done_again(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    assert jobs_to_do(plan, folder) == []
    told: list[Outcome] = []
    execute(plan, folder, run_here(), told.append)
    assert told == []


def test_what_is_missing_is_done_and_comes_out_the_same(finished: Finished, tmp_path: Path) -> None:
    """A network is trained again from its last state, a lost prediction is made again, the table is the same."""
    plan, folder = copy(finished, tmp_path)
    before = read_result(plan, folder).scores["test"].frame
    stopped, half = job_name("single", "1", 0), job_name("multi", "2", 0)
    shutil.rmtree(folder.run(stopped).path)
    shutil.rmtree(folder.result(stopped).parent)
    folder.result(half).unlink()
    next(folder.predictions(half, "test").glob("*.json")).unlink()
    assert [job.name for job in jobs_to_do(plan, folder)] == [stopped, half]
    told: list[Outcome] = []
    assert execute(plan, folder, run_here(), told.append) == []
    assert [outcome.job.name for outcome in told] == [stopped, half]
    assert read_result(plan, folder).scores["test"].frame.equals(before)


def test_a_job_that_fails_is_shown_and_the_rest_goes_on(tmp_path: Path) -> None:
    arms = {
        "wild": {"tasks": ["tumour"], "set": {"training.learning_rate": 1e30}},
        "late": {"tasks": ["tumour"], "starts_from": "wild"},
        "calm": {"tasks": ["tumour"]},
    }
    study = Study.model_validate({**TINY_STUDY, "arms": arms, "splits": {**TINY_STUDY["splits"], "repeats": 1}})
    folder = StudyFolder(tmp_path)
    plan = plan_study(study, *load_cases(study, folder))
    failed = {outcome.job.arm: outcome.error for outcome in execute(plan, folder, run_here(), nothing)}
    assert failed.keys() == {"wild", "late"}
    assert "train anew with a lower training.learning_rate" in failed["wild"]
    assert failed["late"] == f"not run, because {job_name('wild', '1', 0)} failed, which it needs"
    assert set(read_result(plan, folder).scores["test"].frame["arm"]) == {"calm"}
    assert read_result(plan, folder).failures.keys() == {job_name(arm, "1", 0) for arm in failed}
    assert [job.arm for job in jobs_to_do(plan, folder)] == ["wild", "late"]


def test_a_signal_ends_a_study_where_a_failure_would_not(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, folder = finished
    copy = StudyFolder(tmp_path / "copy")
    shutil.copytree(folder.path, copy.path)
    for job in plan.jobs:
        copy.result(job).unlink()
    told: list[Outcome] = []

    def stop(*given: object) -> None:
        raise Stopped(signal.SIGTERM, "after step 1 of 2; the state is saved")

    monkeypatch.setattr("braintumornet.studies.run_jobs.run_job", stop)
    with pytest.raises(Stopped):
        execute(plan, copy, run_here(), told.append)
    assert told == []
    assert not any(copy.failure(job).exists() for job in plan.jobs)


def test_a_split_that_one_arm_lacks_is_left_out_of_the_comparison(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    folder.result(job_name("multi", "2", 0)).unlink()
    (dice, *_) = [each for each in read_result(plan, folder).comparisons if each.part == "test"]
    assert dice.left_out == ("split 2, seed 0",)
    assert dice.comparison is not None
    assert {result.splits for result in dice.comparison.results} == {1}


def test_a_folder_of_another_study_is_refused(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    other = Study.model_validate({**TINY_STUDY, "set": {**TINY_STUDY["set"], "training.steps": 3}})
    planned = plan_study(other, plan.cohort, plan.external)
    with pytest.raises(UsageError, match="begun from another study file or configuration; go on with what it"):
        execute(planned, folder, run_here(), nothing)
    fewer = plan_study(plan.study, plan.cohort, {})
    with pytest.raises(UsageError, match="begun with other cases or files"):
        execute(fewer, folder, run_here(), nothing)


def test_a_second_process_is_kept_out(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    with folder.locked(), pytest.raises(UsageError, match="another `btn study` is at work in .*; wait for it"):
        execute(plan, folder, run_here(), nothing)


def test_a_grid_is_chosen_by_validation_alone(tmp_path: Path) -> None:
    """The point that is best on validation is taken, however bad it is on the test set."""
    arms = {"single": {"tasks": ["tumour"]}, "chosen": {"grid": {"key": "training.max_norm", "values": [1, 2, 3]}}}
    study = Study.model_validate({**TINY_STUDY, "arms": arms})
    folder = StudyFolder(tmp_path)
    plan = plan_study(study, *load_cases(study, folder))
    job = plan.jobs[job_name("chosen", "1", 0)]
    dice = {"val": (0.2, 0.9, 0.5), "test": (0.9, 0.1, 0.5)}
    for part, values in dice.items():
        for (_, name), value in zip(job.choices, values, strict=True):
            Scores.of(make_rows("a", "tumour", "WT", {"dice": value})).write(folder.scores(name, part))
    assert choose_point(job, folder) == ("training.max_norm=2", job.choices[1][1])
    Scores.of(make_rows("", "genotype", "macro", {"auc": 0.7})).write(folder.scores(job.choices[0][1], "val"))
    with pytest.raises(InputError, match="arm 'chosen': a grid is chosen by Dice on validation, and .* has none"):
        choose_point(job, folder)


def test_masks_of_another_tool_are_scored_on_the_same_cases(finished: Finished, tmp_path: Path) -> None:
    """The true masks as another tool's: Dice 1; where it left none, a clear line."""
    plan, _ = finished
    arms = {
        "single": {"tasks": ["tumour"]},
        "nnunet": {"kind": "external_masks", "folder": f"{tmp_path}/masks/{{split}}", "label_scheme": "brats2023"},
    }
    study = Study.model_validate({**TINY_STUDY, "arms": arms, "phantoms": {}, "cohorts": ["somewhere"]})
    planned = plan_study(study, plan.cohort, {})
    job = planned.jobs[job_name("nnunet", "1", 0)]
    for case in job.parts["test"]:
        there = tmp_path / "masks" / "1" / f"{case.id}.nii.gz"
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(case.targets["seg"], there)
    failed = execute(planned, StudyFolder(tmp_path / "s"), lambda jobs, work, told: run_here()(
        [job for job in jobs if job.arm == "nnunet"], work, told), nothing)  # fmt: skip
    scores = read_result(planned, StudyFolder(tmp_path / "s")).scores["test"]
    whole = patient_means(scores, "tumour", "WT")["nnunet"]
    assert set(whole) == {1.0}
    assert len(whole) == len(job.parts["test"])
    (outcome,) = failed
    assert outcome.job.split == "2"
    assert "has no mask phantom-children-" in outcome.error
    assert is_done(job, StudyFolder(tmp_path / "s"))
    there.write_bytes(there.read_bytes() + b"\0")
    assert not is_done(job, StudyFolder(tmp_path / "s"))


def test_a_cohort_that_is_added_is_predicted_by_the_networks_that_are_there(
    finished: Finished, tmp_path: Path, btn: Callable[..., tuple[int, str, str]]
) -> None:
    plan, folder = copy(finished, tmp_path)
    head = PhantomSettings(shape=(24, 24, 24), spacing_mm=(7, 7, 7))
    write_phantoms(tmp_path / "hospital", head, 2, seed=9, name="phantom-hospital")
    trained = {file: file.stat().st_mtime_ns for file in folder.path.glob("runs/*/model.safetensors")}
    before = read_result(plan, folder).scores["test"].frame
    assert btn("report", folder.path)[0] == 0
    table = tmp_path / "hospital" / "cohort.csv"
    code, printed, errors = btn("study", folder.study, "--study", folder.path, "--external", f"hospital={table}")
    assert code == 0, errors
    assert "page, made anew" in printed
    assert {file: file.stat().st_mtime_ns for file in trained} == trained != {}
    again = reopen(folder)
    result = read_result(again, folder)
    assert set(result.states.values()) == {"done"}
    assert set(result.scores["hospital"].frame["arm"]) == set(plan.study.arms)
    assert set(result.scores["hospital"].frame["case_id"]) - {""} == {"phantom-hospital-0000", "phantom-hospital-0001"}
    assert result.scores["test"].frame.equals(before)
    assert "hospital (2 cases)" in folder.page.read_text()
    code, _, errors = btn("study", folder.study, "--study", folder.path, "--set", "training.steps=3")
    assert code == 2
    assert errors.count("\n") == 1


def test_an_unseen_case_that_is_split_too_is_refused(finished: Finished, tmp_path: Path) -> None:
    _, place = finished
    study = Study.model_validate({**TINY_STUDY, "phantoms": {}})
    table = place.phantoms / "phantom-unseen" / "cohort.csv"
    with pytest.raises(InputError, match="case phantom-unseen-0000 is in the study's cohort and in the external"):
        load_cases(name_tables(study, [table], {"x": table}), StudyFolder(tmp_path))
    with pytest.raises(UsageError, match="the study has no cases; give a table with --cohort"):
        load_cases(study, StudyFolder(tmp_path))


def test_a_study_with_other_fingerprints_is_told(finished: Finished, tmp_path: Path) -> None:
    """As the first version wrote them."""
    plan, folder = copy(finished, tmp_path)
    write_json(folder.plan, {key: value for key, value in read_json(folder.plan).items() if key != "fingerprints"})
    with pytest.raises(UsageError, match="holds a study of another version .*; continue with that version, or choose"):
        execute(plan, folder, run_here(), nothing)


def test_what_cannot_change_a_result_does_not_make_another_study(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    settings = {**TINY_STUDY["set"], "data.workers": 1, "training.save_every": 1, "data.memory_gib": 0}
    same = plan_study(Study.model_validate({**TINY_STUDY, "set": settings}), plan.cohort, plan.external)
    assert same.fingerprint == plan.fingerprint
    assert jobs_to_do(same, folder) == []


def test_a_file_of_the_same_size_makes_another_study(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    first, *others = plan.cohort.cases
    image = tmp_path / "a.nii.gz"
    content = bytearray(first.images["t2f"].read_bytes())
    content[4] ^= 1  # the time within a gzip file
    image.write_bytes(content)
    changed = replace(first, images={**first.images, "t2f": image})
    other = plan_study(plan.study, Cohort(plan.cohort.name, (changed, *others)), plan.external)
    with pytest.raises(UsageError, match="begun with other cases or files"):
        execute(other, folder, run_here(), nothing)


def test_a_job_of_other_settings_is_not_taken_for_done(finished: Finished, tmp_path: Path) -> None:
    plan, folder = copy(finished, tmp_path)
    name = job_name("single", "1", 0)
    write_json(folder.result(name), {**read_json(folder.result(name)), "fingerprint": "another"})
    assert [job.name for job in jobs_to_do(plan, folder)] == [name]
