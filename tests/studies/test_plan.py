"""What a study runs, and which studies are refused before anything runs."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import write_json, write_text
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.check_plan import refuse_leaks
from braintumornet.studies.plan import Plan, job_name
from braintumornet.studies.read_study import load_study, shipped_studies
from braintumornet.studies.study_cohorts import name_tables
from braintumornet.studies.study_file import Study

GENOTYPES = ("fusion", "v600e", "other")


def children(number: int = 30, name: str = "children", pathology: str = "plgg") -> Cohort:
    """Cases without files: a plan reads none."""
    nowhere = Path("nowhere.nii.gz")
    return Cohort(
        name,
        tuple(
            Case(f"{name}-{i}", f"{name}-p{i}", name, {"t2f": nowhere}, {"seg": nowhere}, coding="brats2023",
                 pathology=pathology, attributes={"genotype": GENOTYPES[i % 3]})
            for i in range(number)
        ),
    )  # fmt: skip


def study(**changes: Any) -> Study:
    """Single-task against multi-task, two splits."""
    content = {
        "experiment": "demo",
        "arms": {"single": {"tasks": ["tumour"]}, "multi": {}},
        "splits": {"repeats": 2, "train": 0.6, "val": 0.2, "test": 0.2},
    }
    return Study.model_validate({**content, **changes})


def plan(arms: Mapping[str, Any] | None = None, cohort: Cohort | None = None, **changes: Any) -> Plan:
    """Plan a study with other arms, cases or settings."""
    return plan_study(study(**({"arms": arms} if arms else {}), **changes), cohort or children(), {})


def test_arms_share_the_patients_of_a_split() -> None:
    planned = plan(seeds=(0, 1))
    assert list(planned.jobs)[:2] == ["single_split-1_seed-0", "multi_split-1_seed-0"]
    assert len(planned.jobs) == len(planned.cells) == 2 * 2 * 2
    for job in planned.jobs.values():
        other = planned.jobs[job_name("multi", job.split, job.seed)]
        assert [(case.id, case.split) for case in job.cohort] == [(case.id, case.split) for case in other.cohort]
        assert {case.id for case in job.parts["test"]}.isdisjoint({case.id for case in job.cohort})
        assert job.config is not None
        assert job.config.seed == job.seed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"external": {"../../x": "a.csv"}}, "'../../x' cannot be the name of a cohort, which names a folder"),
        ({"external": {"test": "a.csv"}}, "'test' cannot be the name of a cohort: it is that of a set of the splits"),
        ({"phantoms": {"phantom/../../x": {"cases": 2}}}, "'phantom/../../x' cannot be the name of a cohort"),
        (
            {"phantoms": {"phantom-a": {"cases": 2}}, "external": {"phantom-a": "a.csv"}},
            "'phantom-a' is a table and a cohort of phantoms; rename one",
        ),
        ({"seeds": [-1]}, "Input should be greater than or equal to 0"),
        ({"arms": {"a" * 65: {}, "b": {}}}, "cannot be the name of an arm; expected up to 64 signs"),
    ],
)
def test_names_and_seeds_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        study(**changes)


def test_names_of_the_command_line_are_checked_too() -> None:
    with pytest.raises(UsageError, match="'val' cannot be the name of a cohort"):
        name_tables(study(), [Path("a.csv")], {"val": Path("b.csv")})


def test_a_transfer_arm_starts_from_the_network_of_the_same_split() -> None:
    arms = {"late": {"starts_from": "early", "set": {"seed": 1}}, "early": {"tasks": ["tumour"]}}
    planned = plan(arms)
    names = list(planned.jobs)
    for split in planned.splits:
        late = planned.jobs[job_name("late", split, 0)]
        assert late.needs == (job_name("early", split, 0),)
        assert names.index(late.needs[0]) < names.index(late.name)


def test_what_one_starts_from_is_part_of_what_it_is() -> None:
    arms = {"early": {"tasks": ["tumour"]}, "late": {"starts_from": "early"}}
    changed = {**arms, "early": {"tasks": ["tumour"], "set": {"training.learning_rate": 0.1}}}
    name = job_name("late", "1", 0)
    assert plan(arms).jobs[name].fingerprint != plan(changed).jobs[name].fingerprint


def test_a_grid_is_tried_on_validation_patients_only() -> None:
    grid = {"key": "weighting.weights.genotype", "values": [0.1, 0.3]}
    planned = plan({"single": {"tasks": ["tumour"]}, "chosen": {"grid": grid}})
    tried = planned.jobs[job_name("chosen", "1", 0, "weighting.weights.genotype=0.1")]
    assert list(tried.parts) == ["val"]
    chosen = planned.jobs[job_name("chosen", "1", 0)]
    assert chosen.config is None
    assert [point for point, _ in chosen.choices] == [f"weighting.weights.genotype={value}" for value in (0.1, 0.3)]
    assert len(planned.jobs) == 2 * (1 + 2 + 1)


def test_a_point_of_a_grid_that_another_arm_trains_is_not_trained_again() -> None:
    """The demo's own weight is 0.03, as the second point; the grid may stand before the arm."""
    grid = {"key": "weighting.weights.genotype", "values": [0.1, 0.03]}
    planned = plan({"chosen": {"grid": grid}, "multi": {}})
    chosen = planned.jobs[job_name("chosen", "1", 0)]
    names = list(planned.jobs)
    assert [job for _, job in chosen.choices][1] == job_name("multi", "1", 0)
    assert names.index(job_name("multi", "1", 0)) < names.index(chosen.name)
    assert len(planned.jobs) == 2 * (1 + 1 + 1)


