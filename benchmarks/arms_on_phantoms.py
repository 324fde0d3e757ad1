"""The five arms of BrainTumorNet on a phantom hybrid cohort of the paper's imbalance, all scored on the same phantoms.

    python benchmarks/arms_on_phantoms.py FOLDER [--steps 600] [--set data.centres=foreground ...]

52 heads with gliomas and 12 with metastases train, at 2 mm, and 60 unseen ones of each are scored. What is in the
folder already is not made again, and a training that was stopped goes on, so the same command continues after a break.
A folder is one experiment: for other settings take another one.
"""

import argparse
import shutil
from pathlib import Path

from braintumornet.config import load_config
from braintumornet.core.case import Cohort
from braintumornet.core.manifest import read_manifest
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.run import RunFolder
from braintumornet.evaluation.arms import compare_arms
from braintumornet.evaluation.cohort import evaluate_cohort
from braintumornet.evaluation.question import Question
from braintumornet.evaluation.table import Score, write_scores
from braintumornet.inference.cohort import predict_cohort
from braintumornet.inference.predictor import Predictor
from braintumornet.phantom.cohort import write_phantoms
from braintumornet.phantom.head import shape_for_head
from braintumornet.phantom.settings import PhantomSettings, parse_mix
from braintumornet.report.arms_screen import show_retention
from braintumornet.report.progress import case_progress, quiet_libraries, training_progress
from braintumornet.training.trainer import fit

ARMS = ("hgg", "mets", "joint", "finetuned", "")  # in an order in which what one starts from is there
NAMES = {"joint": "single-task joint", "hgg": "transfer as is", "finetuned": "transfer fine-tuned", "": "multi-task"}


def phantoms(folder: Path, name: str, kind: str, cases: int, seed: int, spacing_mm: float) -> Cohort:
    """Return a cohort of heads of one kind, which is made first where it is missing; its table is written last."""
    if not (folder / name / "cohort.csv").is_file():
        settings = PhantomSettings(
            shape=shape_for_head(spacing_mm), spacing_mm=(spacing_mm,) * 3, mix=parse_mix(f"{kind}=1")
        )
        write_phantoms(folder / name, settings, cases, seed, name)
    return read_manifest(folder / name / "cohort.csv")


def train(arm: str, cohort: Cohort, folder: Path, overrides: list[str]) -> RunFolder:
    """Train an arm on what of the cohort it can use, or go on with it, or take it as it is finished."""
    run = RunFolder(folder / "runs" / (arm or "multi"))
    config = load_config("_".join(filter(None, ("braintumornet_small", arm))), overrides)
    if run.config.is_file() and not run.state.is_file():  # stopped before anything was saved
        shutil.rmtree(run.path)
    if not run.model.is_file():
        with training_progress(f"Training, {arm or 'multi'}") as bars:
            fit(config, cohort, run, resume=run.state.is_file(), reading=bars.read, progress=bars.step)
    return run


def score(run: RunFolder, unseen: Cohort, folder: Path) -> list[Score]:
    """Predict the cases that are not predicted yet, and score all of them on every task."""
    place = PredictionFolder(folder / "predictions" / run.path.name)
    left = unseen.select(lambda case: not place.summary(case.id).is_file())
    with case_progress(f"Predicting, {run.path.name}", len(left)) as advance:
        predict_cohort(Predictor.from_run(run.path), left, place.path, probabilities=False, advance=advance)
    questions = [Question.of(task.name, task.about()) for task in load_config("braintumornet_small").tasks]
    scores = evaluate_cohort(unseen, place.path, questions)
    write_scores(scores, folder / f"scores_{run.path.name}.csv")
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--training", type=int, nargs=2, default=(52, 12), help="heads with gliomas and metastases")
    parser.add_argument("--unseen", type=int, default=60, help="of each")
    parser.add_argument("--spacing", type=float, default=2.0, help="mm")
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE for the configuration of every arm")
    wanted = parser.parse_args()
    sizes = dict(zip(("hgg", "mets"), wanted.training, strict=True))
    known = [phantoms(wanted.folder, f"train-{k}", k, n, 1, wanted.spacing) for k, n in sizes.items()]
    unseen = [phantoms(wanted.folder, f"unseen-{k}", k, wanted.unseen, 2, wanted.spacing) for k in sizes]
    cohort = Cohort("hybrid", tuple(case for part in known for case in part))
    others = Cohort("unseen", tuple(case for part in unseen for case in part))
    with quiet_libraries():
        overrides = [f"training.steps={wanted.steps}", *wanted.set]
        source = [f"transfer.run={wanted.folder}/runs/hgg", f"transfer.warm_up_steps={wanted.steps // 6}"]
        scores = {}
        for arm in ARMS:
            run = train(arm, cohort, wanted.folder, [*overrides, *(source if arm == "finetuned" else [])])
            scores[arm] = score(run, others, wanted.folder)
    own = {kind: scores[kind] for kind in sizes}
    print("Phantoms: nothing measured on them says how well patients are segmented.")
    show_retention(compare_arms(own, {name: scores[arm] for arm, name in NAMES.items()}))


if __name__ == "__main__":
    main()
