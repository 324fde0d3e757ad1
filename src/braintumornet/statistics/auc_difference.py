"""The difference of two areas under the ROC curve over the same cases."""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from scipy import stats

from braintumornet.core.score_notes import read_truth

SAME = 1e-12  # a standard error below is what floats round off


@dataclass(frozen=True)
class AucDifference:
    """A difference of two AUCs, its standard error over cases, two-sided p and 95 % interval.

    Where every case is on the right side of equally many others with both networks, as where both tell the classes
    apart without an error, there is no spread to tell p and the interval from, and they are NaN.
    """

    difference: float
    standard_error: float
    p: float
    low: float
    high: float


def delong(positive: np.ndarray, scores: np.ndarray, baseline_scores: np.ndarray) -> AucDifference:
    """Compare two AUCs over the same cases (DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), 837-845).

    By ranks, as Sun and Xu, IEEE Signal Process Lett 21 (2014), 1389-1393. It takes the two networks as given, so it
    says nothing about training again.

    Args:
        positive: (cases,), True for cases of the class; at least two of each.
        scores: (cases,), larger for the class.
        baseline_scores: those of the baseline.

    Example:
        >>> positive = np.array([True, True, True, False, False, False])
        >>> perfect, poor = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1]), np.array([0.9, 0.1, 0.7, 0.3, 0.8, 0.2])
        >>> round(delong(positive, perfect, poor).difference, 3)
        0.444
    """
    of_positives, of_negatives = zip(
        *(_placements(positive, each) for each in (scores, baseline_scores)), strict=True
    )  # two (n,) each: share of the other side that each case is on the right side of
    gains = of_positives[0] - of_positives[1], of_negatives[0] - of_negatives[1]
    difference = float(gains[0].mean())
    error = float(np.sqrt(sum(gain.var(ddof=1) / gain.size for gain in gains)))
    if error < SAME:
        return AucDifference(difference, 0.0, nan, nan, nan)
    p = float(2 * stats.norm.sf(abs(difference) / error))
    half = float(stats.norm.isf(0.025)) * error
    return AucDifference(difference, error, p, difference - half, difference + half)


def _placements(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ranks = stats.rankdata(scores)
    above = ranks[positive] - stats.rankdata(scores[positive])
    below = ranks[~positive] - stats.rankdata(scores[~positive])
    return above / (~positive).sum(), 1 - below / positive.sum()


def delong_of_scores(rows: pd.DataFrame, arms: tuple[str, str], structure: str) -> AucDifference | None:
    """Compare the AUC of one class from the probabilities of its cases; None where these do not tell it.

    Args:
        rows: of the frame of `Scores`, of one task.
        arms: the one that is compared, and the baseline.
        structure: the class.
    """
    probabilities = rows[(rows["metric"] == "probability") & (rows["structure"] == structure)]
    ours, theirs = (
        probabilities[probabilities["arm"] == arm].drop_duplicates("case_id", keep="last").set_index("case_id")
        for arm in arms
    )
    both = ours.join(theirs["value"].rename("of_baseline"), how="inner").sort_index()
    both = both.assign(truth=both["note"].map(read_truth)).dropna(subset="truth")
    positive = (both["truth"] == structure).to_numpy()
    scores, baseline_scores = both["value"].to_numpy(), both["of_baseline"].to_numpy()
    if min(positive.sum(), (~positive).sum()) < 2 or not np.isfinite(scores + baseline_scores).all():
        return None
    return delong(positive, scores, baseline_scores)
