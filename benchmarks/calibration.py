"""How often intervals and sets hold the truth, on phantoms that a small network has not seen.

    python benchmarks/calibration.py FOLDER
    python benchmarks/calibration.py FOLDER --run default

Trains a network (about 18 CPU minutes; calibration and trial take ten more), calibrates it, and tries it on further
phantoms of the same generator, and the notice also on those of other generators. With `--run default` it does so with
a copy of the model in the package, on 300 gliomas of the generator that it learned from (3.5 CPU seconds each), without
the notice. What lies in FOLDER already is used again. Prints the tables on calibration of docs/measurements.md, and how
often the notice comes.
Seeds: 11 (training), 12 (calibration), 13 (trial), 14 (other generators).
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import betabinom

import braintumornet as btn
from braintumornet.config import ExperimentConfig
from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.cohort.case import Cohort
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.data.training_data_profile import describe_unlike, profile_inputs
from braintumornet.inference.calibration_evidence import observe
from braintumornet.inference.predictor import Predictor
from braintumornet.metrics.calibration import calibration_error
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.uncertainty.calibration import CaseEvidence, MarkerEvidence
from braintumornet.uncertainty.lesion_probability import PredictedLesions, lesion_probabilities
from braintumornet.uncertainty.split_conformal import rank_of_quantile
from braintumornet.uncertainty.temperature import temper, temper_classes
from braintumornet.volumes.brain import normalise


@dataclass(frozen=True)
class Trial:
    """What a network is calibrated and tried on: heads, and the names of its tasks."""

    heads: PhantomSettings
    generator: int
    outline: str
    marker: str
    calibration: int
    trial: int
    pathology: str | None = None  # instead of the phantoms' own


SMALL_HEADS = PhantomSettings(
    shape=(78, 93, 78), spacing_mm=(2, 2, 2), mix=Mix(hgg=0.3, mets=0.2, plgg=0.5), genotype_signal=2.0
)
MODEL_HEADS = PhantomSettings(shape=(108, 128, 108), spacing_mm=(1.5, 1.5, 1.5), mix=Mix(hgg=0.7, lgg=0.3, plgg=0))
SMALL_NETWORK = Trial(SMALL_HEADS, 1, "tumour", "genotype", 100, 200)
PACKAGE_MODEL = Trial(MODEL_HEADS, 2, "glioma", "router", 100, 200, "glioma")
TRAINING = 120
LARGE_ML = 5.0
NOTICED, CHANGED, OF_OTHERS = 200, 40, 60

CONFIG = {
    "sequences": ["t1n", "t1c", "t2w", "t2f"],
    "tasks": [
        {"kind": "segmentation", "name": "tumour", "regions": ["WT", "TC", "ET"]},
        {
            "kind": "classification",
            "name": "genotype",
            "target": "genotype",
            "classes": ["fusion", "v600e", "other"],
            "where": {"pathology": "plgg"},
        },
    ],
    "data": {
        "patch": [40, 40, 40],
        "batch_size": 4,
        "centres": "classes",
        "split": {"train": 0.85, "val": 0.15, "test": 0.0},
        "augment": {"flip": [0.5, 0.5, 0.5]},
    },
    "backbone": {
        "kind": "resunet",
        "width": 16,
        "norm": "batch",
        "blocks_down": [1, 1, 2],
        "blocks_up": [1, 1],
        "marker_hidden": [16],
    },
    "weighting": {"kind": "fixed", "weights": {"genotype": 0.3}},
    "training": {
        "steps": 2000,
        "optimizer": "adamw",
        "learning_rate": 4.0e-3,
        "weight_decay": 1.0e-2,
        "schedule": "poly",
        "validate_every": 400,
        "save_every": 600,
        "accelerator": "cpu",
    },
    "inference": {"overlap": 0.25},
}


def phantoms(folder: Path, cases: int, seed: int, heads: PhantomSettings = SMALL_HEADS, generator: int = 1) -> Cohort:
    """Return a cohort, which is made where it is not there."""
    table = folder / "cohort.csv"
    if not table.exists():
        write_phantoms(folder, heads, cases, seed, f"phantom-{folder.name}", generator=generator)
    made = btn.read_cohort(table)
    return Cohort(made.name, made.cases[:cases])


def observe_all(run: Path, cohort: Cohort) -> list[CaseEvidence]:
    """Predict and compare every case."""
    predictor = Predictor.from_run(run)
    with TemporaryDirectory() as folder:
        found = []
        for number, case in enumerate(cohort, 1):
            found.append(observe(predictor, case, Path(folder)))
            if number % 20 == 0:
                sys.stderr.write(f"{number} of {len(cohort)}\n")
        return found


def expected_range(calibrated: int, tried: int) -> str:
    """Return within which the share of covered cases lies with a probability of 95 %, by the beta-binomial."""
    rank = rank_of_quantile(calibrated)
    low, high = betabinom.ppf([0.025, 0.975], tried, rank, calibrated + 1 - rank) / tried
    return f"{low:.3f} to {high:.3f}"


def print_coverage(record: CalibrationRecord, tried: list[CaseEvidence], outline: str) -> None:
    """Print the coverage and the width of the intervals, and of the sets."""
    (group,) = record.groups
    print("| Of | calibrated on | tried on | covered | expected (95 %) | median factor | of those above 5 ml |")
    print("|---|---|---|---|---|---|---|")
    for region, found in group.volumes[outline].items():
        own = [case.outlines[outline][region] for case in tried if region in case.outlines[outline]]
        covered = np.mean([one.score <= found.quantile for one in own])
        factors = np.array([np.exp(found.quantile * one.doubt) for one in own])
        large = factors[[one.predicted_ml > LARGE_ML for one in own]]
        expected = expected_range(found.cases, len(own))
        print(
            f"| {region} | {found.cases} | {len(own)} | {covered:.3f} | {expected} | {np.median(factors):.2f} "
            f"| {np.median(large):.2f} ({len(large)}) |"
        )
    for task, found in group.markers.items():
        own = [case.markers[task] for case in tried if task in case.markers]
        sets = [np.flatnonzero((1 - one.probabilities <= found.quantile) | _likeliest(one)) for one in own]
        covered = np.mean([one.truth in classes for one, classes in zip(own, sets, strict=True)])
        sizes = ", ".join(f"{np.mean([len(s) == size for s in sets]):.0%} of {size}" for size in (1, 2, 3))
        expected = expected_range(found.cases, len(own))
        print(f"| {task} | {found.cases} | {len(own)} | {covered:.3f} | {expected} | sets: {sizes} | |")


def _likeliest(marker: MarkerEvidence) -> np.ndarray:
    return marker.probabilities == marker.probabilities.max()


def print_calibration_error(record: CalibrationRecord, tried: list[CaseEvidence], trial: Trial) -> None:
    """Print temperature, calibration error and log-likelihood before and after it."""
    print(
        "| Task | temperature | calibration error before | after | log loss before | after |\n|---|---|---|---|---|---|"
    )
    voxels = [region for case in tried for region in case.outlines[trial.outline].values()]
    p, truth = (np.concatenate([getattr(one, name) for one in voxels]) for name in ("probabilities", "truth"))
    told = [np.stack([1 - q, q], axis=1) for q in (p, temper(p, record.temperatures[trial.outline]))]
    _print_row(f"{trial.outline}, voxels", record.temperatures[trial.outline], told, truth.astype(int))
    own = [case.markers[trial.marker] for case in tried if trial.marker in case.markers]
    raw, classes = np.stack([one.probabilities for one in own]), np.array([one.truth for one in own])
    told = [raw, temper_classes(raw, record.temperatures[trial.marker])]
    _print_row(trial.marker, record.temperatures[trial.marker], told, classes)


def _print_row(name: str, temperature: float, told: Iterable[np.ndarray], truth: np.ndarray) -> None:
    cells = [[_error(p, truth), _log_loss(p, truth)] for p in told]
    (before, loss), (after, lower) = cells
    print(f"| {name} | {temperature:.2f} | {before:.4f} | {after:.4f} | {loss:.4f} | {lower:.4f} |")


def _error(probabilities: np.ndarray, truth: np.ndarray) -> float:
    right = probabilities.argmax(axis=1) == truth
    return float(calibration_error(probabilities.max(axis=1), right, np.ones((1, len(truth))))[0])


def _log_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    return float(-np.log(np.clip(probabilities[np.arange(len(truth)), truth], 1e-6, None)).mean())


def print_lesions(record: CalibrationRecord, tried: list[CaseEvidence], outline: str) -> None:
    """Print how often lesions are true that are said to be so with a probability of this size."""
    for region, fitted in record.lesions.get(outline, {}).items():
        lesions = PredictedLesions.joined([case.outlines[outline][region].lesions for case in tried])
        said = np.array(lesion_probabilities(fitted, lesions))
        print(f"Lesions of {region}: {len(said)} predicted, {lesions.true.mean():.2f} of them true")
        for low in (0.0, 0.25, 0.5, 0.75):
            here = (said >= low) & (said < low + 0.25 + 1e-9)
            if here.any():
                print(
                    f"  said {low:.2f} to {low + 0.25:.2f}: {here.sum()} lesions, {lesions.true[here].mean():.2f} true"
                )


def print_notice(run: btn.Run, training: Cohort, folder: Path) -> None:
    """Print how often images are said to be unlike those of the training: of the same generator, changed, of others."""
    sequences = run.config.sequences
    known = profile_inputs(
        (read_case(case, sequences)[0] for case in training if case.id in run.split.train), sequences
    )
    same = [read_case(case, sequences)[0] for case in phantoms(folder / "try", NOTICED, 13)]
    rng, some = np.random.default_rng(0), same[:CHANGED]
    found = {
        "of the same generator": same,
        "noise instead of images": [_change(one, lambda a: rng.normal(size=a.shape)) for one in some],
        "the same, contrast inverted": [_change(one, np.negative) for one in some],
        "slices of three voxels": [_change(one, lambda a: uniform_filter1d(a, 3, axis=2)) for one in some],
        "gamma 2": [_change(one, lambda a: (a - a.min() + 0.1) ** 2) for one in some],
        "noise of 0.3 SD added": [_change(one, lambda a: a + rng.normal(0, 0.3, a.shape)) for one in some],
        "only t1c and t2f of the same generator": [_without_others(one) for one in same],
    }
    for number in (2, 3):
        others = phantoms(folder / f"gen{number}", OF_OTHERS, 14, generator=number)
        read = [read_case(case, sequences)[0] for case in others]
        found[f"of generator {number}"] = read
        found[f"only t1c and t2f of generator {number}"] = [_without_others(one) for one in read]
    print("| Images | cases | flagged |\n|---|---|---|")
    for name, images in found.items():
        flagged = np.mean([bool(describe_unlike(one, sequences, known)) for one in images])
        print(f"| {name} | {len(images)} | {flagged:.0%} |")


def _change(images: CaseImages, change: Callable[[np.ndarray], np.ndarray]) -> CaseImages:
    return replace(images, image=np.stack([normalise(change(one), images.brain) for one in images.image]))


def _without_others(images: CaseImages) -> CaseImages:
    return replace(images, present=np.array([False, True, False, True]))


def prepare_cases(folder: Path, trial: Trial) -> tuple[Cohort, Cohort]:
    """Return the cases that calibrate, and those that are tried."""
    made = [
        phantoms(folder / "calibration", trial.calibration, 12, trial.heads, trial.generator),
        phantoms(folder / "try", trial.trial, 13, trial.heads, trial.generator),
    ]
    if trial.pathology:
        made = [Cohort(one.name, tuple(replace(case, pathology=trial.pathology) for case in one)) for one in made]
    return made[0], made[1]


def train_small(run: Path, training: Cohort) -> None:
    """Train the small network unless it is there."""
    if not (run / "report.json").exists():
        btn.train(ExperimentConfig.from_content(CONFIG, "benchmark"), training, run)


def main() -> None:
    """Do all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", choices=["default"], help="calibrate a copy of the model in the package")
    given = parser.parse_args()
    trial, run = (PACKAGE_MODEL, "default") if given.run else (SMALL_NETWORK, "bench")
    run = given.folder / "runs" / run
    if given.run:
        shutil.copytree(btn.Run("default").path, run, dirs_exist_ok=True)
    else:
        training = phantoms(given.folder / "train", TRAINING, 11)
        train_small(run, training)
    to_calibrate, to_try = prepare_cases(given.folder, trial)
    record = btn.calibrate(run, to_calibrate)
    tried = observe_all(run, to_try)
    print_coverage(record, tried, trial.outline)
    print_calibration_error(record, tried, trial)
    print_lesions(record, tried, trial.outline)
    if not given.run:
        print_notice(btn.Run(run), training, given.folder)


if __name__ == "__main__":
    main()
