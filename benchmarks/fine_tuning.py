"""What few labelled patients add to the model in the package, and what it adds to them.

    python benchmarks/fine_tuning.py FOLDER COHORT_CSV [--cases 0 2 7] [--folds 4] [--steps 200]

In each fold other cases are scored, which no network saw: those of the fold. Of the others, some train a network for
the same steps, from the model in the package and from scratch. 0 cases is the model as it ships. What is
there already is kept. Dice is over cases with at least 1 ml of the region.
"""

import argparse
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pandas as pd

import braintumornet as btn
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder

REGIONS = ("WT", "TC", "ET")
LEAST_ML = 1.0
FROM_MODEL = "from the model in the package"
STARTS = {
    FROM_MODEL: ["transfer.run=default"],
    f"{FROM_MODEL}, a tenth of the learning rate": ["transfer.run=default", "training.learning_rate=1e-4"],
    "from scratch": [],
}


def main() -> None:
    """Train, score, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--cases", type=int, nargs="+", default=[0, 2, 7])
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=200)
    given = parser.parse_args()
    cases = btn.read_cohort(given.cohort).cases
    order = np.random.default_rng(0).permutation(len(cases))
    rows = []
    for fold in range(given.folds):
        scored = Cohort("scored", (cases[order[fold]],))
        others = [cases[place] for place in np.roll(order, -fold)[1:]]
        for number in given.cases:
            for start, overrides in STARTS.items() if number else [(FROM_MODEL, [])]:
                place = given.folder / f"fold-{fold}-{number}-{start.replace(' ', '-')}"
                run = train(place, Cohort("taught", tuple(others[:number])), overrides, given.steps) if number else None
                rows += [{"cases": number, "start": start, "fold": fold, **dice} for dice in score(run, scored, place)]
        show(pd.DataFrame(rows))


def train(folder: Path, cohort: Cohort, overrides: list[str], steps: int) -> btn.Run:
    """Return a network that is trained unless it was."""
    run = RunFolder(folder)
    if not run.report.exists():
        alone = ["phantoms=null", "tasks=[{kind: segmentation, name: glioma, regions: [WT, TC, ET]}]"]
        alone += ["inference.router=null", "training.validate_every=0", f"training.steps={steps}"]
        btn.train("default_model", cohort, folder, overrides=[*alone, *overrides], resume=run.begun, progress=False)
    return btn.Run(folder)


def score(run: btn.Run | None, cohort: Cohort, place: Path) -> list[dict[str, object]]:
    """Return the Dice of each region."""
    file = place / "scores.csv"
    if not file.exists():
        made = btn.predict(cohort, run, place / "predictions", tasks=["glioma"], pages=False, progress=False)
        made.evaluate(cohort, progress=False).write(file)
    scores = btn.Scores.read(file).select(task="glioma")
    found = {(row.structure, row.metric): row.value for row in scores}
    there = [region for region in REGIONS if found[region, "volume_truth_ml"] >= LEAST_ML]
    return [{"region": region, "dice": found[region, "dice"]} for region in there]


def show(rows: pd.DataFrame) -> None:
    """Print the curve: mean and SD over folds."""
    print()
    for (cases, start, region), part in rows.groupby(["cases", "start", "region"], sort=False):
        values = list(part["dice"])
        spread = f" (SD {stdev(values):.3f})" if len(values) > 1 else ""
        print(f"{cases} cases, {start:59s} {region} {fmean(values):.3f}{spread}, {len(values)} cases scored")


if __name__ == "__main__":
    main()
