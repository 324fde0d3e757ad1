"""The best, the median and the worst case of a run, as pictures of truth and prediction on the same slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path
from statistics import mean

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import annotated_regions, region_masks
from braintumornet.core.prediction_record import OutlineRecord
from braintumornet.core.scores import Scores
from braintumornet.core.sequences import MOST_TELLING_FIRST
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.report.html_page import Drawing, draw
from braintumornet.report.split_scores import Predicted, ScoredSet
from braintumornet.scoring.case_masks import read_answer
from braintumornet.scoring.scored_task import Question
from braintumornet.tasks.task import Task
from braintumornet.volumes.brain import brain_from_images
from braintumornet.volumes.head_image import read_head
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.pictures import Picture, take_slices
from braintumornet.volumes.volume import Volume

MOST_SEQUENCES = 2


@dataclass(frozen=True)
class CaseView:
    """One case to look at.

    Args:
        why: it is shown, such as `Worst`.
        case_id: whose.
        about: its figures, in one line.
        drawings: of truth and answers.
        failure: why there are none.
    """

    why: str
    case_id: str
    about: str
    drawings: tuple[Drawing, ...] = ()
    failure: CaseFailure | None = None


def view_cases(predicted: Predicted, scored: ScoredSet, task: Task, folder: Path) -> list[CaseView]:
    """Return the best, the median and the worst case by mean Dice of a task, among those that have the structure.

    Args:
        predicted: all predictions of the run.
        scored: whose cases are shown.
        task: whose regions are drawn.
        folder: of the predictions.

    An image that cannot be read is told in the place of the pictures.
    """
    cases = {case.id: case for case in scored.cohort}
    views = []
    for rank, (case_id, dice) in choose_cases(scored.scores, task.name).items():
        own = scored.scores.select(case_id=case_id)
        record = predicted.records.get(case_id)
        answer = record.segmentation.get(task.name) if record else None
        why = "Only case" if rank == "only" else rank.capitalize()
        about = f"mean Dice {dice:.3f} · {_describe(own, task.name)}"
        pictures = attempt(partial(_take_pictures, cases[case_id], task, answer, folder), case_id)
        if isinstance(pictures, CaseFailure):
            views.append(CaseView(why, case_id, about, failure=pictures))
        else:
            views.append(CaseView(why, case_id, about, tuple(map(draw, pictures))))
    return views


def choose_cases(scores: Scores, task: str) -> dict[str, tuple[str, float]]:
    """Return `best`, `median`, `worst` -> case and mean Dice; `only` for one case, no median for two.

    Cases in which nothing was to be found are chosen only where there is no other.

    Example:
        >>> about = {"task": "t", "structure": "WT", "metric": "dice"}
        >>> dice = {"a": 0.9, "b": 0.2, "c": 0.5}
        >>> scores = Scores.of({**about, "case_id": case, "value": value} for case, value in dice.items())
        >>> choose_cases(scores, "t")
        {'best': ('a', 0.9), 'median': ('c', 0.5), 'worst': ('b', 0.2)}
    """
    own = scores.select(task=task)
    volumes = own.select(metric="volume_truth_ml").frame
    ill = set(volumes["case_id"][volumes["value"] > 0])
    rows = own.select(metric="dice", **({"case_id": ill} if ill else {}))
    dice = {case_id: mean(own.frame["value"]) for (case_id,), own in rows.groups("case_id")}
    order = sorted(dice, key=lambda case_id: (-dice[case_id], case_id))
    places = {"only": 0, "best": 0, "median": len(order) // 2, "worst": -1}
    ranks = {0: (), 1: ("only",), 2: ("best", "worst")}.get(len(order), ("best", "median", "worst"))
    return {rank: (order[places[rank]], dice[order[places[rank]]]) for rank in ranks}


def _take_pictures(case: Case, task: Task, answer: OutlineRecord | None, folder: Path) -> Sequence[Picture]:
    asked = task.question()
    labels, truth = read_truth(case, asked)
    found = (
        np.zeros_like(truth)
        if answer is None
        else read_answer(answer, task.name, asked.regions_of(case), labels, folder)
    )
    return outline_masks(case, asked, labels, {"truth": truth, "prediction": found})


def read_truth(case: Case, asked: Question) -> tuple[Volume, np.ndarray]:
    """Return the labels of a case, and its regions that are asked for, boolean (R, D, H, W)."""
    labels = read_labels(case.targets[asked.column])
    return labels, region_masks(labels.array, str(case.coding), asked.regions_of(case))


def outline_masks(
    case: Case, asked: Question, labels: Volume, sources: Mapping[str, np.ndarray], most_sequences: int = MOST_SEQUENCES
) -> list[Picture]:
    """Return pictures of the slice with most of the first masks that are not empty, one per sequence and source.

    Args:
        case: whose images are shown.
        asked: names the regions.
        labels: on whose grid everything lies.
        sources: name -> masks, boolean (R, D, H, W).
        most_sequences: how many sequences are shown.
    """
    regions = asked.regions_of(case)
    annotated = [*compress(regions, annotated_regions(str(case.coding), regions))]
    images = read_images(case, labels, most_sequences)
    brain = brain_from_images(image.array for image in images.values()) if images else labels.array > 0
    tumour = next((masks for masks in sources.values() if masks.any()), next(iter(sources.values()))).max(axis=0)
    pictures: list[Picture] = []
    for name, image in images.items():
        for source, masks in sources.items():
            shown = {region: mask for region, mask in zip(regions, masks, strict=True) if region in annotated}
            title = source if most_sequences == 1 else f"{name}, {source}"
            (picture,) = take_slices({title: image}, brain, tumour, shown)
            pictures.append(picture)
    return pictures


def read_images(case: Case, labels: Volume, most: int) -> dict[str, Volume]:
    """Return a few images that lie on the grid of the labels, first the one that shows most."""
    images: dict[str, Volume] = {}
    for sequence in MOST_TELLING_FIRST:
        if sequence in case.images and len(images) < most:
            image = read_head(case.images[sequence]).volume
            images |= {sequence: image} if image.space == labels.space else {}
    return images


def _describe(scores: Scores, task: str) -> str:
    values = {(row.structure, row.metric): row.value for row in scores.select(task=task, lesion="")}
    parts = []
    for region in dict.fromkeys(structure for structure, _ in values):
        truth_ml, found_ml = (values[region, f"volume_{source}_ml"] for source in ("truth", "prediction"))
        parts.append(f"{region} {values[region, 'dice']:.2f} ({found_ml:.3g} ml, truth {truth_ml:.3g} ml)")
    for (marker,), classes in scores.select(metric="probability").groups("task"):
        likeliest = max(classes, key=lambda row: row.value)
        parts.append(f"{marker} {likeliest.structure} {likeliest.value:.2f} ({likeliest.note})")
    return " · ".join(parts)
