"""What each variation of generator 2, and telling the network which sequences are there, is worth on generator 3.

    python benchmarks/phantom_ingredients.py FOLDER [--seeds 0 1] [--steps 1000] [--cases 24] [--patients T.csv]

Trains the model in the package for few steps, with everything and with each group left out, and validates the last
weights on heads of generator 3, and on gliomas of patients if there are some, with all sequences and with FLAIR alone.
Prints the differences from "everything", over seeds. What is there already is kept, and a run that was stopped goes on.
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

import pandas as pd

import braintumornet as btn
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.phantom import generators
from braintumornet.phantom.varied.ingredients import Ingredients
from braintumornet.phantom.varied.varied_phantom import make_varied_phantom

EVERYTHING = "everything"
ARMS = {
    EVERYTHING: (Ingredients(), []),
    "without intensity and texture": (Ingredients(intensity=False), []),
    "without acquisition": (Ingredients(acquisition=False), []),
    "without label borders and tumour variety": (Ingredients(tumours=False), []),
    "without presence channels": (Ingredients(), ["presence_channels=false"]),
}
SUBSETS = {  # sequences, and of each task the regions that can be assessed with them
    "all sequences": (("t1n", "t1c", "t2w", "t2f"), {"glioma": ("WT", "TC", "ET"), "mets": ("TC",)}),
    "FLAIR alone": (("t2f",), {"glioma": ("WT", "TC")}),
}
PATIENTS = "glioma of patients"


def main() -> None:
    """Train, score, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=24)
    parser.add_argument("--patients", type=Path)
    given = parser.parse_args()
    tests = test_heads(given.folder / "heads", given.cases)
    if given.patients:
        tests[PATIENTS] = btn.read_cohort(given.patients)
    rows = []
    for seed in given.seeds:
        for arm in ARMS:
            run = train(given.folder / f"{arm.replace(' ', '-')}-{seed}", arm, seed, given.steps)
            rows += [{"arm": arm, "seed": seed, **row} for row in score(run, tests)]
            show(pd.DataFrame(rows))


def train(folder: Path, arm: str, seed: int, steps: int) -> btn.Run:
    """Return the network of an arm, which is trained unless it was."""
    ingredients, overrides = ARMS[arm]
    run = RunFolder(folder)
    if not run.report.exists():
        generators.GENERATORS = {**generators.GENERATORS, 2: partial(make_varied_phantom, ingredients=ingredients)}
        short = [f"training.steps={steps}", "training.validate_every=0", f"seed={seed}", f"phantoms.seed={100 + seed}"]
        short += ["phantoms.validation=null"]
        btn.train("default_model", None, folder, overrides=[*short, *overrides], resume=run.begun, progress=False)
    return btn.Run(folder)


def test_heads(folder: Path, cases: int) -> dict[str, Cohort]:
    """Return task -> heads of generator 3."""
    return {
        task: btn.read_cohort(place / "cohort.csv")
        if (place := folder / task).exists()
        else btn.phantoms(cases // 2, place, seed=21, mix=mix, spacing_mm=1.5, generator=3, name=f"phantom-{task}")
        for task, mix in (("glioma", "hgg=0.8,lgg=0.2"), ("mets", "mets=1"))
    }


def score(run: btn.Run, tests: dict[str, Cohort]) -> Iterator[dict[str, object]]:
    """Yield the mean Dice of each region, with all sequences and with some."""
    for (subset, (names, regions)), (whose, cohort) in itertools.product(SUBSETS.items(), tests.items()):
        task = whose.split()[0]
        if task not in regions:
            continue
        some = Cohort(
            cohort.name,
            tuple(replace(c, images={n: file for n, file in c.images.items() if n in names}) for c in cohort),
        )
        place = run.path / f"{whose}-{subset}".replace(" ", "-")
        if not (place / "scores.csv").exists():
            made = run.predict(some, place, tasks=[task], progress=False)
            made.evaluate(some, progress=False).write(place / "scores.csv")
        scores = btn.Scores.read(place / "scores.csv").select(task=task, metric="dice")
        for region in regions[task]:
            values = scores.select(structure=region).frame["value"].dropna()
            if len(values):
                yield {"figure": f"{whose}, {region}, {subset}", "dice": values.mean()}


def show(rows: pd.DataFrame) -> None:
    """Print the Dice of each arm, and how far below "everything" it lies, over the seeds that are there."""
    table = rows.pivot_table(index=["figure", "seed"], columns="arm", values="dice", sort=False)
    for figure, values in table.groupby(level="figure", sort=False):
        print(f"\n{figure}")
        for arm in values.columns:
            lost = list((values[arm] - values[EVERYTHING]).dropna())
            spread = f" (SD {stdev(lost):.3f})" if len(lost) > 1 else ""
            print(f"  {arm:42s} {values[arm].mean():.3f}  {fmean(lost):+.3f}{spread}, {len(lost)} seeds")


if __name__ == "__main__":
    main()
