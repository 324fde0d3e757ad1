"""What the mean of several runs, and of mirrored images, adds to one run.

    python benchmarks/ensembles.py FOLDER COHORT_CSV RUN [RUN ...]

Predicts the cases, which none of the runs may have seen, with each run, with the mean of all, and both again with
left-right mirrored images. Prints the mean Dice of each region, its gain over the mean of the single runs with a 95 %
bootstrap interval over cases, and CPU seconds per case. What is predicted already is not predicted again.
"""

import argparse
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

import braintumornet as btn
from braintumornet.core.cohort.case import Cohort
from braintumornet.inference.inference_options import InferenceOptions

DRAWS = 10_000


def main() -> None:
    """Predict, score, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    given = parser.parse_args()
    cohort = btn.read_cohort(given.cohort)
    found = {}
    for mirror in ((), ("x",)):
        mirrored = ", mirrored" if mirror else ""
        singles = [
            dice(cohort, [run], mirror, given.folder / f"one-{number}{mirrored and '-mirrored'}")
            for number, run in enumerate(given.runs)
        ]
        found[f"one run{mirrored}"] = pd.concat(singles).groupby(level=[0, 1]).mean()
        found[f"mean of {len(given.runs)} runs{mirrored}"] = dice(
            cohort, given.runs, mirror, given.folder / f"all{mirrored and '-mirrored'}"
        )
    show(found)


def dice(cohort: Cohort, runs: list[Path], mirror: tuple[str, ...], folder: Path) -> pd.Series:
    """Return (case, region) -> Dice of the mean of the runs."""
    options = InferenceOptions(mirror=mirror, others=tuple(runs[1:]))
    began = process_time()
    made = btn.predict(cohort, runs[0], folder, options=options, resume=True, pages=False, progress=False)
    print(f"{folder.name}: {(process_time() - began) / len(cohort.cases):.1f} CPU s a case", flush=True)
    scores = made.evaluate(cohort, jobs=1, progress=False).select(metric="dice", lesion="")
    return pd.Series({(row.case_id, row.structure): row.value for row in scores})


def show(found: dict[str, pd.Series]) -> None:
    """Print the table: the gain is that over the first row."""
    first = next(iter(found))
    print("\n| | " + " | ".join(regions := sorted(found[first].unstack().columns, reverse=True)) + " |")
    print("|---|" + "--:|" * len(regions))
    rng = np.random.default_rng(0)
    for name, values in found.items():
        cells = []
        for region in regions:
            gain = (values.unstack()[region] - found[first].unstack()[region]).dropna().to_numpy()
            low, high = np.quantile(rng.choice(gain, (DRAWS, len(gain))).mean(1), [0.025, 0.975])
            change = "" if name == first else f" ({gain.mean():+.3f}, {low:+.3f} to {high:+.3f})"
            cells.append(f"{values.unstack()[region].mean():.3f}{change}")
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
