"""Does the network learn a genotype that shows, and does it stay honest about one that does not?

Trains the demo's network on 160 phantoms and asks it about 100 unseen ones: minutes, so it runs with `make test-slow`.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from braintumornet.config import load_config
from braintumornet.core.run_folder import RunFolder
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.phantom.phantom_settings import GenotypeMix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.training.trainer import fit

pytestmark = pytest.mark.slow

HEAD = PhantomSettings(
    shape=(48, 48, 48),
    spacing_mm=(3.4, 3.4, 3.4),
    unlabelled_genotype_fraction=0.2,
    genotype_mix=GenotypeMix(fusion=0.45, v600e=0.21, other=0.34),
)


@dataclass(frozen=True)
class Found:
    """Macro AUC with its 95 % interval, and the mean Dice of the whole tumour."""

    auc: float
    low: float
    high: float
    dice: float


def learn(folder: Path, signal: float) -> Found:
    """Train, predict, score; a fifth of the training cases have no genotype."""
    partly = HEAD.model_copy(update={"genotype_signal": signal})
    head = partly.model_copy(update={"unlabelled_genotype_fraction": 0.0})
    train = write_phantoms(folder / "train", partly, cases=160, seed=11, name="train")
    unseen = write_phantoms(folder / "unseen", head, cases=100, seed=12, name="unseen")
    fit(load_config("demo", ["weighting.weights.genotype=1.0"]), train, RunFolder(folder / "run"))
    predictor = Predictor.from_run(folder / "run")
    predict_cohort(predictor, unseen, PredictionRequest(folder / "run", folder / "predictions"), lambda case: None)
    scores = evaluate_cohort(unseen, folder / "predictions")
    macro = {score.metric: score.value for score in scores if score.structure == "macro"}
    dice = [score.value for score in scores if (score.structure, score.metric) == ("WT", "dice")]
    found = Found(macro["auc"], macro["auc_low"], macro["auc_high"], sum(dice) / len(dice))
    print(f"phantoms, signal {signal:g}: {found}")  # noqa: T201  (shown by pytest -s)
    return found


def test_a_genotype_that_shows_is_learned(tmp_path: Path) -> None:
    found = learn(tmp_path, signal=3)
    assert found.low > 0.6
    assert found.dice > 0.6


def test_a_genotype_that_does_not_show_is_not(tmp_path: Path) -> None:
    found = learn(tmp_path, signal=0)
    assert found.low < 0.5  # not above it; below it would be chance
    assert found.dice > 0.6
