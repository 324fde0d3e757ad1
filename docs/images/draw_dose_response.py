"""Draw what sharing gains with few and with many masks of the task's own, and test whether the gain falls with more.

python docs/images/draw_dose_response.py 4=docs/results/twins.csv 64=docs/results/twins_64.csv

Each table is that of `benchmarks/split_means.py`, of `study_twins` with so many masks. A replicate draws the same
heads whatever the number, the first masks included, so that its gains belong together: the trend is the slope of the
gain over the doublings of masks in each replicate, by a plain t test over replicates.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from braintumornet.statistics.paired_tests import MeanTest, corrected_t

FOLDER = Path(__file__).parent
BASELINE = "alone"
COLOURS = {"ceiling": "#6b6b6b", "shared": "#2b8a4b", "foreign masks": "#c62f2f"}


def gains(table: Path) -> pd.DataFrame:
    """Return the Dice of each arm (columns) above the baseline, per replicate (rows)."""
    rows = pd.read_csv(table)
    dice = rows[rows["metric"] == "dice"].pivot_table(index="replicate", columns="arm", values="value")
    return dice.drop(columns=BASELINE).sub(dice[BASELINE], axis=0)


def trend(found: Mapping[int, pd.DataFrame], arm: str) -> MeanTest:
    """Test the slope of the gain over the doublings of masks: one slope per replicate."""
    own = pd.DataFrame({masks: table[arm] for masks, table in found.items()}).dropna()
    return corrected_t(np.polyfit(np.log2(list(own.columns)), own.to_numpy().T, 1)[0], test_share=0)


def draw(found: Mapping[int, pd.DataFrame], path: Path) -> None:
    """Draw the gain of each arm, with its 95 % interval and a point per replicate."""
    figure, panel = plt.subplots(figsize=(6, 3.6), layout="constrained")
    panel.axhline(0, color="0.6", linewidth=1)
    for place, (arm, colour) in enumerate(COLOURS.items()):
        measured = {masks: table[arm] for masks, table in found.items() if arm in table}
        where = np.array(list(measured)) * 2 ** (0.12 * (place - 1))
        tests = [corrected_t(values.to_numpy(), test_share=0) for values in measured.values()]
        for x, values in zip(where, measured.values(), strict=True):
            panel.plot([x] * len(values), values, ".", color=colour, alpha=0.4, markersize=5)
        means = np.array([test.mean for test in tests])
        spread = [means - [test.low for test in tests], [test.high for test in tests] - means]
        panel.errorbar(where, means, spread, fmt="o-", color=colour, capsize=3, label=arm)
    panel.set_xscale("log", base=2)
    panel.set_xticks(list(found), [str(masks) for masks in found])
    panel.minorticks_off()
    panel.set_xlabel("masks of the task's own")
    panel.set_ylabel("Dice of TC above that of the task alone")
    panel.legend(frameon=False)
    panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the gains and the trend, and draw them."""
    tables = dict(word.split("=", 1) for word in sys.argv[1:])
    found = {int(masks): gains(Path(table)) for masks, table in tables.items()}
    for masks, table in found.items():
        for arm, values in table.items():
            higher = f"{(values > 0).sum()} of {values.count()} replicates higher"
            sys.stdout.write(f"{masks} masks, {arm}: {told(corrected_t(values.to_numpy(), 0))}, {higher}\n")
    if len(found) > 1:
        slope = trend(found, "shared")
        sys.stdout.write(f"gain of sharing per doubling of the masks: {told(slope)}, p {slope.p:.4f}\n")
        draw(found, FOLDER / "dose-response.png")


def told(test: MeanTest) -> str:
    """Return a mean with its 95 % interval."""
    return f"{test.mean:+.3f} ({test.low:+.3f} to {test.high:+.3f})"


if __name__ == "__main__":
    main()