def test_a_grid_is_no_network_to_start_from() -> None:
    grid = {"key": "weighting.weights.genotype", "values": [0.1, 0.3]}
    with pytest.raises(ValueError, match="arms.late: 'chosen' has a grid, so that it is no single network"):
        study(arms={"chosen": {"grid": grid}, "late": {"starts_from": "chosen"}})


def test_a_grid_without_validation_patients_is_refused() -> None:
    grid = {"key": "weighting.weights.genotype", "values": [0.1, 0.3]}
    splits = {"repeats": 1, "train": 0.7, "val": 0, "test": 0.3}
    with pytest.raises(UsageError, match="arm 'chosen': a grid is chosen by validation patients, and split 1 has none"):
        plan({"single": {"tasks": ["tumour"]}, "chosen": {"grid": grid}}, splits=splits)


def test_arms_may_learn_from_other_cases_and_are_tested_on_the_same() -> None:
    both = Cohort("both", (*children(), *children(20, "adults", "hgg")))
    arms = {"own": {"tasks": ["tumour"]}, "adult": {"tasks": ["tumour"], "where": {"pathology": "hgg"}}}
    planned = plan(arms, both, where={"pathology": "plgg"})
    adult = planned.jobs[job_name("adult", "1", 0)]
    assert {case.pathology for case in adult.cohort} == {case.pathology for case in adult.parts["val"]} == {"hgg"}
    assert {case.pathology for case in adult.parts["test"]} == {"plgg"}


def test_an_arm_without_cases_is_refused() -> None:
    arms = {"own": {"tasks": ["tumour"]}, "adult": {"tasks": ["tumour"], "where": {"pathology": "hgg"}}}
    with pytest.raises(InputError, match=r"arm 'adult': no training case of split 1 fits pathology: hgg; .*null"):
        plan(arms)


def test_arms_that_differ_in_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="arms 'a' and 'b' differ in nothing; change a setting of one"):
        plan({"a": {"tasks": ["tumour"]}, "b": {"tasks": ["tumour"], "set": {"training.steps": 180}}})


def test_arms_whose_folders_would_be_one_are_refused() -> None:
    with pytest.raises(UsageError, match="two jobs would share the folder 'multi-task_split-1_seed-0'"):
        plan({"multi-task": {"tasks": ["tumour"]}, "multi task": {}})
    with pytest.raises(UsageError, match="two jobs would share the folder 'Multi_split-1_seed-0'.* or for capitals"):
        plan({"multi": {"tasks": ["tumour"]}, "Multi": {}})


def test_an_arm_with_a_value_that_no_folder_can_be_called_after_is_refused() -> None:
    grid = {"key": "training.halve_at", "values": [[0.5], [0.5] * 60]}
    with pytest.raises(UsageError, match="the folder 'chosen_split-1_seed-0.*' would have 340 bytes in its name"):
        plan({"single": {"tasks": ["tumour"]}, "chosen": {"grid": grid}})


def test_arms_with_unequal_budgets_are_refused() -> None:
    expected = r"arm 'a' takes 180 steps of 8 patches and arm 'b' 90 of 8, so that more than the method differs"
    with pytest.raises(UsageError, match=expected):
        plan({"a": {"tasks": ["tumour"]}, "b": {"set": {"training.steps": 90}}})


