"""Masks become rows of the table."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from braintumornet.core.score_notes import NOT_ASSESSED
from braintumornet.core.scores import Row
from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, UsageError, require
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.metrics.lesion_metrics import (
    CaseLesionsMetric,
    LesionDice,
    LesionHd95,
    LesionMetric,
    LesionPredictionVolume,
    Lesions,
    LesionsFalse,
    LesionsFound,
    LesionTruthVolume,
    LesionwiseDice,
    LesionwiseHd95,
)
from braintumornet.metrics.lesionwise import LesionScores, score_lesions
from braintumornet.metrics.mask_pair import MaskPair
from braintumornet.scoring.score_settings import ScoreSettings

OF_LESIONS = (LesionwiseDice(), LesionwiseHd95(), Lesions(), LesionsFound(), LesionsFalse())
OF_LESION = (LesionTruthVolume(), LesionPredictionVolume(), LesionDice(), LesionHd95())


@dataclass(frozen=True, eq=False)
class CaseMasks:
    """The regions of a case as they are and as they were predicted.

    Args:
        regions: names, in the order of the first axis.
        truth: boolean array (R, D, H, W).
        prediction: boolean array of the same shape.
        annotated: whether the truth's label scheme annotates each region; those that it does not give no row.
        space: grid of both.
        not_assessed: regions of which there is no answer; their prediction is empty, and counts as a failure.

    Raises:
        GeometryError: an array does not fit the regions and the grid.
        UsageError: an array is not boolean, or `annotated` does not fit the regions.
    """

    regions: Sequence[str]
    truth: np.ndarray
    prediction: np.ndarray
    annotated: Sequence[bool]
    space: Space
    not_assessed: Collection[str] = ()

    def __post_init__(self) -> None:
        for name, masks in (("truth", self.truth), ("prediction", self.prediction)):
            _require_masks(f"the {name}", masks, (len(self.regions), *self.space.shape))
        require(
            len(self.annotated) == len(self.regions),
            f"{len(self.annotated)} flags for {len(self.regions)} regions; give one each",
            UsageError,
        )

    def pairs(self) -> Iterable[tuple[str, MaskPair]]:
        """Return the masks of each region that is annotated."""
        for region, annotated, truth, prediction in zip(
            self.regions, self.annotated, self.truth, self.prediction, strict=True
        ):
            if annotated:
                yield region, MaskPair.cut(truth, prediction, self.space, region not in self.not_assessed)


@dataclass(frozen=True)
class CaseScores:
    """What the masks of a case come to.

    Args:
        rows: of the table.
        lesions: region -> its lesions, from which a cohort's table of detection is made.
        not_assessed: regions of which there was no answer.
    """

    rows: list[Row]
    lesions: Mapping[str, LesionScores] = field(default_factory=dict)
    not_assessed: Collection[str] = ()


def _require_masks(what: str, masks: np.ndarray, shape: tuple[int, ...]) -> None:
    require(
        masks.shape == shape,
        f"{what} has shape {masks.shape}; expected {shape} (regions, grid); resample it first",
        GeometryError,
    )
    require(
        masks.dtype == np.bool_,
        f"{what} holds {masks.dtype}; expected booleans: decode labels or threshold probabilities first",
        UsageError,
    )


def score_regions(case_id: str, task: str, masks: CaseMasks, settings: ScoreSettings | None = None) -> CaseScores:
    """Score the regions of one case.

    Args:
        case_id: whose.
        task: name of the task.
        masks: truth and prediction.
        settings: default as `ScoreSettings()`.

    Returns:
        For each region that is annotated: a row for each metric of masks; and, where the settings say what a lesion is,
        those of its lesions.

    Example:
        >>> masks = np.ones((1, 2, 2, 2), bool)
        >>> case = CaseMasks(["WT"], masks, masks, [True], Space((2, 2, 2), np.eye(4)))
        >>> [(row["metric"], row["value"]) for row in score_regions("a", "tumour", case).rows[:3]]
        [('dice', 1.0), ('surface_dice_1mm', 1.0), ('hd95_mm', 0.0)]
    """
    settings = settings or ScoreSettings()
    rows: list[Row] = []
    lesions: dict[str, LesionScores] = {}
    for region, pair in masks.pairs():
        lesions[region] = score_lesions(pair, settings.lesions or LesionSettings())
        cells = [*_score_pair(pair, settings)]
        cells += [] if settings.lesions is None else _score_lesions(lesions[region], settings)
        said = {} if pair.assessed else {"note": NOT_ASSESSED}
        rows += [{"case_id": case_id, "task": task, "structure": region, **each, **said} for each in cells]
    return CaseScores(rows, lesions, masks.not_assessed)


def _score_pair(pair: MaskPair, settings: ScoreSettings) -> Iterator[Row]:
    note = pair.outcome.note if pair.outcome else ""
    for metric in settings.of_masks():
        ruled = metric.empty is not EmptyRule.AS_MEASURED
        yield {"metric": metric.name, "value": metric.score(pair), "note": note if ruled else ""}


def _score_lesions(scores: LesionScores, settings: ScoreSettings) -> Iterator[Row]:
    small = f"{scores.ignored} more are too small to count" if scores.ignored else ""
    for whole in settings.with_others(CaseLesionsMetric, OF_LESIONS):
        yield {"metric": whole.name, "value": whole.measure(scores), "note": small}
    for number, lesion in enumerate(scores.lesions, start=1):
        note = "" if lesion.found else "missed" if lesion.there else "false"
        for metric in settings.with_others(LesionMetric, OF_LESION):
            yield {"lesion": number, "metric": metric.name, "value": metric.measure(lesion), "note": note}
