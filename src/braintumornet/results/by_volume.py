"""How good the arms are by the volume of what there was to find."""

from itertools import pairwise
from math import exp, log
from statistics import mean

import pandas as pd

from braintumornet.core.frames import groups_of
from braintumornet.core.scores import Scores
from braintumornet.results.split_means import DICE, mean_known

MOST_BINS = 5
FEWEST_CASES = 4  # of a bin
VOLUME = "volume_truth_ml"
EVERY_SIZE = "all"
_OF_LESIONS = ["lesions", "detection_sensitivity", "false_lesions_per_case"]


def dice_by_volume(scores: Scores, task: str, structure: str) -> pd.DataFrame:
    """Return the Dice of each arm by the true volume, in bins that hold about as many cases each.

    Cases without the structure are left aside: they have no size.

    Returns:
        arm, low_ml and high_ml (smallest and largest of a bin), middle_ml (geometric mean of the volumes), cases, and
        dice: mean over the cases, of the mean over the splits and seeds that tested each.

    Example:
        >>> about = {"arm": "multi-task", "case_id": "a", "task": "tumour", "structure": "WT"}
        >>> rows = ({**about, "metric": name, "value": value} for name, value in (("dice", 0.8), (VOLUME, 4.0)))
        >>> dice_by_volume(Scores.of(rows), "tumour", "WT")[["middle_ml", "cases", "dice"]].round(6).values.tolist()
        [[4.0, 1.0, 0.8]]
    """
    own = scores.select(task=task, structure=structure).frame
    sized = own[(own["metric"] == VOLUME) & (own["value"] > 0)].drop_duplicates("case_id", keep="last")
    volumes = sized.sort_values(["value", "case_id"]).set_index("case_id")["value"]
    bins = max(1, min(MOST_BINS, len(volumes) // FEWEST_CASES))
    ends = [round(len(volumes) * number / bins) for number in range(bins + 1)]
    dice = own[own["metric"] == DICE].groupby(["arm", "case_id"], sort=False)["value"].agg(mean_known).dropna()
    rows = []
    for arm in own["arm"].unique():
        of_arm = dice[dice.index.get_level_values("arm") == arm].droplevel("arm")
        for first, last in pairwise(ends):
            ml = volumes.iloc[first:last]
            ml = ml[ml.index.isin(of_arm.index)]
            if len(ml):
                middle = exp(mean(map(log, ml)))
                rows.append((arm, ml.iloc[0], ml.iloc[-1], middle, len(ml), mean(of_arm[ml.index])))
    return pd.DataFrame(rows, columns=["arm", "low_ml", "high_ml", "middle_ml", "cases", "dice"])


def detection_by_volume(scores: Scores, task: str, structure: str) -> pd.DataFrame:
    """Return how many lesions of a structure each arm finds, by their volume; no row where that was not counted.

    Returns:
        arm, volume (such as `0.065 to 0.52 ml`, or `all`), lesions (how many there were, over all splits and seeds),
        found (share of them; NaN where there were none) and false_per_case: lesions made up, mean over splits and
        seeds.
    """
    rows = scores.select(task=task, structure=structure, case_id="", metric=_OF_LESIONS).frame
    rows = rows.assign(lesion=rows["lesion"].replace("", EVERY_SIZE))
    runs = rows.pivot(index=["arm", "lesion", "split", "replicate", "seed"], columns="metric", values="value")
    found = []
    for (arm,), of_arm in groups_of(rows, "arm"):
        for volume in of_arm["lesion"].unique():
            own = runs.loc[arm, volume]
            hits = (own["lesions"] * own["detection_sensitivity"])[own["lesions"] > 0]
            total = own["lesions"].sum()
            share = hits.sum() / total if total else float("nan")
            found.append((arm, volume, round(total), share, mean_known(own["false_lesions_per_case"])))
    return pd.DataFrame(found, columns=["arm", "volume", "lesions", "found", "false_per_case"])
