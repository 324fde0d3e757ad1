"""Masks become rows of the table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, UsageError
from braintumornet.evaluation.score_settings import ScoreSettings
from braintumornet.evaluation.score_table import Score
from braintumornet.metrics.empty_structures import find_outcome
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.metrics.lesionwise import LesionScores, score_lesions
from braintumornet.metrics.mask_pair import MaskPair
from braintumornet.metrics.overlap import overlap, volume_ml
from braintumornet.metrics.surface import surface_scores


@dataclass(frozen=True, eq=False)
class CaseMasks:
    """The regions of a case as they are and as they were predicted.

    Args:
        regions: names, in the order of the first axis.
        truth: boolean array (R, D, H, W).
        prediction: boolean array of the same shape.
        told: whether the truth's coding tells each region; those that it does not tell give no row.
        space: grid of both.

    Raises:
        GeometryError: an array does not fit the regions and the grid.
        UsageError: an array is not boolean, or `told` does not fit the regions.
    """

    regions: Sequence[str]
    truth: np.ndarray
    prediction: np.ndarray
    told: Sequence[bool]
    space: Space

    def __post_init__(self) -> None:
        for name, masks in (("truth", self.truth), ("prediction", self.prediction)):
            _require_masks(f"the {name}", masks, (len(self.regions), *self.space.shape))
        if len(self.told) != len(self.regions):
            msg = f"{len(self.told)} flags for {len(self.regions)} regions; give one each"
            raise UsageError(msg)

    def pairs(self) -> Iterable[tuple[str, MaskPair]]:
        """Return the masks of each region that was told."""
        for region, told, truth, prediction in zip(self.regions, self.told, self.truth, self.prediction, strict=True):
            if told:
                yield region, MaskPair.cut(truth, prediction, self.space)


@dataclass(frozen=True)
class CaseScores:
    """What the masks of a case come to.

    Args:
        rows: of the table.
        lesions: region -> its lesions, from which a cohort's table of detection is made.
    """

    rows: list[Score]
    lesions: Mapping[str, LesionScores] = field(default_factory=dict)


def _require_masks(what: str, masks: np.ndarray, shape: tuple[int, ...]) -> None:
    if masks.shape != shape:
        msg = f"{what} has shape {masks.shape}; expected {shape} (regions, grid); resample it first"
        raise GeometryError(msg)
    if masks.dtype != np.bool_:
        msg = f"{what} holds {masks.dtype}; expected booleans: decode labels or threshold probabilities first"
        raise UsageError(msg)


def score_regions(case_id: str, task: str, masks: CaseMasks, settings: ScoreSettings | None = None) -> CaseScores:
    """Score the regions of one case.

    Args:
        case_id: whose.
        task: name of the task.
        masks: truth and prediction.
        settings: default as `ScoreSettings()`.

    Returns:
        For each region that was told: rows `dice`, `surface_dice_<tolerance>`, `hd95_mm`, `sensitivity`, `precision`,
        `volume_truth_ml`, `volume_prediction_ml`, `volume_difference_ml` (prediction minus truth); and, where the
        settings say what a lesion is, those of its lesions.

    Example:
        >>> masks = np.ones((1, 2, 2, 2), bool)
        >>> case = CaseMasks(["WT"], masks, masks, [True], Space((2, 2, 2), np.eye(4)))
        >>> [(row.metric, row.value) for row in score_regions("a", "tumour", case).rows[:3]]
        [('dice', 1.0), ('surface_dice_1mm', 1.0), ('hd95_mm', 0.0)]
    """
    settings = settings or ScoreSettings()
    rows: list[Score] = []
    lesions: dict[str, LesionScores] = {}
    for region, pair in masks.pairs():
        rows += [Score(case_id, task, region, *cells) for cells in _score_region(pair, settings)]
        lesions[region] = score_lesions(pair, settings.lesions or LesionSettings())
        if settings.lesions is not None:
            rows += _lesion_rows(case_id, task, region, lesions[region])
    return CaseScores(rows, lesions)


def _score_region(pair: MaskPair, settings: ScoreSettings) -> Iterable[tuple[str, float, str]]:
    outcome = find_outcome(pair.truth, pair.prediction)
    note = outcome.note if outcome else ""
    shared = overlap(pair.truth, pair.prediction)
    surface = surface_scores(pair, settings.tolerance_mm)
    truth_ml, prediction_ml = (volume_ml(mask, pair.space) for mask in (pair.truth, pair.prediction))
    yield "dice", shared.dice, note
    yield settings.surface_dice, surface.surface_dice, note
    yield "hd95_mm", surface.hd95_mm, note
    yield "sensitivity", shared.sensitivity, note
    yield "precision", shared.precision, note
    yield "volume_truth_ml", truth_ml, ""
    yield "volume_prediction_ml", prediction_ml, ""
    yield "volume_difference_ml", prediction_ml - truth_ml, ""


def _lesion_rows(case_id: str, task: str, region: str, scores: LesionScores) -> Iterable[Score]:
    there = [lesion for lesion in scores.lesions if lesion.truth_ml]
    small = f"{scores.ignored} more are too small to count" if scores.ignored else ""
    values = {
        "lesionwise_dice": scores.dice,
        "lesionwise_hd95_mm": scores.hd95_mm,
        "lesions": len(there),
        "lesions_found": sum(lesion.prediction_ml > 0 for lesion in there),
        "lesions_false": len(scores.lesions) - len(there),
    }
    for metric, value in values.items():
        yield Score(case_id, task, region, metric, value, small)
    for number, lesion in enumerate(scores.lesions, start=1):
        note = "" if lesion.truth_ml and lesion.prediction_ml else ("missed" if lesion.truth_ml else "false")
        for name, value in vars(lesion).items():
            yield Score(case_id, task, f"{region} lesion {number}", f"lesion_{name}", value, note)
