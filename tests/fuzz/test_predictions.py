"""Predictions and score tables that came to harm are scored, compared and shown, or refused in one line."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.scores import Scores
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.inference.earlier_predictions import find_predicted
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.report.run_page import write_report
from braintumornet.results.retention import compare_arms
from braintumornet.statistics.compare import compare
from braintumornet.terminal import console
from braintumornet.terminal.compare_screen import show_comparison
from braintumornet.training.trainer import fit

from .damage import NASTY, damage_bytes, damage_file, damage_text
from .harness import end_of, fuzz, untouched


@dataclass(frozen=True)
class Made:
    """A run, its predictions of three cases, and their scores."""

    run: RunFolder
    cohort: Cohort
    predictions: Path
    scores: Path


@pytest.fixture(scope="module")
def made(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One step, one window per case."""
    content = tiny.model_dump(mode="json")
    content["training"] |= {"steps": 1}
    content["backbone"] |= {"blocks_down": [1], "blocks_up": [], "dropout": 0.0}
    content["data"] |= {"patch": [32, 32, 32]}
    folder, cohort = tmp_path_factory.mktemp("predicted"), Cohort("three", phantoms.cases[:3])
    content["tasks"][1]["classes"] = sorted({case.attributes["genotype"] for case in cohort})
    run = RunFolder(folder / "run")
    fit(ExperimentConfig.from_content(content, "fuzzed"), cohort, run)
    request = PredictionRequest(run.path, folder / "predictions")
    predict_cohort(Predictor.from_run(run.path), cohort, request, lambda case: None)
    evaluate_cohort(cohort, folder / "predictions").write(folder / "scores.csv")
    return Made(run, cohort, folder / "predictions", folder / "scores.csv")


def test_summaries(made: Made, tmp_path: Path) -> None:
    """One of three summaries, or one of the masks, is damaged."""
    place, page = tmp_path / "p", tmp_path / "page.html"

    def check(rng: np.random.Generator) -> str:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(made.predictions, place)
        files = sorted(place.glob("phantom*.json"))
        path = files[rng.integers(len(files))]
        if rng.random() < 0.8:
            damage_text(rng, path, json.loads, json.dumps)
        else:
            everything = sorted(place.glob("phantom*"))
            damage_file(rng, everything[rng.integers(len(everything))], everything[:1])
        match rng.integers(4):
            case 0:
                with untouched(place):
                    outcome = end_of(lambda: write_report(TrainedRun(made.run.path), page, made.cohort, place))
            case 1:
                outcome = end_of(lambda: find_predicted(PredictionRequest(made.run.path, place), made.cohort))
                if not outcome.refusal:
                    end_of(lambda: console.show_predictions(list(outcome.value.values())))
            case _:
                with untouched(place):
                    outcome = end_of(lambda: evaluate_cohort(made.cohort, place))
                if not outcome.refusal:
                    outcome.value.write(tmp_path / "scores.csv")
                    assert len(Scores.read(tmp_path / "scores.csv")) == len(outcome.value)
        return "refused" if outcome.refusal else "scored"

    words = fuzz("predictions", check, share=0.25)
    assert min(words["scored"], words["refused"]) > 0


def damage_table(rng: np.random.Generator, path: Path) -> None:
    """Change a cell, a row or a column of a CSV table, or its bytes."""
    rows = [line.split(",") for line in path.read_text(errors="replace").splitlines()]
    row, cell = rng.integers(len(rows)), rng.integers(len(rows[0]))
    match rng.integers(6):
        case 0:
            rows[row][min(cell, len(rows[row]) - 1)] = str(NASTY[rng.integers(len(NASTY))])
        case 1:
            rows = [[text for number, text in enumerate(line) if number != cell] for line in rows]
        case 2:
            rows.append(rows[row])
        case 3:
            rows[row] = rows[row][: cell + 1]
        case 4:
            rows = rows[:row]
        case _:
            path.write_bytes(damage_bytes(rng, path.read_bytes()))
            return
    path.write_text("\n".join(",".join(line) for line in rows), errors="surrogatepass")


def test_score_tables(made: Made, tmp_path: Path) -> None:
    """A table of one arm is damaged and compared with itself as it was."""
    path = tmp_path / "scores.csv"
    whole = {"tumour": Scores.read(made.scores)}

    def check(rng: np.random.Generator) -> str:
        shutil.copy(made.scores, path)
        damage_table(rng, path)
        with untouched(tmp_path):
            outcome = end_of(lambda: compare_arms(whole, {"arm": Scores.read(path)}))
        return "refused" if outcome.refusal else "compared"

    words = fuzz("score tables", check, share=0.25)
    assert min(words["compared"], words["refused"]) > 0


def test_tables_of_arms(tmp_path: Path) -> None:
    """What `btn compare` reads, from whatever tool."""
    path = tmp_path / "table.csv"
    rng = np.random.default_rng(1)
    lines = ["arm,split,seed,case_id,patient_id,task,structure,metric,value,note"]
    for arm in ("single", "multi"):
        for split in range(3):
            for case in range(4):
                lines.append(f"{arm},{split},0,c{split}{case},p{split}{case},tumour,WT,dice,{rng.random():.3f},")
    text = "\n".join(lines)

    def check(rng: np.random.Generator) -> str:
        path.write_text(text)
        damage_table(rng, path)
        with untouched(tmp_path):
            outcome = end_of(lambda: compare(Scores.read(path, needed=("arm",))))
            if not outcome.refusal:
                end_of(lambda: show_comparison(outcome.value))
        return "refused" if outcome.refusal else "compared"

    words = fuzz("tables of arms", check, share=0.25)
    assert min(words["compared"], words["refused"]) > 0
