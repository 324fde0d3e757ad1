"""The story told by `btn demo`: does a second task help the first, on cases that nobody has seen?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from braintumornet.config import ExperimentConfig, load_config, parse_config
from braintumornet.core.case import Case, Cohort
from braintumornet.core.coding import region_masks
from braintumornet.core.errors import UsageError
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.run import RunFolder
from braintumornet.evaluation.cohort import evaluate_cohort
from braintumornet.evaluation.table import Score, write_scores
from braintumornet.inference.cohort import predict_cohort
from braintumornet.inference.predictor import Predictor
from braintumornet.phantom.cohort import write_phantoms
from braintumornet.phantom.settings import GenotypeMix, PhantomSettings
from braintumornet.report import console
from braintumornet.report.figures import Overlay, draw_overlays
from braintumornet.report.progress import case_progress, training_progress
from braintumornet.training.trainer import fit
from braintumornet.volumes.nifti import read_labels, read_volume

TRAINING_CASES, TEST_CASES = 120, 30
HEAD = PhantomSettings(
    shape=(48, 48, 48),
    spacing_mm=(3.4, 3.4, 3.4),
    genotype_signal=3.0,  # exaggerated, so that minutes of training show it
    unlabelled_genotype_fraction=0.2,
    genotype_mix=GenotypeMix(fusion=0.45, v600e=0.21, other=0.34),  # so that few cases hold some of each
)
SHOWN_CASES = 3
REGIONS = ("WT", "TC", "ET")


def run_demo(
    folder: Path, steps: int | None = None, training_cases: int = TRAINING_CASES, test_cases: int = TEST_CASES
) -> None:
    """Make phantoms, train a single-task and a multi-task network, score both on unseen phantoms, draw them.

    Args:
        folder: for everything that is made; must not hold a demo yet.
        steps: of each training; default as in the shipped configuration.
        training_cases: how many heads both networks learn from.
        test_cases: how many unseen heads they are scored on.

    Raises:
        UsageError: the folder holds a demo already.
    """
    if (folder / "phantoms").exists():
        msg = f"{folder} holds a demo already; choose another folder with --output or remove it"
        raise UsageError(msg)
    console.say(f"Making {training_cases + test_cases} synthetic heads, each with one tumour of a known genotype ...")
    train = write_phantoms(folder / "phantoms" / "train", HEAD, training_cases, seed=1, name="phantom-train")
    test = write_phantoms(folder / "phantoms" / "test", HEAD, test_cases, seed=2, name="phantom-test")
    arms = demo_arms([] if steps is None else [f"training.steps={steps}"])
    scores = {arm: run_arm(arm, config, train, test, folder) for arm, config in arms.items()}
    picture = folder / "demo.png"
    draw_demo(test.cases[:SHOWN_CASES], folder, scores, picture)
    console.show_arms(scores, f"{test_cases} unseen synthetic cases")
    console.done("scores", folder / "scores_*.csv")
    console.done("picture", picture)


def demo_arms(overrides: Sequence[str]) -> dict[str, ExperimentConfig]:
    """Return the shipped demo configuration, and the same without the genotype."""
    multi = load_config("demo", overrides)
    content = multi.model_dump(mode="json", exclude={"weighting"})
    single = parse_config({**content, "tasks": content["tasks"][:1]}, "demo, single-task")
    return {"single-task": single, "multi-task": multi}


def run_arm(arm: str, config: ExperimentConfig, train: Cohort, test: Cohort, folder: Path) -> list[Score]:
    """Train, predict and score one arm."""
    run = folder / "runs" / arm
    with training_progress(f"Training, {arm}") as bars:
        fit(config, train, RunFolder(run), reading=bars.read, progress=bars.step)
    predictions = folder / "predictions" / arm
    with case_progress(f"Predicting, {arm}", len(test)) as advance:
        predict_cohort(Predictor.from_run(run), test, predictions, probabilities=False, advance=advance)
    scores = evaluate_cohort(test, predictions)
    write_scores(scores, folder / f"scores_{arm}.csv")
    return scores


def draw_demo(cases: Sequence[Case], folder: Path, scores: Mapping[str, Sequence[Score]], picture: Path) -> None:
    """Draw truth and both answers for a few cases."""
    overlays = []
    for case in cases:
        image = read_volume(case.images["t2f"])
        masks = {"truth": _regions(case.targets["seg"])}
        captions = {"truth": f"genotype {case.value('genotype') or 'not known'}"}
        for arm, rows in scores.items():
            predictions = PredictionFolder(folder / "predictions" / arm)
            masks[arm] = _regions(predictions.labels(case.id, "tumour"))
            dice = {s.structure: s.value for s in rows if s.case_id == case.id and s.metric == "dice"}
            captions[arm] = "Dice " + ", ".join(f"{region} {dice[region]:.2f}" for region in REGIONS)
        overlays.append(Overlay(case.id, image.array, masks, captions, image.space.spacing_mm))
    draw_overlays(overlays, picture, "Synthetic heads (phantoms), FLAIR, unseen in training")


def _regions(path: Path) -> dict[str, np.ndarray]:
    return dict(zip(REGIONS, region_masks(read_labels(path).array, "brats2023", REGIONS), strict=True))
