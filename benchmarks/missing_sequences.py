"""All 15 subsets of four sequences with one set of weights: trained with and without sequence dropout.

OMP_NUM_THREADS=1 python benchmarks/missing_sequences.py FOLDER [--cohort cohort.csv] [--seeds 0 1 2] [--steps 500]

Trains each arm once for each seed on the same 40 phantoms of high-grade glioma, and scores it on 20 unseen phantoms and
on the cases of a cohort with all four sequences, once for each subset, from images that are read once: a sequence that
is taken away is zero and said to be missing. Dice is that on the working grid of 4 mm. What is there already, runs and
scores, is kept; a run that was stopped goes on. Intervals are those of Student's t over seeds, of the mean over cases.
"""

import argparse
import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from scipy.stats import t

from braintumornet import read_cohort
from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.run_folder import RunFolder
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.inference.predictor import Predictor
from braintumornet.metrics.overlap import dice
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.training.trainer import fit

SEQUENCES = ("t1n", "t1c", "t2w", "t2f")
REGIONS = ("WT", "TC", "ET")
SPACING_MM = (4.0, 4.0, 4.0)
PHANTOMS = PhantomSettings(shape=(40, 48, 40), spacing_mm=SPACING_MM, mix=Mix(hgg=1, mets=0, plgg=0, healthy=0))
TRAIN, TEST = (40, 11), (20, 12)
"""How many phantoms, and the seed of the cohort."""
DROPOUT = {"sequence_dropout": 0.4, "probability": {"sequence_dropout": 0.6}}
ARMS: dict[str, dict[str, Any]] = {
    "without dropout": {"presence_channels": False, "dropout": {}},
    "with dropout": {"presence_channels": True, "dropout": DROPOUT},
}
SUBSETS = [subset for size in (4, 3, 2, 1) for subset in itertools.combinations(SEQUENCES, size)]
Row = dict[str, str]


def configure(arm: str, seed: int, steps: int) -> ExperimentConfig:
    """Return the experiment of an arm."""
    augment = {"flip": [0.5, 0.5, 0.5], "affine": 0.5, "rotation_degrees": 15, "scale": [0.9, 1.1]}
    varied = {"shift_sd": 0.1, "gain_sd": 0.1, "noise_sd": 0.1}
    return ExperimentConfig.from_content(
        {
            "sequences": SEQUENCES,
            "presence_channels": ARMS[arm]["presence_channels"],
            "tasks": [{"kind": "segmentation", "name": "glioma", "regions": REGIONS}],
            "data": {
                "patch": [24, 24, 24],
                "batch_size": 4,
                "centres": "classes",
                "spacing_mm": SPACING_MM,
                "augment": {**augment, **varied, **ARMS[arm]["dropout"]},
            },
            "backbone": {"kind": "resunet", "width": 8, "blocks_down": [1, 2, 2], "blocks_up": [1, 1], "norm": "batch"},
            "training": {"steps": steps, "optimizer": "adamw", "learning_rate": 3e-3, "weight_decay": 1e-2},
            "inference": {"overlap": 0.25},
            "seed": seed,
        },
        arm,
    )


def phantoms(folder: Path, cases: int, seed: int) -> Cohort:
    """Return a cohort of phantoms, which is made once."""
    table = folder / "cohort.csv"
    return (
        read_cohort(table)
        if table.exists()
        else write_phantoms(folder, PHANTOMS, cases, seed, f"phantom-{folder.name}")
    )


def train(folder: Path, config: ExperimentConfig, cohort: Cohort) -> Predictor:
    """Return the network of a run, which is trained, or goes on, where it is not finished."""
    run = RunFolder(folder)
    if not run.report.exists():
        fit(config, cohort, run, resume=run.begun, progress=print_progress)
    return Predictor.from_run(folder)


def print_progress(done: int, total: int, losses: object) -> None:
    """Say now and then how far a training is."""
    if done % 50 == 0:
        print(f"  step {done} of {total}: {losses}", flush=True)


