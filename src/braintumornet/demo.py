"""The story told by `btn demo`: one examination to its page; then whether a second task helps the first."""

from pathlib import Path

from braintumornet.api.predict import predict
from braintumornet.api.study import run_jobs
from braintumornet.core.prediction import PredictionFolder
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.report.study.study_page import write_study_report
from braintumornet.studies.read_study import load_study, plan_in
from braintumornet.studies.run_jobs import jobs_to_do
from braintumornet.studies.study_file import Study
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.studies.time_estimate import estimate_seconds
from braintumornet.terminal import console
from braintumornet.terminal.study_screen import show_plan, show_study

GENERATOR = 3
"""Makes the examination: the model in the package learned from heads of another generator."""

SEED = 3  # of a tumour that shows all that there is to see

HEAD = PhantomSettings(shape=(162, 192, 162), spacing_mm=(1.0, 1.0, 1.0), mix=Mix(hgg=1))


def run_demo(folder: Path, study: Study | None = None, head: PhantomSettings = HEAD) -> None:
    """Predict a phantom with the model in the package, then train and compare single-task and multi-task networks.

    What is there already is not made again, so that a demo that was stopped goes on.

    Args:
        folder: for everything that is made.
        study: default the shipped one.
        head: the examination that is predicted.

    Raises:
        UsageError: the folder holds another study.
    """
    place, study = StudyFolder(folder), study or load_study("study_demo")
    predict_phantom(folder / "examination", head)
    heads = sum(cohort.cases for cohort in study.phantoms.values())
    console.say(f"Making {heads} synthetic heads, each with one tumour of a known genotype ...")
    plan = plan_in(study, place)
    left = jobs_to_do(plan, place)
    show_plan(plan, left, estimate_seconds(left, plan, place))
    result = run_jobs(plan, place, left)
    show_study(result)
    write_study_report(result, place.page, place.tables)
    console.done("page, to open in a browser", place.page)


def predict_phantom(folder: Path, head: PhantomSettings) -> None:
    """Make one synthetic examination, and let the model in the package outline its tumour.

    Args:
        folder: gets the images and, in `predictions`, what was found.
        head: the examination.
    """
    console.say("The model in the package, trained on no patient, outlines a synthetic glioma ...")
    cohort = write_phantoms(folder, head, cases=1, seed=SEED, generator=GENERATOR)
    predictions = predict(cohort, folder=folder / "predictions", progress=False, overwrite=True)
    console.show_predictions(list(predictions))
    console.done("its page, to open in a browser", PredictionFolder(folder / "predictions").page(cohort.cases[0].id))
