"""What many labelled cases tell of how often a network is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from braintumornet.core.calibration_record import CalibrationRecord, GroupRecord, LesionRecord, QuantileRecord
from braintumornet.uncertainty.conformal_sets import class_scores
from braintumornet.uncertainty.conformal_volume import volume_score
from braintumornet.uncertainty.lesion_probability import PredictedLesions, fit_lesions
from braintumornet.uncertainty.split_conformal import CONFIDENCE, conformal_quantile, fewest_cases
from braintumornet.uncertainty.temperature import fit_class_temperature, fit_temperature

FEWEST_OF_A_GROUP = 19
"""Cases with the same sequences that are calibrated by themselves, beside those with the most frequent ones."""


@dataclass(frozen=True)
class RegionEvidence:
    """What a case tells of one region.

    Args:
        predicted_ml, true_ml: volumes, of the mask as it is written and of the true one.
        doubt: how vague its outline is.
        probabilities: of some voxels, (N,).
        truth: whether these belong to it, bool (N,).
        lesions: that were predicted.
    """

    predicted_ml: float
    true_ml: float
    doubt: float
    probabilities: np.ndarray
    truth: np.ndarray
    lesions: PredictedLesions

    @property
    def score(self) -> float:
        """How wrong the volume is."""
        return volume_score(self.predicted_ml, self.true_ml, self.doubt)


@dataclass(frozen=True)
class MarkerEvidence:
    """What a case tells of a marker.

    Args:
        probabilities: of the classes, (K,), in the order of the task.
        truth: index of the true one.
    """

    probabilities: np.ndarray
    truth: int


@dataclass(frozen=True)
class CaseEvidence:
    """What a case tells.

    Args:
        sequences: that the network was shown.
        outlines: segmentation task -> region -> what it tells of that.
        markers: classification task -> what it tells of that.
    """

    sequences: tuple[str, ...]
    outlines: Mapping[str, Mapping[str, RegionEvidence]] = field(default_factory=dict)
    markers: Mapping[str, MarkerEvidence] = field(default_factory=dict)


@dataclass(frozen=True)
class Calibrated:
    """What is calibrated: a network and its settings, on whom.

    Args:
        model: fingerprint of the weights.
        config: fingerprint of the configuration.
        phantoms: whether the cases are synthetic.
    """

    model: str
    config: str
    phantoms: bool


def calibrate(what: Calibrated, cases: Sequence[CaseEvidence], confidence: float = CONFIDENCE) -> CalibrationRecord:
    """Return what cases that chose nothing tell.

    Intervals and sets stand on the probabilities as the network gives them, so that no case is used twice: the
    temperature, which is fitted to the same cases, changes only what is written of a probability.

    Args:
        what: is calibrated.
        cases: exchangeable with those to come, such as one of each patient.
        confidence: of intervals and sets, on average over calibration sets.
    """
    outlines, markers = _outlines_of(cases), _markers_of(cases)
    of_voxels = {task: _fit_voxels(list(chain.from_iterable(found.values()))) for task, found in outlines.items()}
    lesions = {
        task: {r: fitted for r, found in regions.items() if (fitted := _fit_lesions(found))}
        for task, regions in outlines.items()
    }
    return CalibrationRecord(
        model=what.model,
        config=what.config,
        confidence=confidence,
        phantoms=what.phantoms,
        cases=len(cases),
        temperatures={**of_voxels, **{task: _fit_classes(found) for task, found in markers.items()}},
        lesions={task: fitted for task, fitted in lesions.items() if fitted},
        groups=[
            GroupRecord(
                sequences=sequences,
                cases=len(group),
                volumes={
                    task: _quantiles({r: [one.score for one in found] for r, found in regions.items()}, confidence)
                    for task, regions in _outlines_of(group).items()
                },
                markers=_quantiles({task: _scores(found) for task, found in _markers_of(group).items()}, confidence),
            )
            for sequences, group in group_by_sequences(cases, confidence)
        ],
    )


def group_by_sequences(
    cases: Sequence[CaseEvidence], confidence: float = CONFIDENCE
) -> list[tuple[list[str], list[CaseEvidence]]]:
    """Return the sets of sequences that enough cases have, the most frequent first, each with its cases.

    Of the most frequent set those are enough that the confidence needs, of another one 19.
    """
    groups: dict[frozenset[str], list[CaseEvidence]] = {}
    for case in cases:
        groups.setdefault(frozenset(case.sequences), []).append(case)
    in_order = sorted(groups.values(), key=len, reverse=True)
    wanted = [fewest_cases(confidence), *[FEWEST_OF_A_GROUP] * len(in_order)]
    return [(list(g[0].sequences), g) for g, least in zip(in_order, wanted, strict=False) if len(g) >= least]


def _outlines_of(cases: Sequence[CaseEvidence]) -> dict[str, dict[str, list[RegionEvidence]]]:
    """Return segmentation task -> region -> what each case tells of it."""
    found: dict[str, dict[str, list[RegionEvidence]]] = {}
    for case in cases:
        for task, regions in case.outlines.items():
            for region, told in regions.items():
                found.setdefault(task, {}).setdefault(region, []).append(told)
    return found


def _markers_of(cases: Sequence[CaseEvidence]) -> dict[str, list[MarkerEvidence]]:
    """Return classification task -> what each case tells of it."""
    found: dict[str, list[MarkerEvidence]] = {}
    for case in cases:
        for task, told in case.markers.items():
            found.setdefault(task, []).append(told)
    return found


def _quantiles(scores: Mapping[str, Sequence[float]], confidence: float) -> dict[str, QuantileRecord]:
    """Return the conformal quantile of each name that has scores of enough cases."""
    return {
        name: QuantileRecord(cases=len(found), quantile=conformal_quantile(np.asarray(found), confidence))
        for name, found in scores.items()
        if len(found) >= fewest_cases(confidence)
    }


def _scores(found: Sequence[MarkerEvidence]) -> list[float]:
    return [float(score) for score in class_scores(*_arrays(found))]


def _fit_classes(found: Sequence[MarkerEvidence]) -> float:
    return fit_class_temperature(*_arrays(found))


def _arrays(found: Sequence[MarkerEvidence]) -> tuple[np.ndarray, np.ndarray]:
    return np.stack([one.probabilities for one in found]), np.array([one.truth for one in found])


def _fit_voxels(found: Sequence[RegionEvidence]) -> float:
    return fit_temperature(
        np.concatenate([one.probabilities for one in found]), np.concatenate([one.truth for one in found])
    )


def _fit_lesions(found: Sequence[RegionEvidence]) -> LesionRecord | None:
    return fit_lesions(PredictedLesions.joined([one.lesions for one in found]))
