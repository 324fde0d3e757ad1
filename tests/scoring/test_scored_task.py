"""A head can be asked about its own task or about another's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort, require_scores
from braintumornet.scoring.scored_task import Question
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

SPACE = Space((4, 4, 4), np.eye(4))
HGG = {"target": "seg", "regions": ["WT"], "where": {"pathology": "hgg"}}
METS = {"target": "seg", "regions": ["TC"], "where": {"pathology": "mets"}}
QUESTIONS = [Question.of("hgg", HGG), Question.of("mets", METS)]
POOLED = {"target": "seg", "regions": ["tumour"], "by": "pathology", "structures": {"hgg": "WT", "mets": "TC"}}

LABELS = np.zeros(SPACE.shape, np.uint8)
LABELS[:2] = 2  # oedema
LABELS[0] = 3  # enhancing: WT has twice the voxels of TC


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    """One case of each kind, with the same mask."""
    write_volume(Volume(LABELS, SPACE), tmp_path / "seg.nii.gz")
    case = Case("a", "a", "x", {}, {"seg": tmp_path / "seg.nii.gz"}, coding="brats2023", pathology="hgg")
    return Cohort("x", (case, replace(case, id="b", patient_id="b", pathology="mets")))


def answer(folder: Path, **heads: dict[str, object]) -> Path:
    """Write predictions in which every head outlines the whole tumour of both cases."""
    for case in ("a", "b"):
        about = {}
        for head, given in heads.items():
            name = f"{case}_{head}.nii.gz"
            write_volume(Volume((LABELS > 0).astype(np.uint8), SPACE), folder / name)
            about[head] = {**given, "files": [{"name": name, "coding": "binary", "regions": given["regions"]}]}
        write_json(folder / f"{case}.json", {"segmentation": about, "classification": {}})
    return folder


def dices(scores: list) -> dict[tuple[str, str, str], float]:
    return {(s.case_id, s.task, s.structure): round(s.value, 3) for s in scores if s.metric == "dice"}


def test_each_head_answers_for_the_cases_that_its_task_is_for(cohort: Cohort, tmp_path: Path) -> None:
    scores = evaluate_cohort(cohort, answer(tmp_path / "p", hgg=HGG, mets=METS))
    assert dices(scores) == {("a", "hgg", "WT"): 1.0, ("b", "mets", "TC"): 0.667}
    assert {s.note for s in scores} == {""}


def test_a_region_that_another_answers_is_said_also_where_the_task_has_the_name_of_the_head(
    cohort: Cohort, tmp_path: Path
) -> None:
    folder = answer(tmp_path / "p", hgg=HGG)
    for regions, note in ((("ET",), "head hgg (WT)"), (("WT",), "")):
        scores = evaluate_cohort(cohort, folder, [Question("hgg", "seg", regions)])
        assert {s.note for s in scores} == {note}


def test_a_pooled_head_is_scored_against_the_structure_of_each_kind(cohort: Cohort, tmp_path: Path) -> None:
    scores = evaluate_cohort(cohort, answer(tmp_path / "p", tumour=POOLED))
    assert dices(scores) == {("a", "tumour", "WT"): 1.0, ("b", "tumour", "TC"): 0.667}


@pytest.mark.parametrize("head", [{"tumour": POOLED}, {"hgg": HGG}])
def test_the_only_head_answers_the_tasks_of_another_network(head: dict, cohort: Cohort, tmp_path: Path) -> None:
    scores = evaluate_cohort(cohort, answer(tmp_path / "p", **head), QUESTIONS)
    assert dices(scores) == {("a", "hgg", "WT"): 1.0, ("b", "mets", "TC"): 0.667}
    (name,) = head
    notes = {s.task: s.note for s in scores}
    assert notes["mets"] == f"head {name} ({head[name]['regions'][0]})"


def test_a_head_can_be_chosen(cohort: Cohort, tmp_path: Path) -> None:
    folder = answer(tmp_path / "p", hgg=HGG, mets=METS)
    scores = evaluate_cohort(cohort, folder, QUESTIONS, {"mets": "hgg"})
    assert {s.note for s in scores if s.task == "mets"} == {"head hgg (WT)"}


def test_a_task_that_no_head_answers_is_refused(cohort: Cohort, tmp_path: Path) -> None:
    folder = answer(tmp_path / "p", hgg=HGG, core=METS)
    with pytest.raises(UsageError, match="no head 'mets' answers task 'mets': .* hgg, core; choose one with --head"):
        evaluate_cohort(cohort, folder, QUESTIONS)


def test_a_head_for_a_task_that_is_not_scored_is_refused(cohort: Cohort, tmp_path: Path) -> None:
    folder = answer(tmp_path / "p", hgg=HGG, mets=METS)
    with pytest.raises(UsageError, match="--head names the task 'met', which is not scored; did you mean 'mets'"):
        evaluate_cohort(cohort, folder, QUESTIONS, {"met": "hgg"})


def test_each_case_is_counted_once_however_many_the_tasks(cohort: Cohort, tmp_path: Path) -> None:
    folder, counted = answer(tmp_path / "p", hgg=HGG, mets=METS), []
    evaluate_cohort(cohort, folder, advance=counted.append)
    assert len(counted) == len(cohort)


def test_a_region_that_the_head_does_not_outline_is_refused(cohort: Cohort, tmp_path: Path) -> None:
    folder = answer(tmp_path / "p", hgg=HGG)
    question = Question.of("hgg", {**HGG, "regions": ["WT", "ET"]})
    with pytest.raises(UsageError, match="head 'hgg' outlines WT; region 'ET' is none of them"):
        evaluate_cohort(cohort, folder, [question])


def test_cases_that_no_task_is_for_are_refused(cohort: Cohort, tmp_path: Path) -> None:
    folder = answer(tmp_path / "p", hgg=HGG)
    others = Cohort("mets", cohort.cases[1:])
    scores = evaluate_cohort(others, folder)
    with pytest.raises(InputError, match="no case of cohort mets has a label for any task .* with --tasks-of"):
        require_scores(scores, others, folder)
