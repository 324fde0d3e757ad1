"""Whether the arms' probabilities of a marker are right as often as they say, over all splits."""

from math import fsum

import pandas as pd

from braintumornet.core.frames import rows_of
from braintumornet.core.scores import Scores

METRICS = ["reliability_cases", "reliability_confidence", "reliability_accuracy"]


def pool_reliability(scores: Scores) -> pd.DataFrame:
    """Return the reliability curve of each arm and marker; every answer of every split and seed counts the same.

    Returns:
        arm, task, bin (such as `confidence 0.8 to 0.9`), cases (over all splits and seeds), confidence (mean
        probability of the most probable class) and accuracy (share of cases in which that class is right).

    Example:
        >>> rows = [
        ...     {"arm": "a", "split": split, "structure": "confidence 0.8 to 0.9", "metric": metric, "value": value}
        ...     for split, values in {"1": (3, 0.8, 1.0), "2": (1, 0.9, 0.0)}.items()
        ...     for metric, value in zip(METRICS, values)
        ... ]
        >>> pool_reliability(Scores.of(rows))[["cases", "confidence", "accuracy"]].round(3).values.tolist()
        [[4.0, 0.825, 0.75]]
    """
    rows = scores.select(metric=METRICS).frame
    place = ["arm", "task", "structure"]
    runs = rows.pivot(index=[*place, "split", "replicate", "seed"], columns="metric", values="value")
    pooled = []
    for about in rows_of(rows[place].drop_duplicates().sort_values("structure", kind="stable")):
        cases, *others = (runs.loc[tuple(about)][metric] for metric in METRICS)
        pooled.append((*about, round(fsum(cases)), *(fsum(cases * each) / fsum(cases) for each in others)))
    return pd.DataFrame(pooled, columns=["arm", "task", "bin", "cases", "confidence", "accuracy"])
