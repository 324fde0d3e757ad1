"""The scores of a folder of predictions against a cohort's labels."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.case import Case, Cohort
from braintumornet.core.coding import region_masks, told_regions
from braintumornet.core.errors import BrainTumorNetError, InputError
from braintumornet.core.files import read_json
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.space import require_same_space
from braintumornet.evaluation.evaluate import score_markers, score_regions
from braintumornet.evaluation.question import Question, choose_head, match_channels
from braintumornet.evaluation.table import MACRO, Score
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

NO_PREDICTION = "no prediction: counted as an empty one"
SEEN = "seen in training"
SITE = "site "


def evaluate_cohort(
    cohort: Cohort,
    folder: Path,
    questions: Sequence[Question] | None = None,
    heads: Mapping[str, str] | None = None,
) -> list[Score]:
    """Score every case that has a label and that a task is for.

    A case without a prediction, or whose task a router left out, counts as an empty one, never as nothing; its marker
    counts as not answered and is left out of the AUC.

    Args:
        cohort: with masks and markers.
        folder: what `btn predict` wrote.
        questions: what is asked; default the tasks that the predictions name.
        heads: task -> head that answers it; default as in `choose_head`.

    Raises:
        InputError: there is no prediction at all, or a file cannot be read.
        UsageError: no head answers a task.
        GeometryError: a prediction lies on another grid than the truth.
    """
    place = PredictionFolder(folder)
    summaries = {case.id: read_json(path) for case in cohort if (path := place.summary(case.id)).exists()}
    if not summaries:
        msg = f"{folder} holds no prediction of any case of cohort {cohort.name}; make some with `btn predict`"
        raise InputError(msg)
    outlines, markers = (_tasks_of(summaries.values(), kind) for kind in ("segmentation", "classification"))
    if questions is None:
        questions = [Question.of(task, about) for task, about in {**outlines, **markers}.items()]
    scores: list[Score] = []
    for question in questions:
        asked = cohort.select(question.is_about)
        head = choose_head(question, list(outlines if question.regions else markers), heads or {})
        if question.regions:
            scores += _score_outlines(asked, question, head, outlines[head]["regions"], summaries, folder)
        else:
            scores += _score_marker(asked, question, head, summaries)
    return scores


def require_scores(scores: Sequence[Score], cohort: Cohort, folder: Path) -> None:
    """Refuse an evaluation that scored nothing.

    Raises:
        InputError: says what to fill in.
    """
    if not scores:
        msg = (
            f"no case of cohort {cohort.name} has a label for any task that {folder} answers; fill the column of the "
            "mask or marker, and those that the tasks' `where` asks for (such as pathology), or score the tasks of "
            "another configuration with --tasks"
        )
        raise InputError(msg)


def _score_outlines(
    cohort: Cohort, question: Question, head: str, given: list[str], summaries: Mapping[str, Any], folder: Path
) -> list[Score]:
    scores: list[Score] = []
    for case in cohort:
        if question.column in case.targets:
            summary = summaries.get(case.id, {})
            answer = summary.get("segmentation", {}).get(head)
            channels = match_channels(question.regions_of(case), given, head)
            rows = _score_case(case, question, answer, channels, folder)
            remarks = [f"head {head} ({', '.join(given)})"] if head != question.task else []
            remarks += [SEEN] if summary.get("seen_in_training") else []
            scores += [_remark(row, *remarks) for row in rows]
    return scores


def _tasks_of(summaries: Collection[Mapping[str, Any]], kind: str) -> dict[str, Mapping[str, Any]]:
    """Return every task of a kind that is answered, or left out by a router, for any case."""
    left_out = [summary["router"]["left_out"] for summary in summaries if "router" in summary]
    answered = [summary[kind] for summary in summaries]
    given = [*answered, *(left_out if kind == "segmentation" else [])]
    return {task: about for tasks in given for task, about in tasks.items()}


def _score_case(
    case: Case, question: Question, answer: Mapping[str, Any] | None, channels: list[int], folder: Path
) -> list[Score]:
    try:
        coding, regions = str(case.coding), question.regions_of(case)
        labels = read_labels(case.targets[question.column])
        truth, told = region_masks(labels.array, coding, regions), told_regions(coding, regions)
        found = np.zeros_like(truth) if answer is None else read_answer(answer, labels, folder)[channels]
        scores = score_regions(case.id, question.task, regions, truth, found, told, labels.space)
    except BrainTumorNetError as error:
        msg = f"case {case.id}: {error}"
        raise type(error)(msg) from error
    return scores if answer is not None else [replace(score, note=NO_PREDICTION) for score in scores]


def _remark(score: Score, *remarks: str) -> Score:
    return replace(score, note="; ".join([score.note, *remarks] if score.note else remarks))


def read_answer(answer: Mapping[str, Any], truth: Volume, folder: Path) -> np.ndarray:
    """Read the masks of one task of a prediction, boolean (R, D, H, W), in the order of its regions.

    Args:
        answer: what the prediction's summary says of the task.
        truth: labels on whose grid the prediction must lie.
        folder: of the predictions.

    Raises:
        InputError: a file cannot be read.
        GeometryError: it lies on another grid.
    """
    regions = answer["regions"]
    masks = np.zeros((len(regions), *truth.array.shape), dtype=bool)
    for file in answer["files"]:
        labels = read_labels(folder / file["name"])
        require_same_space(labels.space, truth.space, f"the prediction {file['name']}", "the truth")
        found = region_masks(labels.array, file["coding"], file["regions"])
        for region, mask in zip(file["regions"], found, strict=True):
            masks[list(regions).index(region)] = mask
    return masks


def _score_marker(cohort: Cohort, question: Question, head: str, summaries: Mapping[str, Any]) -> list[Score]:
    task, column = question.task, question.column
    answers = {
        case.id: summaries[case.id]["classification"][head]["probabilities"]
        for case in cohort
        if case.value(column) is not None and head in summaries.get(case.id, {}).get("classification", {})
    }
    answered = [case for case in cohort if case.id in answers]
    if not answered:
        return []
    truths = [str(case.value(column)) for case in answered]
    given = [answers[case.id] for case in answered]
    return [*_answers(task, answered, truths, given), *score_answers(task, column, answered, given)]


def score_answers(task: str, column: str, cases: Sequence[Case], given: Sequence[Mapping[str, float]]) -> list[Score]:
    """Score class probabilities over the cases, and over those of each site where there are several.

    Args:
        task: name of the task.
        column: that holds the class.
        cases: whose class is known; at least one.
        given: class -> probability for each case.

    Returns:
        The rows of `score_markers`, and for each site `auc` and `balanced_accuracy` with their intervals and `cases`:
        whether the class is told where all cases come from one place.
    """
    classes = list(given[0])
    probabilities = np.array([[one[name] for name in classes] for one in given])
    truths = [str(case.value(column)) for case in cases]
    patients = [case.patient_id for case in cases]
    sites = [case.value("site") for case in cases]
    rows = score_markers(task, classes, truths, probabilities, patients)
    known = sorted({site for site in sites if site is not None})
    for site in known if len(known) > 1 else []:
        here = [index for index, other in enumerate(sites) if other == site]
        of_site = score_markers(
            task, classes, [truths[i] for i in here], probabilities[here], [patients[i] for i in here]
        )
        rows += [replace(row, structure=f"{SITE}{site}") for row in of_site if row.structure == MACRO]
    return rows


def _answers(
    task: str, cases: Iterable[Case], truths: Iterable[str], given: Iterable[Mapping[str, float]]
) -> list[Score]:
    return [
        Score(case.id, task, name, "probability", probability, f"truth: {truth}")
        for case, truth, one in zip(cases, truths, given, strict=True)
        for name, probability in one.items()
    ]
