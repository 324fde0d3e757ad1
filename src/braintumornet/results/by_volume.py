"""How good the arms are by the volume of what there was to find."""

from statistics import geometric_mean, mean

import numpy as np
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
    sized = sized.sort_values(["value", "case_id"])[["case_id", "value"]].set_axis(["case_id", "ml"], axis="columns")
    bins = max(1, min(MOST_BINS, len(sized) // FEWEST_CASES))
    ends = [round(len(sized) * number / bins) for number in range(1, bins)]
    sized = sized.assign(bin=np.searchsorted(ends, np.arange(len(sized)), side="right"))
    dice = own[own["metric"] == DICE].groupby(["arm", "case_id"], sort=False)["value"].agg(mean_known).dropna()
    in_bins = dice.rename("dice").reset_index().merge(sized, on="case_id").groupby(["arm", "bin"])
    found = in_bins.agg(
        low_ml=("ml", "min"),
        high_ml=("ml", "max"),
        middle_ml=("ml", geometric_mean),
        cases=("ml", "size"),
        dice=("dice", mean),
    )
    order = {arm: number for number, arm in enumerate(own["arm"].unique())}
    found = found.reset_index().sort_values("arm", key=lambda arms: arms.map(order), kind="stable", ignore_index=True)
    return found.drop(columns="bin")


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
