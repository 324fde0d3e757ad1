"""Commands that score predictions, compare and report."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Cohorts, Json, app, end_with, parse_pairs
from braintumornet.cli.engine import Address, Engine, EngineName, chosen_cluster, require_place
from braintumornet.cli.score_options import (
    Further,
    Heads,
    Jobs,
    Labelled,
    LabelScheme,
    Lesions,
    MaskRegions,
    MaskTask,
    Metrics,
    OnlyCases,
    Output,
    Predicted,
    PredictedByRun,
    Split,
    Target,
    TasksOf,
    Tolerance,
)
from braintumornet.core.text.errors import UsageError, require

if TYPE_CHECKING:
    from braintumornet.core.cohort.case import Case
    from braintumornet.core.scores import Scores
    from braintumornet.core.workers.failures import CaseFailure


@app.command(epilog="Example:  btn evaluate cohort.csv predictions --output scores.csv --lesions brats2023-gli")
def evaluate(
    cohort: Labelled,
    predictions: Predicted,
    output: Output = Path("scores.csv"),
    split: Split = None,
    case: OnlyCases = None,
    further: Further = None,
    tasks: TasksOf = None,
    heads: Heads = None,
    lesions: Lesions = None,
    tolerance: Tolerance = 1.0,
    metrics: Metrics = None,
    label_scheme: LabelScheme = None,
    task: MaskTask = None,
    region: MaskRegions = None,
    target: Target = None,
    jobs: Jobs = None,
    engine: Engine = EngineName.LOCAL,
    address: Address = None,
    json: Json = False,
) -> None:
    """Score masks per case, region and lesion, and markers; also masks of other tools. Exit code 1 if a case failed."""
    from braintumornet.api.predictions import Predictions, read_questions
    from braintumornet.core.workers.failures import despite_failures
    from braintumornet.evaluation.external_masks import read_mask_options
    from braintumornet.layouts.choose_cases import choose_cases, load_cohorts
    from braintumornet.scoring.score_settings import parse_settings

    require_place(engine, address, jobs)
    masks = read_mask_options(label_scheme, task, region, target, tasks, heads)
    chosen, everybody = parse_pairs(heads or [], "--head", "TASK=HEAD"), load_cohorts([cohort, *(further or [])])
    questions = None if tasks is None else read_questions(tasks, everybody)
    settings, cases = parse_settings(tolerance, lesions, metrics or ()), choose_cases(everybody, split, case)
    _require_free(output, [cohort, *(further or [])], everybody, predictions, [tasks] if tasks else [])
    with chosen_cluster(engine, address, hidden=json) as cluster:
        work = partial(Predictions(predictions).evaluate, tasks=questions, heads=chosen, settings=settings, masks=masks)
        scores, failures = despite_failures(partial(work, cases, jobs=cluster or jobs, progress=not json))
    _write_scores(scores, failures, output, json)


def _require_free(
    output: Path,
    tables: Sequence[Path],
    cases: "Iterable[Case]",
    predictions: Path | None,
    others: Iterable[str] = (),
) -> None:
    """Refuse an output that cannot be written, or that is one of the files which are read."""
    from braintumornet.cli.inputs import files_read, require_not_read
    from braintumornet.core.files.atomic_write import require_writable
    from braintumornet.core.prediction import PredictionFolder

    require_writable(output)
    predicted = PredictionFolder(predictions).files() if predictions else ()
    require_not_read([output], [*map(Path, others), *files_read(tables, cases), *predicted])


def _write_scores(scores: "Scores", failures: "Sequence[CaseFailure]", output: Path, json: bool) -> None:
    from braintumornet.terminal import console
    from braintumornet.terminal.score_screen import print_scores_json, show_scores

    scores.write(output)
    if json:
        print_scores_json(scores, failures)
    else:
        show_scores(scores)
        console.done(f"{len(scores)} scores", output)
    end_with(failures)


@app.command(epilog="Example:  btn retention multi=multi.csv --single-task hgg=hgg.csv --single-task mets=mets.csv")
def retention(
    tables: Annotated[list[str], typer.Argument(metavar="NAME=SCORES...", help="Arms, each with its table of scores.")],
    own: Annotated[
        list[str],
        typer.Option(
            "--single-task", help="TASK=SCORES: scores of the network trained for that task alone; one per task."
        ),
    ],
    json: Json = False,
) -> None:
    """Show what shared training costs or gains: change in Dice against single-task networks on the same cases."""
    from braintumornet.core.scores import Scores
    from braintumornet.results.retention import compare_arms
    from braintumornet.terminal.retention_screen import print_retention_json, show_retention

    own_of, table_of = parse_pairs(own, "--single-task", "TASK=SCORES"), parse_pairs(tables, "arm", "NAME=SCORES")
    alone = {task: Scores.read(Path(path)) for task, path in own_of.items()}
    others = {arm: Scores.read(Path(path)) for arm, path in table_of.items()}
    rows = compare_arms(alone, others)
    if json:
        print_retention_json(rows)
    else:
        show_retention(rows)


@app.command(epilog="Example:  btn compare scores.csv --baseline single-task --test-share 15/70")
def compare(
    table: Annotated[
        Path, typer.Argument(help="CSV with arm, value and any of split, seed, case_id, task, metric ...")
    ],
    metric: Annotated[
        str | None, typer.Option(help="Metric to compare; default: dice, or the only one in the table.")
    ] = None,
    baseline: Annotated[str | None, typer.Option(help="The arm to compare with; default: the table's first.")] = None,
    test_share: Annotated[
        str | None,
        typer.Option(
            metavar="TEST/TRAIN",
            help="Ratio of test to training patients in a split; default: as in the table, or 15/70.",
        ),
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="Equivalence margin: also test whether the arms differ by less than this.")
    ] = None,
    better: Annotated[str | None, typer.Option(help="For an unknown metric: which is better, higher or lower.")] = None,
    json: Json = False,
) -> None:
    """Compare arms on the same splits and patients: effects, intervals, verdicts, minimum detectable effects."""
    from braintumornet.api.comparison import compare as compare_arms
    from braintumornet.api.scores import Scores
    from braintumornet.statistics.comparison_settings import parse_better, parse_test_share
    from braintumornet.terminal.compare_screen import print_comparison_json, show_comparison

    share = None if test_share is None else parse_test_share(test_share)
    direction = None if better is None else parse_better(better)
    scores = Scores.read(table, needed=("arm",))
    comparison = compare_arms(
        scores, metric=metric, baseline=baseline, test_share=share, margin=margin, better=direction
    )
    if json:
        print_comparison_json(comparison)
    else:
        show_comparison(comparison)


@app.command(epilog="Example:  btn report runs/glioma --cohort cohort.csv --predictions predictions")
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a run or of a study.")],
    cohort: Cohorts = None,
    predictions: PredictedByRun = None,
    output: Annotated[Path | None, typer.Option(help="Page to write; default: report.html in the folder.")] = None,
    metrics: Metrics = None,
) -> None:
    """Write one HTML page about a study, or about a run (with a cohort and predictions, also scores and pictures)."""
    from braintumornet.api.predictions import Predictions
    from braintumornet.api.run import Run
    from braintumornet.layouts.choose_cases import load_cohorts
    from braintumornet.report.study.study_page import write_study_report
    from braintumornet.results.study_result import read_result
    from braintumornet.scoring.score_settings import parse_settings
    from braintumornet.studies.read_study import reopen
    from braintumornet.studies.study_folder import StudyFolder
    from braintumornet.terminal import console
    from braintumornet.terminal.progress import quiet_libraries
    from braintumornet.terminal.screen import screen

    study = StudyFolder(folder)
    is_study = study.plan.is_file()
    _require_together(is_study, folder, {"--cohort": cohort, "--predictions": predictions, "--metric": metrics})
    settings = parse_settings(1.0, None, metrics or ())
    run = None if is_study else Run(folder).require_complete()
    files = study if run is None else run.folder
    page = output or study.page if run is None else run.report_page(output)
    cases = load_cohorts(cohort) if cohort else None
    _require_free(page, cohort or (), cases or (), predictions, map(str, files.files()))
    failures: Sequence[CaseFailure] = ()
    with quiet_libraries(), screen.status("Writing the page"):
        if run is None:
            write_study_report(read_result(reopen(study), study), page, study.tables)
        else:
            failures = run.write_report(page, cases, Predictions(predictions) if predictions else None, settings)
    console.done("page", page)
    if run is None:
        console.done("its tables", study.tables)
    end_with(failures)


def _require_together(is_study: bool, folder: Path, given: Mapping[str, object]) -> None:
    """Refuse options of which one alone, or all for a study, would be of no use."""
    cohort, predictions, metrics = given.values()
    if is_study and (cohort or predictions):
        what = "--cohort" if cohort else "--predictions"
        msg = f"{folder} is a study, which knows its cases and predictions; report on it without {what}"
        raise UsageError(msg)
    if bool(predictions) != bool(cohort):
        what, missing = ("--cohort", "--predictions") if cohort else ("--predictions", "--cohort")
        msg = f"{what} is given without {missing}; scores need both, and without scores neither is used"
        raise UsageError(msg)
    require(
        predictions or not metrics,
        "--metric is given without --cohort and --predictions, and a page without scores has none",
        UsageError,
    )