def test_arms_that_go_round_in_a_circle_are_refused() -> None:
    with pytest.raises(UsageError, match="arms a, b: each starts from another of them"):
        plan({"a": {"starts_from": "b"}, "b": {"starts_from": "a", "tasks": ["tumour"]}})


def trained_before(path: Path, patients: list[str]) -> RunFolder:
    run = RunFolder(path)
    write_json(run.split, {"train": ["x"], "val": [], "test": [], "cohort": "", "patients": patients})
    write_text(run.config, "")
    run.model.write_bytes(b"weights")
    return run


class TestLeaks:
    """No network is tested on a patient whom it, or what it started from, learned from."""

    def test_of_the_source_cohort_of_a_transfer_arm_into_the_targets_test_side(self) -> None:
        """The same person is an adult who trains the source, and a child whom the target is tested on."""
        adults = [replace(case, split="train") for case in children(9, "adults", "hgg")]
        own = [replace(case, split="test" if i < 9 else "train") for i, case in enumerate(children())]
        adults[4] = replace(adults[4], patient_id=own[3].patient_id)
        arms = {
            "adult": {"tasks": ["tumour"], "where": {"pathology": "hgg"}},
            "transferred": {"tasks": ["tumour"], "starts_from": "adult"},
        }
        expected = (
            r"patient children-p3 is in test and in train \(case adults-4\); put all cases of a patient in one set"
        )
        with pytest.raises(InputError, match=expected):
            plan(arms, Cohort("both", (*own, *adults)), where={"pathology": "plgg"}, splits={"kind": "predefined"})

    def test_through_the_network_that_an_arm_starts_from(self) -> None:
        """Also if a plan were made in another way: the source's patients count as the target's."""
        planned = plan({"early": {"tasks": ["tumour"]}, "late": {"starts_from": "early"}})
        late = planned.jobs[job_name("late", "1", 0)]
        early = planned.jobs[late.starts_from]
        planted = replace(late.parts["test"].cases[0], id="planted", split="train")
        leaky = replace(early, cohort=Cohort("leaky", (*early.cohort, planted)))
        without = {**planned.jobs, early.name: replace(leaky, parts={})}
        expected = rf"arm 'late': patient {planted.patient_id} is in test .* in 'early', which it starts from"
        with pytest.raises(InputError, match=expected):
            refuse_leaks(replace(planned, jobs=without))

    def test_into_a_fixed_cohort(self) -> None:
        cohort = children()
        known = replace(cohort.cases[0], id="again")
        expected = r"patient children-p0 is in elsewhere \(case again\) and trains it .*one set"
        with pytest.raises(InputError, match=expected):
            plan_study(study(splits={"repeats": 6}), cohort, {"elsewhere": Cohort("elsewhere", (known,))})

    def test_of_a_network_that_was_trained_before(self, tmp_path: Path) -> None:
        run = trained_before(tmp_path / "before", patients=[case.patient_id for case in children()])
        arms = {"single": {"tasks": ["tumour"]}, "before": {"kind": "pretrained", "run": str(run.path)}}
        with pytest.raises(InputError, match=r"arm 'before': patient children-p\d+ is in \w+ .* and trained .*before"):
            plan(arms)


class TestGivenRun:
    def test_with_other_weights_is_another_study(self, tmp_path: Path) -> None:
        run = trained_before(tmp_path / "before", patients=[])
        arms = {"single": {"tasks": ["tumour"]}, "before": {"kind": "pretrained", "run": str(run.path)}}
        first, again = plan(arms), plan(arms)
        assert first.fingerprint == again.fingerprint
        run.model.write_bytes(b"other weights")
        assert plan(arms).fingerprint != first.fingerprint

    def test_without_weights_is_refused(self, tmp_path: Path) -> None:
        run = trained_before(tmp_path / "before", patients=[])
        run.model.unlink()
        arms = {"single": {"tasks": ["tumour"]}, "before": {"kind": "pretrained", "run": str(run.path)}}
        with pytest.raises(UsageError, match=r"before is not a finished run: model.safetensors is missing"):
            plan(arms)


