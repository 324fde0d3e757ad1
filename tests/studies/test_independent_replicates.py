"""Studies whose replicates have phantoms of their own: nothing is shared, so that a plain paired test is right."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import UsageError
from braintumornet.report.study.study_text import describe_study, explain_intervals
from braintumornet.results.study_result import read_result
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison_settings import ComparisonSettings
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.read_study import plan_in
from braintumornet.studies.run_jobs import execute, run_here
from braintumornet.studies.study_cohorts import load_cases
from braintumornet.studies.study_file import Study
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.terminal.compare_screen import explain_comparison
from braintumornet.volumes.nifti import read_volume

from ..study_tables import TINY_STUDY, make_scores

HEAD = {"shape": [24, 24, 24], "spacing_mm": [7, 7, 7], "mix": {"hgg": 1}}
TWINS: dict[str, Any] = {
    **TINY_STUDY,
    "set": {
        **TINY_STUDY["set"],
        "tasks": [{"kind": "segmentation", "name": "tumour", "regions": ["WT"]}],
        "weighting.weights": {},
    },
    "arms": {"few": {"where": {"cohort": "phantom-few"}}, "more": {}},
    "splits": {"kind": "independent_replicates", "replicates": 2},
    "phantoms": {
        "phantom-few": {"cases": 1, "seed": 1, "side": "train", "head": HEAD},
        "phantom-source": {"cases": 2, "seed": 2, "side": "train", "head": HEAD},
        "phantom-judge": {"cases": 2, "seed": 3, "side": "test", "head": HEAD},
    },
}


def test_each_replicate_has_phantoms_of_its_own(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    study = Study.model_validate(TWINS)
    cohort, external = load_cases(study, folder)
    plan = plan_study(study, cohort, external)
    assert external == {}
    assert list(plan.splits) == ["1", "2"]
    sides = [(split.train, split.val, split.test) for split in plan.splits.values()]
    assert [[len(ids) for ids in own] for own in sides] == [[3, 0, 2], [3, 0, 2]]
    everyone = [case_id for own in sides for ids in own for case_id in ids]
    assert len(set(everyone)) == len(everyone) == len(cohort)
    images = [read_volume(case.images["t1c"]).array for case in cohort]
    assert all(not np.array_equal(one, other) for n, one in enumerate(images) for other in images[:n])
    assert {case.cohort for case in cohort} == set(TWINS["phantoms"])
    assert plan.test_share == 0


def test_more_replicates_leave_the_first_ones_as_they_are(tmp_path: Path) -> None:
    two = load_cases(Study.model_validate(TWINS), StudyFolder(tmp_path / "two"))[0]
    more = {**TWINS, "splits": {"kind": "independent_replicates", "replicates": 3}}
    three = load_cases(Study.model_validate(more), StudyFolder(tmp_path / "three"))[0]
    same = {case.id: case for case in three}
    for case in two:
        assert np.array_equal(read_volume(case.images["t2f"]).array, read_volume(same[case.id].images["t2f"]).array)


def test_a_study_can_be_done_in_parts(tmp_path: Path) -> None:
    later = {**TWINS, "splits": {"kind": "independent_replicates", "replicates": 1, "first": 2}}
    folders = StudyFolder(tmp_path / "both"), StudyFolder(tmp_path / "second")
    both, second = (
        plan_study(study, *load_cases(study, folder))
        for study, folder in zip(map(Study.model_validate, (TWINS, later)), folders, strict=True)
    )
    assert list(second.splits) == ["2"]
    assert second.splits["2"] == both.splits["2"]
    job = "more_split-2_seed-0"
    assert second.jobs[job].fingerprint == both.jobs[job].fingerprint


def test_each_replicate_has_first_weights_of_its_own_and_its_arms_share_them(tmp_path: Path) -> None:
    study = Study.model_validate({**TWINS, "seeds": [0, 1]})
    plan = plan_study(study, *load_cases(study, StudyFolder(tmp_path)))
    seeds = {name: job.config.seed for name, job in plan.jobs.items() if job.config is not None}
    assert len(seeds) == 8  # two arms, replicates, and seeds
    assert len(set(seeds.values())) == 4
    assert all(seeds[name] == seeds[name.replace("few", "more")] for name in seeds)


def test_foreign_masks_are_those_of_other_heads(tmp_path: Path) -> None:
    source = {**TWINS["phantoms"]["phantom-source"], "foreign_masks": True}
    study = Study.model_validate({**TWINS, "phantoms": {**TWINS["phantoms"], "phantom-source": source}})
    cohort, _ = load_cases(study, StudyFolder(tmp_path))
    for case in cohort:
        own = case.targets["seg"].parent == case.images["t1c"].parent
        assert own == (case.cohort != "phantom-source")
        assert case.attributes["replicate"] in case.targets["seg"].parts[-3]
    assert study.fingerprint() != Study.model_validate(TWINS).fingerprint()


def test_a_study_of_replicates_runs_and_says_that_they_are_independent(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    plan = plan_in(Study.model_validate(TWINS), folder)
    assert execute(plan, folder, run_here(), lambda outcome: None) == []
    again = plan_in(Study.model_validate(TWINS), folder)
    assert again.splits == plan.splits
    result = read_result(again, folder)
    rows = result.scores["test"].select(metric="dice").frame
    assert set(zip(rows["split"], rows["replicate"], strict=True)) == {("1", "1"), ("2", "2")}
    assert "2 independent replicates, each of phantoms of its own" in describe_study(plan)
    assert "which are independent replicates" in explain_intervals(result.comparisons)[0]


def test_replicates_are_compared_by_a_plain_paired_test() -> None:
    rng = np.random.default_rng(4)
    few, more = rng.uniform(0.3, 0.5, (8, 5)), rng.uniform(0.4, 0.6, (8, 5))
    tables = []
    for arm, values in (("few", few), ("more", more)):
        for replicate, own in enumerate(values):
            rows = make_scores(arm, own[None, None]).frame.assign(split=str(replicate), replicate=str(replicate))
            tables.append(Scores(rows.assign(case_id=[f"{replicate}-{n}" for n in range(5)], patient_id="")))
    comparison = compare(Scores.concat(tables))
    (result,) = comparison.results
    assert result.test is not None
    assert float(result.test.p) == pytest.approx(stats.ttest_rel(more.mean(1), few.mean(1)).pvalue)
    assert explain_comparison(comparison)[0].endswith("each split is a replicate with cases of its own.")
    (stated,) = compare(Scores.concat(tables), settings=ComparisonSettings(test_share=0.25)).results
    assert stated.test is not None
    assert stated.test.p > result.test.p


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"splits": {"repeats": 2}}, "phantoms.phantom-few: side 'train' is for splits of kind independent_replicates"),
        ({"phantoms": {"phantom-a": {"cases": 2, "head": HEAD}}}, "phantoms.phantom-a: expected a side"),
        ({"cohorts": ["cohort.csv"]}, "independent replicates are of phantoms, and `cohorts` names tables"),
    ],
)
def test_what_does_not_go_together_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Study.from_content({**TWINS, **change}, "twins.yaml")
