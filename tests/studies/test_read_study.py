"""A study reopened from its folder."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.text.errors import UsageError
from braintumornet.data.splits import Split
from braintumornet.phantom.phantom_settings import PhantomCohort
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.read_study import load_study, plan_in, reopen
from braintumornet.studies.run_jobs import open_study, require_same_study
from braintumornet.studies.study_cohorts import load_cases, name_tables
from braintumornet.studies.study_folder import StudyFolder

ARMS = {"one": {"tasks": ["tumour"]}, "two": {"tasks": ["tumour"], "set": {"training.learning_rate": 0.01}}}


@pytest.fixture
def walk(phantoms, tiny, tmp_path, monkeypatch):
    """A working folder with tables and a study file that names none of them."""
    cases = [
        replace(case, split=side, attributes={}) for case, side in zip(phantoms, ["train", "test"] * 3, strict=True)
    ]
    write_manifest(Cohort("c", tuple(cases)), tmp_path / "cohort.csv")
    write_manifest(
        Cohort("u", tuple(replace(case, id=f"new-{case.id}", patient_id=f"new-{case.id}") for case in cases)),
        tmp_path / "unseen.csv",
    )
    (tmp_path / "tiny.yaml").write_text(tiny.to_yaml())
    study = {"experiment": str(tmp_path / "tiny.yaml"), "arms": ARMS, "splits": {"kind": "predefined"}}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(walk, **tables):
    folder = StudyFolder(walk / "study")
    study = name_tables(load_study("study.yaml"), **tables)
    plan = plan_study(study, *load_cases(study, folder))
    open_study(plan, folder)
    return folder, plan


def test_tables_of_the_command_line_are_found_again_from_elsewhere(walk, monkeypatch):
    folder, plan = begin(walk, cohorts=[Path("cohort.csv")], external={"new": Path("unseen.csv")})
    (walk / "elsewhere").mkdir()
    monkeypatch.chdir(walk / "elsewhere")
    found = reopen(folder)
    assert found.fingerprint == plan.fingerprint
    assert list(found.jobs) == list(plan.jobs)
    assert [case.id for case in found.external["new"]] == [case.id for case in plan.external["new"]]


def test_a_study_that_was_moved_with_its_tables_and_configuration_is_found_again(walk):
    _, plan = begin(walk, cohorts=[Path("cohort.csv")], external={"new": Path("unseen.csv")})
    moved = walk.rename(walk.with_name("archive"))
    assert reopen(StudyFolder(moved / "study")).fingerprint == plan.fingerprint


def test_a_configuration_is_looked_for_beside_the_study_file(walk, monkeypatch):
    (walk / "studies").mkdir()
    (walk / "tiny.yaml").rename(walk / "studies" / "beside.yaml")
    content = {"experiment": "beside.yaml", "arms": {**ARMS, "two": {**ARMS["two"], "experiment": "beside.yaml"}}}
    (walk / "studies" / "study.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.chdir(walk.parent)
    study = load_study(str(walk / "studies" / "study.yaml"))
    assert study.experiment == study.arms["two"].experiment == str(walk / "studies" / "beside.yaml")


def test_where_tables_lie_changes_no_fingerprint(walk):
    study = load_study("study.yaml")
    assert name_tables(study, [Path("cohort.csv")]).fingerprint() == study.fingerprint()


def test_tables_take_the_place_of_phantoms(walk):
    made = {"phantom-a": PhantomCohort(cases=3), "phantom-b": PhantomCohort(cases=2, external=True)}
    study = load_study("study.yaml").model_copy(update={"phantoms": made})
    assert list(name_tables(study, [Path("cohort.csv")]).phantoms) == ["phantom-b"]
    unseen = {"new": Path("unseen.csv")}
    assert name_tables(study, external=unseen).phantoms == made  # a further cohort
    assert name_tables(study, [Path("cohort.csv")], unseen).phantoms == {}
    assert name_tables(study).phantoms == made


def test_another_configuration_since_is_refused(walk, tiny):
    folder, _ = begin(walk, cohorts=[Path("cohort.csv")])
    content = tiny.model_dump(mode="json")
    content["training"]["steps"] = 6
    (walk / "tiny.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(UsageError, match="have changed since the study was begun: .* another study file or config"):
        reopen(folder)


def test_a_folder_without_study_is_refused(tmp_path):
    with pytest.raises(UsageError, match="holds no study; run one with `btn study"):
        reopen(StudyFolder(tmp_path))


def test_a_study_keeps_the_splits_that_it_was_begun_with(walk):
    """As where an earlier version drew others from the same seed."""
    study = load_study("study.yaml", ["splits={repeats: 2, train: 0.5, val: 0, test: 0.5}"])
    folder = StudyFolder(walk / "study")
    study = name_tables(study, cohorts=[Path("cohort.csv")])
    cohort, unseen = load_cases(study, folder)
    drawn = plan_study(study, cohort, unseen)
    turned = {name: Split(train=split.test, test=split.train) for name, split in drawn.splits.items()}
    begun = plan_study(study, cohort, unseen, turned)
    assert begun.fingerprint != drawn.fingerprint
    open_study(begun, folder)
    assert reopen(folder).splits == plan_in(study, folder).splits == turned
    assert reopen(folder).fingerprint == begun.fingerprint
    other = load_study("study.yaml", ["splits={repeats: 3, train: 0.5, val: 0, test: 0.5}"])
    with pytest.raises(UsageError, match="from another study file or configuration"):
        require_same_study(plan_in(name_tables(other, cohorts=[Path("cohort.csv")]), folder), folder)


def test_a_study_whose_cases_are_others_is_refused(walk):
    study = name_tables(
        load_study("study.yaml", ["splits={repeats: 2, train: 0.5, val: 0, test: 0.5}"]), cohorts=[Path("cohort.csv")]
    )
    folder = StudyFolder(walk / "study")
    open_study(plan_in(study, folder), folder)
    lines = Path("cohort.csv").read_text().splitlines(keepends=True)
    Path("cohort.csv").write_text("".join(lines[:-1]))
    with pytest.raises(UsageError, match="with other cases or files"):
        reopen(folder)


def test_phantoms_of_another_generator_are_another_study_and_not_made_here(walk):
    study = load_study("study.yaml").model_copy(update={"phantoms": {"phantom-a": PhantomCohort(cases=3)}})
    other = study.model_copy(update={"phantoms": {"phantom-a": PhantomCohort(cases=3, generator=99)}})
    assert other.fingerprint() != study.fingerprint()
    with pytest.raises(
        UsageError, match="'phantom-a' are to be of generator 99, and this braintumornet has generators 1, 2, 3"
    ):
        load_cases(other, StudyFolder(walk / "study"))
