"""What a marker's classifier has to beat: where the tumour lies, how large it is, and how old the patient is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, nan
from typing import Any

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.scores import Row
from braintumornet.core.text.names import SEQUENCES
from braintumornet.metrics.marker_answers import MACRO, MarkerAnswers
from braintumornet.metrics.markers import Auc, BalancedAccuracy, Brier
from braintumornet.scoring.marker_rows import interval_rows
from braintumornet.statistics.patient_bootstrap import Estimate
from braintumornet.volumes.brain import box_around, brain_from_images
from braintumornet.volumes.head_image import read_cleared
from braintumornet.volumes.nifti import read_volume
from braintumornet.volumes.volume import Volume

FOLDS = 5
FEWEST_PATIENTS = 3
"""Of each class: below, a fold would learn a class from one or two patients."""


@dataclass(frozen=True)
class TumourFeatures:
    """What the baseline knows of a case; NaN where it is not known.

    Args:
        place: centre of the tumour in the brain's box, from 0 to 1 towards right, anterior and superior.
        volume_ml: of the tumour.
        age: as the cohort table gives it.
    """

    place: tuple[float, float, float] = (nan, nan, nan)
    volume_ml: float = nan
    age: float = nan

    def features(self) -> list[float]:
        """Return the numbers that the regression sees."""
        return [*self.place, log(self.volume_ml) if self.volume_ml > 0 else nan, self.age]


def find_tumour(case: Case, tumour: Volume | None) -> TumourFeatures:
    """Return where a tumour lies in the brain and how large it is.

    Args:
        case: with a brain mask, or with an image whose voxels are not zero in the brain.
        tumour: boolean mask on the grid of the case's images, or None where there is none.

    Raises:
        InputError: a file cannot be read.
    """
    age = _number(case.value("age"))
    if tumour is None or not tumour.array.any():
        return TumourFeatures(age=age)
    box = box_around(_find_brain(case, tumour))
    centre = np.argwhere(tumour.array[(window := box_around(tumour.array))]).mean(axis=0)
    centre += [side.start for side in window]
    right, anterior, superior = (
        float((at - side.start) / max(1, side.stop - side.start - 1)) for at, side in zip(centre, box, strict=True)
    )
    volume_ml = int(np.count_nonzero(tumour.array)) * tumour.space.voxel_ml
    return TumourFeatures((right, anterior, superior), volume_ml, age)


def _find_brain(case: Case, tumour: Volume) -> np.ndarray:
    if case.brainmask is not None:
        return read_volume(case.brainmask).array > 0.5
    image = next((case.images[name] for name in SEQUENCES if name in case.images), None)
    return tumour.array if image is None else brain_from_images([read_cleared(image).volume.array])


def _number(text: str | None) -> float:
    try:
        return float(text) if text is not None else nan
    except ValueError:
        return nan


def baseline_rows(
    classes: Sequence[str], truths: Sequence[str], patients: Sequence[str], facts: Sequence[TumourFeatures]
) -> list[Row]:
    """Score a logistic regression on location, volume and age on the same cases, cross-validated over their patients.

    It learns from labels of the very cohort that is scored, which the network did not: a hard baseline. The order of
    cases and classes does not matter.

    Args:
        classes: names.
        truths: class of each case.
        patients: whose each case is; the cases of one are never on both sides.
        facts: of each case.

    Returns:
        Rows `baseline_auc` per class and for `macro`, and `baseline_balanced_accuracy` and `baseline_brier` for
        `macro`, with intervals; one row with the reason where there are too few cases or nothing is known of them.
    """
    features = np.array([case.features() for case in facts]).reshape(len(facts), -1)
    known = np.isfinite(features).any(axis=0)
    groups = {name: {p for p, truth in zip(patients, truths, strict=True) if truth == name} for name in set(truths)}
    fewest = min((len(group) for group in groups.values()), default=0)
    if reason := _reason(len(groups), fewest, bool(known.any())):
        nothing = {MACRO: Estimate(nan, nan, nan, f"not computed: {reason}")}
        return [*interval_rows(MACRO, {"baseline_auc": nothing})]
    folds = min(FOLDS, fewest)
    order = sorted(range(len(facts)), key=lambda index: (patients[index], truths[index], repr(facts[index])))
    truths, patients = ([names[index] for index in order] for names in (truths, patients))
    probabilities = _cross_validate(features[order][:, known], truths, patients, sorted(classes), folds)
    answers = MarkerAnswers.of(sorted(classes), truths, probabilities, patients)
    measured = {f"baseline_{metric.name}": metric.measure(answers) for metric in (Auc(), BalancedAccuracy(), Brier())}
    predictors = "location, volume and age" if known[-1] else "location and volume"
    about = f"logistic regression on {predictors}, {folds}-fold over the patients of these cases, with their own labels"
    rows = [row for name in (*classes, MACRO) for row in interval_rows(name, measured)]
    return [{**row, "note": "; ".join(filter(None, [row["note"], about]))} for row in rows]


def _reason(classes: int, fewest_patients: int, known: bool) -> str:
    if classes < 2:
        return "the cases are all of one class" if classes else "no case"
    if fewest_patients < FEWEST_PATIENTS:
        return f"a class has {fewest_patients} patients; the baseline needs {FEWEST_PATIENTS} of each"
    return "" if known else "no case has a tumour mask or an age"


def _cross_validate(
    features: np.ndarray, truths: Sequence[str], patients: Sequence[str], classes: Sequence[str], folds: int
) -> np.ndarray:
    """Return the probabilities (N, K) that each case gets from the patients of the other folds."""
    from sklearn.model_selection import StratifiedGroupKFold

    labels = np.array([list(classes).index(name) for name in truths])
    probabilities = np.zeros((len(truths), len(classes)))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    for train, test in splitter.split(features, labels, np.asarray(patients)):
        model = regression().fit(features[train], labels[train])
        probabilities[np.ix_(test, model.classes_)] = model.predict_proba(features[test])
    return probabilities


def regression() -> Any:
    """Return a logistic regression, not fitted yet, on features of which some may be NaN."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), LogisticRegression()
    )
