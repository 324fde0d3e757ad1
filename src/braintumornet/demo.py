"""The story told by `btn demo`: does a second task help the first? From a study file to the page that answers."""

from pathlib import Path

from braintumornet.report.study.study_page import write_study_report
from braintumornet.results.collect_scores import write_tables
from braintumornet.results.study_result import read_result
from braintumornet.studies.execute import execute, jobs_to_do, run_here
from braintumornet.studies.reopen import plan_in
from braintumornet.studies.study_file import Study, load_study
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.studies.time_estimate import estimate_seconds
from braintumornet.terminal import console
from braintumornet.terminal.progress import training_progress
from braintumornet.terminal.study_screen import JobLines, show_plan, show_study


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
    execute(plan, place, run_here(training_progress), JobLines(len(left)).told)
    result = read_result(plan, place)
    write_tables(result.scores, place)
    show_study(result)
    write_study_report(result, place.page, place.tables)
    console.done("page, to open in a browser", place.page)
