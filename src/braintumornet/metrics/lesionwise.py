"""The BraTS scores per lesion: each lesion of the truth counts once, however large, and so does each false one.

The definition is that of 2023 (github.com/rachitsaluja/BraTS-2023-Metrics). Components of the truth whose dilated
masks touch are one lesion; a lesion is compared, undilated, with the union of all predicted components that touch
its dilated mask, so that one predicted component may answer several lesions; predicted components that touch none
are false lesions, of whatever size; lesions of the truth up to a volume count neither for nor against.
"""

from dataclasses import dataclass

import numpy as np

from braintumornet.core.tolerance import upper
from braintumornet.metrics.empty_structures import BOTH_EMPTY, PREDICTION_EMPTY, REFUSED
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.metrics.lesion_matching import LesionMatch, match_lesions
from braintumornet.metrics.mask_pair import MaskPair


@dataclass(frozen=True)
class Lesion:
    """A lesion of the truth and the predicted components that match it, or a false lesion.

    Args:
        truth_ml: volume of the lesion in the truth; 0 for a false one.
        prediction_ml: volume of the predicted components; 0 for a missed lesion.
        dice: Dice with these components; 0 for a missed or false lesion.
        hd95_mm: HD95 with these components; the penalty for a missed or false lesion.
    """

    truth_ml: float
    prediction_ml: float
    dice: float
    hd95_mm: float

    @property
    def there(self) -> bool:
        """Whether the truth has the lesion."""
        return self.truth_ml > 0

    @property
    def found(self) -> bool:
        """Whether the truth has the lesion and something predicted matches it."""
        return self.there and self.prediction_ml > 0


@dataclass(frozen=True)
class LesionScores:
    """The lesions of one structure of a case that count, and their mean scores.

    Args:
        lesions: lesions of the truth in the order of its voxels, then the false ones.
        ignored: number of lesions of the truth that are too small to count.
        dice: mean over the lesions; if none counts, 1, or 0 for an empty prediction if the truth has only small ones.
        hd95_mm: mean over the lesions; if none counts, 0, or the penalty.
    """

    lesions: tuple[Lesion, ...]
    ignored: int
    dice: float
    hd95_mm: float


def score_lesions(pair: MaskPair, settings: LesionSettings) -> LesionScores:
    """Compare two masks lesion by lesion.

    Args:
        pair: the masks.
        settings: what counts as a lesion.

    Example:
        >>> from braintumornet.core.space import Space
        >>> truth = np.zeros((9, 9, 20), bool)
        >>> truth[2:5, 2:5, 2:5] = truth[2:5, 2:5, 15:18] = True
        >>> found = truth.copy()
        >>> found[..., 10:] = False
        >>> score_lesions(MaskPair.cut(truth, found, Space(truth.shape, np.eye(4))), LesionSettings()).dice
        0.5
    """
    outcome = pair.outcome
    if outcome is BOTH_EMPTY:
        return LesionScores((), 0, dice=1.0, hd95_mm=0.0)
    penalty_mm = settings.hd95_penalty_mm or pair.space.diagonal_mm
    match = match_lesions(pair, settings)
    large = np.flatnonzero(match.lesion_voxels * pair.space.voxel_ml * 1000 > upper(settings.ignored_up_to_mm3))
    lesions = tuple(_compare(pair, match, int(lesion), penalty_mm) for lesion in large)
    lesions += tuple(
        Lesion(0.0, voxels * pair.space.voxel_ml, dice=0.0, hd95_mm=penalty_mm) for voxels in match.false_voxels()
    )
    ignored = len(match.lesion_voxels) - len(large)
    if not lesions:
        missed = outcome in (PREDICTION_EMPTY, REFUSED)  # the policy goes before the rule: emptying must never help
        return LesionScores((), ignored, 0.0 if missed else 1.0, penalty_mm if missed else 0.0)
    dice, hd95_mm = (float(np.mean([getattr(lesion, name) for lesion in lesions])) for name in ("dice", "hd95_mm"))
    return LesionScores(lesions, ignored, dice, hd95_mm)


def _compare(pair: MaskPair, match: LesionMatch, lesion: int, penalty_mm: float) -> Lesion:
    truth_voxels, answer_voxels = match.lesion_voxels[lesion], match.answer_voxels[lesion]
    truth_ml, prediction_ml = (float(voxels) * pair.space.voxel_ml for voxels in (truth_voxels, answer_voxels))
    if not answer_voxels:
        return Lesion(truth_ml, 0.0, dice=0.0, hd95_mm=penalty_mm)
    dice = 2 * match.common_voxels[lesion] / (truth_voxels + answer_voxels)
    # components of one mask share no faces, so each has the border that it has within the mask
    of_truth = match.lesions[tuple(pair.truth_border.T)] == lesion + 1
    of_prediction = match.answers(lesion)[match.components[tuple(pair.prediction_border.T)]]
    hd95_mm = pair.distances.hd95_of_parts_mm(of_truth, of_prediction)
    return Lesion(truth_ml, prediction_ml, float(dice), min(hd95_mm, penalty_mm))