class TestStudyFile:
    def write(self, folder: Path, **changes: Any) -> str:
        content = study().model_dump(mode="json", include={"experiment", "arms", "splits"})
        write_text(folder / "mine.yaml", yaml.safe_dump({**content, **changes}, sort_keys=False))
        return str(folder / "mine.yaml")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"arms": {"one": {}}}, "mine.yaml: arms: .*at least 2 items"),
            ({"armz": {}}, "mine.yaml: unknown key 'armz'; did you mean 'arms'?"),
            ({"baseline": "singel"}, "mine.yaml: there is no arm 'singel'; did you mean 'single'?"),
            (
                {"arms": {"a": {"starts_from": "b"}, "b": {"kind": "clinical_baseline", "task": "genotype"}}},
                "arms.a: 'b' is not trained in this study",
            ),
            (
                {"arms": {"a": {"tasks": ["tumor"]}, "b": {}}},
                "arm 'a': there is no task 'tumor'; did you mean 'tumour'?",
            ),
            ({"arms": {"a": {"set": {"training.stepz": 1}}, "b": {}}}, "arm 'a': .*unknown key 'stepz'"),
            (
                {"arms": {"a": {}, "b": {"kind": "clinical_baseline", "task": "tumour"}}},
                "arm 'b': .*no task 'tumour' that",
            ),
            ({"arms": {"a": {}, "b": {"heads": {"tumor": "tumour"}}}}, "arm 'b': .*no task 'tumor'.*did you mean"),
            ({"splits": {"train": 0.5}}, "splits.*: train, val and test must sum to 1, found 0.8"),
            ({"seeds": [1, 1]}, r"seeds: \[1, 1\] names one twice"),
            ({"phantoms": {"heads": {"cases": 3}}}, "phantoms.heads: .*let it begin with 'phantom'"),
            ({"arms": {"a": {"kind": "pretrained", "run": "gone"}, "b": {}}}, "arm 'a': there is no run gone"),
        ],
        ids=[
            "one arm",
            "key",
            "baseline",
            "starts from",
            "task",
            "setting",
            "marker",
            "heads",
            "shares",
            "seeds",
            "phantoms",
            "run",
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, changes: Any, expected: str) -> None:
        with pytest.raises(UsageError, match=expected):
            load_study(self.write(tmp_path, **changes))

    def test_an_arm_can_be_left_out(self, tmp_path: Path) -> None:
        arms = {"single": {"tasks": ["tumour"]}, "multi": {}, "third": {"set": {"training.steps": 9}}}
        assert list(load_study(self.write(tmp_path, arms=arms), ["arms.third=null"]).arms) == ["single", "multi"]

    def test_a_setting_of_all_arms_can_be_changed(self, tmp_path: Path) -> None:
        mine = self.write(tmp_path, set={"training.steps": 9, "data": {"batch_size": 3}})
        changed = load_study(mine, ["set.training.steps=7"])
        for arm in changed.arms:
            config = changed.arm_config(arm, 0)
            assert (config.training.steps, config.data.batch_size) == (7, 3)

    def test_arms_that_share_an_anchor_can_be_changed_one_by_one(self, tmp_path: Path) -> None:
        text = "{experiment: demo, arms: {a: {set: &few {training.steps: 4}, tasks: [tumour]}, b: {set: *few}}}"
        write_text(tmp_path / "anchor.yaml", text)
        changed = load_study(str(tmp_path / "anchor.yaml"), ["arms.a.set.training.steps=9"])
        assert [changed.arm_config(arm, 0).training.steps for arm in changed.arms] == [9, 4]

    def test_written_out_it_is_the_same_study(self, tmp_path: Path) -> None:
        write_text(tmp_path / "again.yaml", study().to_yaml())
        assert load_study(str(tmp_path / "again.yaml")) == study()

    @pytest.mark.parametrize("name", shipped_studies())
    def test_shipped_studies_are_whole(self, name: str) -> None:
        shipped = load_study(name)
        assert shipped.questions()
        assert shipped.first in shipped.arms


@pytest.mark.parametrize(
    ("arms", "where", "message"),
    [
        (
            None,
            {"patholgy": "plgg"},
            "the study's where: no case of .* has a column 'patholgy'; did you mean 'pathology'",
        ),
        (
            {"one": {"tasks": ["tumour"]}, "other": {"tasks": ["tumour"], "where": {"gentype": "fusion"}}},
            {},
            "arm 'other', where: no case of cohort children has a column 'gentype'; did you mean 'genotype'",
        ),
    ],
)
def test_a_condition_on_a_column_that_no_case_has_is_refused(arms: Any, where: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(arms, where=where)


def test_a_study_can_be_about_some_patients() -> None:
    wanted = [f"children-p{number}" for number in range(24)]
    planned = plan(where={"patient_id": wanted})
    tested = {case.patient_id for job in planned.jobs.values() for case in job.parts["test"]}
    assert tested <= set(wanted)
