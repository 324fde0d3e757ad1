"""What the model in the package reaches: on cases with masks, whole or with some sequences only, and on phantoms.

    python benchmarks/default_model.py FOLDER --cohort T.csv [--run RUN] [--task glioma] [--subsets]
    python benchmarks/default_model.py FOLDER --phantoms 100 --generator 3 --mix mets=1 --task mets

Prints a row for each case: Dice of each region and its volume, expert's / predicted, in ml; CPU seconds with the page,
and at the end means with their 95 % bootstrap intervals over cases, of the Dice over cases with at least 1 ml of the
region. Of several lesions, how many were found, by their volume. What is predicted already is not predicted again.
With `--table FILE` the rows are written as CSV, too.
"""

import argparse
import itertools
import resource
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

import braintumornet as btn
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.scoring.score_settings import ScoreSettings

SEQUENCES = ("t1n", "t1c", "t2w", "t2f")
REGIONS = ("WT", "TC", "ET")
SUBSETS = [subset for size in (4, 3, 2, 1) for subset in itertools.combinations(SEQUENCES, size)]
LEAST_ML = 1.0
SETTINGS = ScoreSettings(lesions=LesionSettings(bin_edges_ml=(0.1, 0.5)))


def main() -> None:
    """Predict, score, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cohort", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--task", default="glioma")
    parser.add_argument("--subsets", action="store_true")
    parser.add_argument("--phantoms", type=int)
    parser.add_argument("--generator", type=int, default=3)
    parser.add_argument("--mix", default="hgg=1")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.table and given.subsets:
        parser.error("--table is for all sequences; leave out --subsets")
    cohort = btn.read_cohort(given.cohort) if given.cohort else phantoms(given)
    for subset in SUBSETS if given.subsets else [SEQUENCES]:
        name = "+".join(subset)
        cases = Cohort(cohort.name, tuple(keep(case, subset, given.task) for case in cohort))
        print(f"\n{cohort.name}, {len(cases.cases)} cases, {name}", flush=True)
        measure(cases, given.folder / "predictions" / name, given)


def phantoms(given: argparse.Namespace) -> Cohort:
    """Return heads that no network was trained on, which are made once."""
    folder = given.folder / "phantoms"
    if (folder / "cohort.csv").exists():
        return btn.read_cohort(folder / "cohort.csv")
    return btn.phantoms(given.phantoms, folder, seed=given.seed, mix=given.mix, generator=given.generator)


def keep(case: Case, subset: Sequence[str], task: str) -> Case:
    """Return a case of which only some sequences are there, and which is for the task if its table does not say."""
    images = {name: file for name, file in case.images.items() if name in subset}
    return replace(case, images=images, pathology=case.pathology or task)


def measure(cohort: Cohort, folder: Path, given: argparse.Namespace) -> None:
    """Print a row for each case, and means."""
    rows = []
    for case in cohort:
        began = process_time()
        one = Cohort(cohort.name, (case,))
        tasks = [given.task]
        made = btn.predict(one, given.run, folder, tasks=tasks, resume=True, progress=False)
        seconds = process_time() - began
        scores = made.evaluate(one, jobs=1, progress=False, settings=SETTINGS)
        rows.append({(row.structure, row.metric): row.value for row in scores.select(task=given.task, lesion="")})
        print(f"{case.id:28s} {'  '.join(describe(rows[-1]))}  {seconds:5.1f} CPU s", flush=True)
    if given.table:
        table = [line for case, row in zip(cohort, rows, strict=True) for line in list_figures(case, row)]
        pd.DataFrame(table).to_csv(given.table, index=False)
    for region in REGIONS:
        print(region, *summarise(region, rows))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB")
    show_detection(btn.Predictions(folder), cohort, given.task)


def describe(row: dict[tuple[str, str], float]) -> Iterator[str]:
    """Yield region by region what a row of the table says."""
    for region in REGIONS:
        if (region, "dice") in row:
            there, found = row[region, "volume_truth_ml"], row[region, "volume_prediction_ml"]
            yield f"{region} {row[region, 'dice']:.3f} ({there:.1f} / {found:.1f})"


def list_figures(case: Case, row: dict[tuple[str, str], float]) -> Iterator[dict[str, object]]:
    """Yield region by region what the table says of a case."""
    about = {"case_id": case.id, "site": case.value("site"), "sequences": " ".join(case.images)}
    for region in REGIONS:
        if (region, "dice") in row:
            there, found = row[region, "volume_truth_ml"], row[region, "volume_prediction_ml"]
            figures = {"dice": f"{row[region, 'dice']:.3f}", "expert_ml": f"{there:.1f}", "outlined_ml": f"{found:.1f}"}
            yield {**about, "region": region, **figures}


def summarise(region: str, rows: Sequence[dict[tuple[str, str], float]]) -> Iterator[str]:
    """Yield the mean Dice where there is something to outline, and what was outlined where there is nothing."""
    known = [row for row in rows if (region, "dice") in row and not np.isnan(row[region, "volume_prediction_ml"])]
    if not known:
        yield "not scored"
    dice = np.array([row[region, "dice"] for row in known if row[region, "volume_truth_ml"] >= LEAST_ML])
    if len(dice):
        means = np.random.default_rng(0).choice(dice, (10_000, len(dice))).mean(1)
        low, high = np.quantile(means, (0.025, 0.975))
        yield f"{dice.mean():.3f} ({low:.3f} to {high:.3f}), median {np.median(dice):.3f}, {len(dice)} cases;"
    empty = [row[region, "volume_prediction_ml"] for row in known if not row[region, "volume_truth_ml"]]
    if empty:
        yield f"none there in {len(empty)} cases: at most {max(empty):.1f} ml outlined"


def show_detection(predictions: btn.Predictions, cohort: Cohort, task: str) -> None:
    """Print how many lesions were found, by volume."""
    found = predictions.evaluate(cohort, progress=False, settings=SETTINGS).select(task=task, case_id="")
    for row in found:
        if "detection" in row.metric or row.metric in ("lesions", "false_lesions_per_case"):
            print(f"{row.structure} {row.lesion or 'all':14s} {row.metric:24s} {row.value:.3f}")


if __name__ == "__main__":
    main()
