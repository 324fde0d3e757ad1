"""The story told by `btn demo`: does a second task help the first? From a study file to the page that answers."""

from pathlib import Path

from braintumornet.api.study import run_jobs
from braintumornet.report.study.study_page import write_study_report
from braintumornet.studies.reopen_study import plan_in
from braintumornet.studies.run_jobs import jobs_to_do
from braintumornet.studies.study_file import Study, load_study
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.studies.time_estimate import estimate_seconds
from braintumornet.terminal import console
from braintumornet.terminal.study_screen import show_plan, show_study


def run_demo(folder: Path, study: Study | None = None) -> None:
    """Make phantoms, train a single-task and a multi-task network on two splits, compare them, write the page.

    What is there already is not made again, so that a demo that was stopped goes on.

    Args:
        folder: for everything that is made.
        study: default the shipped one.

    Raises:
        UsageError: the folder holds another study.
    """
    place, study = StudyFolder(folder), study or load_study("study_demo")
    heads = sum(cohort.cases for cohort in study.phantoms.values())
    console.say(f"Making {heads} synthetic heads, each with one tumour of a known genotype ...")
    plan = plan_in(study, place)
    left = jobs_to_do(plan, place)
    show_plan(plan, left, estimate_seconds(left, plan, place))
    result = run_jobs(plan, place, left)
    show_study(result)
    write_study_report(result, place.page, place.tables)
    console.done("page, to open in a browser", place.page)