def score(predictor: Predictor, cohort: Cohort) -> Iterator[Row]:
    """Yield the Dice of each case, subset and region that the network answers."""
    for case in cohort:
        images, masks = read_case(case, SEQUENCES, SPACING_MM, masks=["seg"])
        truth = dict(zip(REGIONS, region_masks(masks["seg"], str(case.coding), REGIONS), strict=True))
        for subset in SUBSETS:
            answer = predictor.predict_images(keep(images, subset)).maps["glioma"]
            for region, mask in zip(answer.regions, answer.masks, strict=True):
                value = dice(truth[region], mask)
                yield {"case": case.id, "subset": "+".join(subset), "region": region, "dice": repr(value)}


def keep(images: CaseImages, subset: Sequence[str]) -> CaseImages:
    """Return images of which only some sequences are there."""
    present = np.array([name in subset for name in SEQUENCES])
    return replace(images, image=images.image * present[:, None, None, None].astype(np.float32), present=present)


def read_scores(file: Path, predictor: Predictor, cohort: Cohort) -> list[Row]:
    """Return scores, which are computed once."""
    if not file.exists():
        rows = list(score(predictor, cohort))
        with file.with_suffix(".part").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        file.with_suffix(".part").rename(file)
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def mean_of(rows: Sequence[Row], subset: str, region: str) -> float:
    """Return the mean over cases, or NaN where the region is not assessed."""
    values = [float(row["dice"]) for row in rows if (row["subset"], row["region"]) == (subset, region)]
    return fmean(values) if values else float("nan")


def interval(values: Sequence[float]) -> str:
    """Return a mean with half the width of its 95 % interval over seeds."""
    if np.isnan(values).any():
        return "not assessed"
    half = t.ppf(0.975, len(values) - 1) * stdev(values) / sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{fmean(values):.3f} ± {half:.3f}"


def print_table(title: str, scores: dict[tuple[str, int], list[Row]], seeds: Sequence[int]) -> None:
    """Print the means of both arms for every subset, and their difference, paired by seed, where all are there."""
    print(f"\n{title}: mean Dice ± half of the 95 % interval over {len(seeds)} trainings\n")
    print("| there |" + "".join(f" {region} {arm} |" for region in REGIONS for arm in ARMS))
    print("|---|" + "---|" * len(REGIONS) * len(ARMS))
    for subset in map("+".join, SUBSETS):
        cells = [
            interval([mean_of(scores[arm, seed], subset, region) for seed in seeds])
            for region in REGIONS
            for arm in ARMS
        ]
        print(f"| {subset} | " + " | ".join(cells) + " |")
    every = "+".join(SEQUENCES)
    for region in REGIONS:
        first, second = ([mean_of(scores[arm, seed], every, region) for seed in seeds] for arm in ARMS)
        differences = [b - a for a, b in zip(first, second, strict=True)]
        print(f"{region}, all four: with minus without dropout {interval(differences)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cohort", type=Path, help="a table of real cases with all four sequences")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=500)
    options = parser.parse_args()
    cohort = phantoms(options.folder / "train", *TRAIN)
    tested = {"Unseen phantoms": phantoms(options.folder / "test", *TEST)}
    if options.cohort:
        tested["Real cases"] = read_cohort(options.cohort)
    scores: dict[str, dict[tuple[str, int], list[Row]]] = {title: {} for title in tested}
    for seed, arm in itertools.product(options.seeds, ARMS):
        name = f"{arm.replace(' ', '-')}-{seed}"
        print(name, flush=True)
        predictor = train(options.folder / "runs" / name, configure(arm, seed, options.steps), cohort)
        for title, cases in tested.items():
            file = options.folder / f"{title.split()[-1]}-{name}.csv"
            scores[title][arm, seed] = read_scores(file, predictor, cases)
    for title, by_run in scores.items():
        print_table(title, by_run, options.seeds)


if __name__ == "__main__":
    main()
