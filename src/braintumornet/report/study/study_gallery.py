"""Cases in which a study's arms fail: truth and the answer of each arm on the same slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from statistics import mean

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.frames import groups_of
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import read_prediction
from braintumornet.core.scores import Scores
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.evaluation.external_masks import ExternalMasks, find_mask_files, find_masks
from braintumornet.report.case_pictures import CaseView, outline_masks, read_truth
from braintumornet.report.html_page import Drawing, draw
from braintumornet.results.by_volume import VOLUME
from braintumornet.results.split_means import DICE
from braintumornet.results.study_result import StudyResult
from braintumornet.scoring.case_masks import read_answer
from braintumornet.scoring.scored_task import Question, choose_head
from braintumornet.studies.study_arms import ExternalMasksArm, PretrainedArm, TrainedArm
from braintumornet.studies.study_file import TEST
from braintumornet.volumes.volume import Volume

OF_EACH_KIND = 2


@dataclass(frozen=True)
class Chosen:
    """A case of one split and seed, and why it is shown.

    Args:
        dice: arm -> mean Dice over the structures.
    """

    why: str
    case_id: str
    split: str
    seed: str
    dice: Mapping[str, float]


def choose_failures(scores: Scores, task: str, baseline: str, most: int = OF_EACH_KIND) -> list[Chosen]:
    """Return the cases with the worst mean Dice of the baseline, then those in which the arms disagree most.

    Cases in which nothing was to be found are chosen only where there is no other, and each case once, in the split
    in which it is worst.

    Args:
        scores: of the test set.
        task: whose structures count.
        baseline: arm; where it does not outline the task, the first that does.
        most: how many of each kind.
    """
    own = scores.select(task=task).frame
    ill = own.loc[(own["metric"] == VOLUME) & (own["value"] > 0), "case_id"]
    dice = own[(own["metric"] == DICE) & (own["case_id"].isin(ill) | ill.empty)]
    places: dict[tuple[str, str, str], dict[str, float]] = {}
    for (case, split, seed, arm), rows in groups_of(dice, "case_id", "split", "seed", "arm"):
        places.setdefault((case, split, seed), {})[arm] = mean(rows["value"])
    arms = list(dict.fromkeys(arm for dice in places.values() for arm in dice))
    first = baseline if baseline in arms else next(iter(arms), "")
    worst = sorted((p for p in places if first in places[p]), key=lambda place: (places[place][first], place))
    apart = sorted(places, key=lambda place: (min(places[place].values()) - max(places[place].values()), place))
    shown: list[Chosen] = []
    for why, order in ((f"Worst of {first}", worst), ("Arms disagree", apart)):
        already = {one.case_id for one in shown}
        once = {place[0]: place for place in reversed(order) if place[0] not in already}
        kept = [place for place in order if once.get(place[0]) == place][:most]
        shown += [Chosen(why, *place, places[place]) for place in kept]
    return shown


def view_failures(result: StudyResult, question: Question) -> list[CaseView]:
    """Return pictures of the cases that `choose_failures` finds; of arms whose predictions are not there, none.

    Of a case with a file that cannot be read, only that is said.
    """
    study, cases = result.plan.study, {case.id: case for case in result.plan.cohort}
    views = []
    for chosen in choose_failures(result.scores[TEST], question.task, study.first):
        drawings = attempt(partial(_draw, cases[chosen.case_id], chosen, question, result), chosen.case_id)
        where = f"split {chosen.split}" + (f", seed {chosen.seed}" if len(study.seeds) > 1 else "")
        if isinstance(drawings, CaseFailure):
            where += "; no picture, as a file of the case cannot be used"
            views.append(CaseView(chosen.why, chosen.case_id, where, failure=drawings))
        elif len(drawings) > 1:
            views.append(CaseView(chosen.why, chosen.case_id, where, drawings))
    return views


def _draw(case: Case, chosen: Chosen, question: Question, result: StudyResult) -> tuple[Drawing, ...]:
    labels, truth = read_truth(case, question)
    sources = {"truth": truth}
    for cell in result.plan.cells:
        if (cell.split, str(cell.seed)) == (chosen.split, chosen.seed) and cell.arm in chosen.dice:
            job = cell.jobs.get(question.task, cell.jobs.get("", ""))
            if (masks := _read(case, question, result, job, labels)) is not None:
                sources[f"{cell.arm} {chosen.dice[cell.arm]:.2f}"] = masks
    return tuple(map(draw, outline_masks(case, question, labels, sources, most_sequences=1)))


def _read(case: Case, question: Question, result: StudyResult, name: str, labels: Volume) -> np.ndarray | None:
    """Return the masks that a job answered a question with, empty where it has none; None where all are gone."""
    job, place = result.plan.jobs[name], result.predictions[name]
    arm, tested = result.plan.study.arms[job.arm], job.parts[TEST]
    if isinstance(arm, ExternalMasksArm):
        there = any(files.own for files in find_mask_files(place, [each.id for each in tested]).values())
        masks = ExternalMasks(arm.label_scheme, question.task, question.regions, question.column)
        record = find_masks(place, tested, masks).get(case.id) if there else None
    else:
        there, path = place.is_dir(), PredictionFolder(place).summary(case.id)
        record = read_prediction(path) if path.is_file() else None
    regions, answers = question.regions_of(case), record.segmentation if record else {}
    if not answers:
        return np.zeros((len(regions), *labels.array.shape), bool) if there else None
    head = choose_head(question, list(answers), arm.heads if isinstance(arm, TrainedArm | PretrainedArm) else {})
    return read_answer(answers[head], head, regions, labels, place)
