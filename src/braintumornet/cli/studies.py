"""Commands that run studies."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Cohorts, Json, advising, app, parse_pairs
from braintumornet.cli.engine import Address, Cpus, Engine, EngineName, Gpus, chosen_cluster, require_ray

if TYPE_CHECKING:
    from braintumornet.studies.plan import Job, Plan
    from braintumornet.studies.study_file import Study
    from braintumornet.studies.study_folder import StudyFolder

StudyFile = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or the name of a shipped one.")]
Folder = Annotated[Path, typer.Option("--study", help="Folder of the study.")]
External = Annotated[
    list[str] | None,
    typer.Option("--external", help="NAME=TABLE: a fixed cohort that every network also predicts; may be repeated."),
]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="KEY=VALUE, such as splits.repeats=3; may be repeated.")
]
OnlyPlan = Annotated[bool, typer.Option("--plan", help="Only show what would be run, and about how long it takes.")]


@app.command(epilog="Example:  btn study study_plgg_small --study studies/plgg")
def study(
    file: StudyFile,
    folder: Folder,
    cohort: Cohorts = None,
    external: External = None,
    overrides: Overrides = None,
    plan: OnlyPlan = False,
    engine: Engine = EngineName.LOCAL,
    address: Address = None,
    cpus: Cpus = None,
    gpus: Gpus = None,
    json: Json = False,
) -> None:
    """Run what remains of a study: arms over repeated splits; a study that was stopped is resumed.

    A study that is done can be given another cohort with --external: its networks predict it, none is trained again.
    """
    from braintumornet.api.study import run_jobs
    from braintumornet.report.study.study_page import write_study_report
    from braintumornet.studies.study_folder import StudyFolder
    from braintumornet.terminal import console
    from braintumornet.terminal.progress import quiet_libraries
    from braintumornet.terminal.study_screen import print_study_json, show_study

    require_ray(engine, address=address, cpus=cpus, gpus=gpus)
    place = StudyFolder(folder)
    settings = _read_study(file, overrides or [], cohort or (), external or [], place)
    with advising(lambda: "the same command goes on"), quiet_libraries():
        planned, left = _plan(settings, place, hidden=json, alone=plan)
        if plan:
            return
        with chosen_cluster(engine, address, hidden=json) as cluster:
            result = run_jobs(planned, place, left, cluster=cluster, cpus=cpus or 1, gpus=gpus, progress=not json)
    done = sum(state == "done" for state in result.states.values())
    if json:
        print_study_json(result)
    else:
        show_study(result)
        console.done(f"{done} of {len(planned.jobs)} jobs", folder)
        if place.page.is_file():
            write_study_report(result, place.page, place.tables)
            console.done("page, made anew", place.page)
    if done < len(planned.jobs):
        raise typer.Exit(1)


def _read_study(
    file: str, overrides: Sequence[str], cohorts: Sequence[Path], external: list[str], place: "StudyFolder"
) -> "Study":
    """Return the study with the tables of the command line, none of which is written over."""
    from braintumornet.cli.inputs import require_not_read, table_files
    from braintumornet.studies.read_study import load_study
    from braintumornet.studies.study_cohorts import name_tables

    tables = {name: Path(table) for name, table in parse_pairs(external, "--external", "NAME=TABLE").items()}
    settings = name_tables(load_study(file, overrides), cohorts, tables)
    made = [*place.path.glob("*.csv"), *(() if place.plan.is_file() else (place.study,))]  # a begun one stays as it is
    require_not_read(made, [Path(file), *table_files([*settings.cohorts, *settings.external.values()])])
    return settings


def _plan(settings: "Study", place: "StudyFolder", hidden: bool, alone: bool) -> "tuple[Plan, list[Job]]":
    """Return the plan and the jobs that are left, and show both; hidden, as JSON if that is all that is to be done."""
    from braintumornet.studies.read_study import plan_in
    from braintumornet.studies.run_jobs import describe_plan, jobs_to_do
    from braintumornet.studies.time_estimate import estimate_seconds
    from braintumornet.terminal import console
    from braintumornet.terminal.screen import screen
    from braintumornet.terminal.study_screen import show_plan

    with screen.status("Reading the cohorts"):
        planned = plan_in(settings, place)
    left = jobs_to_do(planned, place)
    if not hidden:
        show_plan(planned, left, estimate_seconds(left, planned, place))
    elif alone:
        console.print_json({**describe_plan(planned), "to_run": [job.name for job in left]})
    return planned, left
