"""Draw what the quality figures of a preparation tell apart, and write how well their limits do.

python benchmarks/preparation_gates.py gates.csv
python docs/images/draw_preparation_gates.py gates.csv
"""

import sys
from math import inf
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from sklearn.metrics import roc_auc_score

from braintumornet.prepare.quality.limits import LIMITS, Limits

FOLDER = Path(__file__).parent
RIGHT, WRONG = "#2b8a4b", "#c62f2f"
FEWEST = 30  # of right and of wrong cases; fewer show nothing
LEFT_OUT = ("motion", "rotation", "brain in one piece")  # they tell what is unusual, not what is wrong


def suspicion(values: pd.Series, limits: Limits) -> pd.Series:
    """How far a value is on the side that the limits doubt."""
    low, high = limits.passes
    if low > -inf and high < inf:
        score = np.abs(np.log(values.clip(lower=1e-3) / np.sqrt(low * high)))
    else:
        score = values if low == -inf else -values
    return score.fillna(score.max() + 1 if score.notna().any() else 0)


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each figure: how well it tells wrong from right, and what its limits make of both."""
    found = []
    for name, limits in LIMITS.items():
        own = rows[(rows["figure"] == name) & rows["right"].isin(["right", "wrong"])]
        right, wrong = own[own["right"] == "right"], own[own["right"] == "wrong"]
        if name in LEFT_OUT or min(len(right), len(wrong)) < FEWEST:
            continue
        found.append(
            {
                "figure": name,
                "limits": str(limits),
                "right": len(right),
                "wrong": len(wrong),
                "auc": roc_auc_score(own["right"] == "wrong", suspicion(own["value"], limits)),
                "sensitivity": np.mean(wrong["verdict"] != "pass"),
                "specificity": np.mean(right["verdict"] == "pass"),
                "wrong_failed": np.mean(wrong["verdict"] == "fail"),
                "right_failed": np.mean(right["verdict"] == "fail"),
            }
        )
    return pd.DataFrame(found)


def draw(rows: pd.DataFrame, summary: pd.DataFrame, path: Path) -> None:
    """Draw the values of right and wrong cases, a panel for each figure."""
    columns = 3
    lines = -(-len(summary) // columns)
    figure, panels = plt.subplots(lines, columns, figsize=(10, 2.5 * lines), layout="constrained")
    for panel, told in zip(panels.flat, summary.itertuples(), strict=False):
        own = rows[rows["figure"] == told.figure]
        histograms(panel, own, LIMITS[told.figure])
        rates = f"sensitivity {told.sensitivity:.2f}, specificity {told.specificity:.2f}"
        panel.set_title(f"{told.figure}: AUC {told.auc:.3f}\n{rates}", fontsize=9)
    for panel in panels.flat[len(summary) :]:
        panel.axis("off")
    panels.flat[0].legend(fontsize=8, frameon=False)
    figure.savefig(path, dpi=110)


def histograms(panel: Axes, rows: pd.DataFrame, limits: Limits) -> None:
    """Draw which share of the right and of the wrong cases has which value, with the limits of pass and look."""
    values = rows["value"].dropna()
    low, high = np.percentile(values, (0.5, 97))
    bins = np.linspace(min(low, 0) if limits.passes[0] == -inf else low, high, 40)
    for right, colour in (("right", RIGHT), ("wrong", WRONG)):
        own = values[rows["right"] == right].clip(bins[0], bins[-1])
        panel.hist(own, bins, weights=np.full(len(own), 1 / max(len(own), 1)), color=colour, alpha=0.6, label=right)
    for limit, style in ((limits.passes, "-"), (limits.looks, ":")):
        for edge in limit:
            if bins[0] <= edge <= bins[-1]:
                panel.axvline(edge, color="0.2", linestyle=style, linewidth=1)
    panel.set_xlabel(limits.unit or " ", fontsize=8)
    panel.tick_params(labelsize=8)
    panel.set_yticks([])
    panel.spines[["top", "right", "left"]].set_visible(False)


if __name__ == "__main__":
    measured = pd.read_csv(sys.argv[1])
    told = summarise(measured)
    told.round(4).to_csv(FOLDER / "preparation-gates.csv", index=False)
    draw(measured, told, FOLDER / "preparation-gates.png")
    sys.stdout.write(told.to_string(index=False) + "\n")
