"""The command line: each command parses, calls, writes, and shows one screen.

Nothing heavy is imported here; each command imports what it calls, so that `--help` answers at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from braintumornet import __version__
from braintumornet.core.errors import BrainTumorNetError, UsageError

app = typer.Typer(
    help="Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Cohorts = Annotated[list[Path] | None, typer.Option("--cohort", help="Table of cases; may be given several times.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.callback()
def _settings(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    _Debug.on = debug
    if version:
        typer.echo(f"braintumornet {__version__}")
        raise typer.Exit


class _Debug:
    on = False


@app.command(epilog="Example:  btn demo")
def demo(
    output: Annotated[Path, typer.Option(help="Folder for everything that the demo makes.")] = Path("demo"),
    steps: Annotated[int | None, typer.Option(min=1, help="Training steps of each network.")] = None,
) -> None:
    """The whole story on synthetic cases: one task against two, in five to nine minutes."""
    from braintumornet.demo import run_demo
    from braintumornet.report.progress import quiet_libraries

    with quiet_libraries():
        run_demo(output, steps)


@app.command(epilog="Example:  btn phantom phantoms --cases 40 --mix hgg=0.6,mets=0.2,plgg=0.2 --spacing 2")
def phantom(
    output: Annotated[Path, typer.Argument(help="New folder for the cohort.")],
    cases: Annotated[int, typer.Option(min=1, help="How many.")] = 40,
    mix: Annotated[
        str, typer.Option(help="Shares of hgg, mets, plgg and healthy heads; they sum to 1.")
    ] = "hgg=0.6,mets=0.2,plgg=0.2",
    spacing: Annotated[float, typer.Option(min=0.5, help="Voxel size in mm.")] = 1.0,
    size: Annotated[
        int | None,
        typer.Option(min=24, help="Voxels along each axis; default: as a head needs; in fewer, heads are smaller."),
    ] = None,
    signal: Annotated[float, typer.Option(min=0, max=4, help="How much the genotype of plgg shows.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same cases.")] = 0,
    name: Annotated[
        str, typer.Option(help="Of the cohort; case ids begin with it, so that cohorts can be trained on together.")
    ] = "phantom",
    raw: Annotated[
        bool, typer.Option("--raw", help="With skull, each sequence on its own grid and moved, to try preparation on.")
    ] = False,
) -> None:
    """Write a labelled synthetic cohort: four sequences, mask, brain mask; genotype, age, sex, site."""
    from braintumornet.phantom.cohort import write_phantoms
    from braintumornet.phantom.head import shape_for_head
    from braintumornet.phantom.settings import PhantomSettings, parse_mix
    from braintumornet.report import console

    shape = shape_for_head(spacing, skull=raw) if size is None else (size, size, size)
    settings = PhantomSettings(shape=shape, spacing_mm=(spacing,) * 3, mix=parse_mix(mix), genotype_signal=signal)
    cohort = write_phantoms(output, settings, cases, seed, name, raw=raw)
    console.done(f"{len(cohort)} synthetic cases", output / "cohort.csv")


@app.command("import", epilog="Example:  btn import BraTS2023 --output cohort.csv")
def import_(
    folder: Annotated[Path, typer.Argument(help="Where the cases lie.")],
    output: Annotated[Path, typer.Option(help="The table to write.")] = Path("cohort.csv"),
    layout: Annotated[str | None, typer.Option(help="How they lie there: brats or table; default: find out.")] = None,
    coding: Annotated[
        str | None,
        typer.Option(help="What the masks' labels mean: brats2013, brats2020, brats2023, ... or JSON."),
    ] = None,
    pathology: Annotated[str | None, typer.Option(help="Fills the column of this name, such as hgg.")] = None,
) -> None:
    """Make the table of a cohort from a folder of cases."""
    from dataclasses import replace

    from braintumornet.core.case import Cohort
    from braintumornet.core.manifest import write_manifest
    from braintumornet.layouts.read import read_cohort
    from braintumornet.report import console

    cohort = read_cohort(folder, layout, coding)
    if pathology is not None:
        cohort = Cohort(cohort.name, tuple(replace(case, pathology=pathology) for case in cohort))
    write_manifest(cohort, output)
    console.show_cohort(cohort)
    console.done(f"{len(cohort)} cases", output)


@app.command(epilog="Example:  btn check cohort.csv --html check.html")
def check(
    cohort: Annotated[Path, typer.Argument(help="Table of cases, or the folder of a cohort.csv.")],
    html: Annotated[Path | None, typer.Option(help="Also write a page with pictures of every case.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Cases at once; default: one per core. Fewer where memory is short.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with the data, per case; exit code 1 if training would fail or learn what is wrong."""
    from braintumornet.core.files import require_writable
    from braintumornet.core.table import read_table
    from braintumornet.data.check.check import check_table, plan_check
    from braintumornet.data.check.findings import Severity
    from braintumornet.report import console
    from braintumornet.report.check_page import write_check_page
    from braintumornet.report.check_screen import print_check_json, show_check
    from braintumornet.report.progress import case_progress

    table = read_table(cohort)
    if html is not None:
        require_writable(html)
    with case_progress("Checking", len(table.lines), hidden=json) as advance:
        report = check_table(table, plan_check(table, jobs), pictures=html is not None, advance=advance)
    if html is not None:
        write_check_page(report, html)
    if json:
        print_check_json(report)
    else:
        show_check(report)
        if html is not None:
            console.done("page", html)
    if report.count(Severity.ERROR):
        raise typer.Exit(1)


@app.command(epilog="Example:  btn train glioma_small --cohort cohort.csv --run runs/glioma")
def train(
    config: Annotated[str, typer.Argument(help="A configuration file, or the name of a shipped one.")],
    run: Annotated[Path, typer.Option(help="Folder of the run.")],
    cohort: Cohorts = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, such as training.steps=2000; several times.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="Case to keep for testing; all others train. Several times.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
) -> None:
    """Train one network on one or several cohorts."""
    from braintumornet.config import load_config
    from braintumornet.core.run import RunFolder
    from braintumornet.layouts.choose import leave_cases_out, load_cohorts
    from braintumornet.report import console
    from braintumornet.report.progress import quiet_libraries, training_progress
    from braintumornet.report.transfer_screen import show_origin
    from braintumornet.training.preflight import find_confounding
    from braintumornet.training.trainer import fit

    settings = load_config(config, overrides or [])
    cases = load_cohorts(cohort or list(settings.cohorts))
    cases = leave_cases_out(cases, leave_out) if leave_out else cases
    for text in find_confounding(settings, cases):
        console.warn(text)
    with quiet_libraries(), training_progress() as bars:
        result = fit(
            settings,
            cases,
            RunFolder(run),
            resume=resume,
            reading=bars.read,
            progress=bars.step,
            starting=lambda origin: show_origin(origin, settings.transfer) if settings.transfer else None,
        )
    best = "" if result.best is None else f", best validation score {result.best:.3f}"
    console.show_drawn(result.drawn, settings.data.draw.over)
    console.done(f"{result.steps} steps{best}", run)


@app.command(
    "import-deepmedic", epilog="Example:  btn import-deepmedic model.ckpt --model modelConfig.cfg --run runs/dm"
)
def import_deepmedic_(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint of DeepMedic 0.8 (TensorFlow), such as model.ckpt.")],
    model: Annotated[Path, typer.Option(help="The modelConfig.cfg that it was made with.")],
    run: Annotated[Path, typer.Option(help="Folder of the run to write.")],
    sequences: Annotated[
        str | None, typer.Option(help="Its channels in order, such as t1c,t2f; default t2f,t1c,t1n,t2w.")
    ] = None,
    coding: Annotated[
        str | None, typer.Option(help="What its classes mean: brats2013, brats2023, ... or JSON, class -> tissue.")
    ] = None,
    orientation: Annotated[
        str, typer.Option(help="How the files lay that it was trained on, such as LPS for those of BraTS.")
    ] = "RAS",
) -> None:
    """Make a run from a network of the original DeepMedic; nothing of its files is executed."""
    from braintumornet.core.run import RunFolder
    from braintumornet.report import console
    from braintumornet.report.progress import quiet_libraries
    from braintumornet.training.import_deepmedic import import_deepmedic

    with quiet_libraries():
        names = [name.strip() for name in sequences.split(",")] if sequences else []
        config = import_deepmedic(
            checkpoint, model, RunFolder(run), sequences=names, coding=coding, orientation=orientation
        )
    classes = ", ".join(getattr(config.tasks[0], "tissues", ()))
    console.say(f"channels: {', '.join(config.sequences)} (--sequences); classes: background, {classes} (--coding)")
    console.say(f"trained on files in {orientation.upper()} orientation (--orientation)")
    console.done("imported network", run)


@app.command(epilog="Example:  btn predict cohort.csv --run runs/glioma --output predictions")
def predict(
    cases: Annotated[Path, typer.Argument(metavar="INPUT", help="A table of cases or a folder of them.")],
    run: Annotated[Path, typer.Option(help="Folder of a finished run.")],
    output: Annotated[Path, typer.Option(help="Folder for the predictions.")],
    task: Annotated[
        list[str] | None,
        typer.Option(help="Only this task, several times for more; auto: the run's router chooses; default: all."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only this side of the run's split: train, val or test.")] = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Also write probability maps.")] = False,
    json: Json = False,
) -> None:
    """Predict masks and markers; masks lie in the grid of the case's own images."""
    from braintumornet.core.run import RunFolder
    from braintumornet.inference.cohort import predict_cohort
    from braintumornet.inference.predictor import Predictor
    from braintumornet.inference.routing import router_scores
    from braintumornet.layouts.choose import cases_to_predict
    from braintumornet.report import console
    from braintumornet.report.progress import case_progress, quiet_libraries
    from braintumornet.tasks.routing import AUTO

    with quiet_libraries():
        predictor = Predictor.from_run(run)
        known = router_scores(RunFolder(run))
        cohort = cases_to_predict(cases, run, split)
        with case_progress("Predicting", len(cohort), hidden=json) as advance:
            summaries = predict_cohort(predictor, cohort, output, probabilities, advance, task or (), known)
    if json:
        console.print_json(summaries)
    else:
        console.show_predictions(summaries)
        if AUTO in (task or ()):
            console.show_router(known)
        console.done(f"{len(summaries)} predictions", output)


@app.command(epilog="Example:  btn evaluate cohort.csv predictions --output scores.csv --lesions brats2023-gli")
def evaluate(
    cohort: Annotated[Path, typer.Argument(help="Table of cases with their masks and markers.")],
    predictions: Annotated[
        Path, typer.Argument(help="Folder that `btn predict` wrote, or with --coding one of CASE_ID.nii.gz files.")
    ],
    output: Annotated[Path, typer.Option(help="Table of scores to write.")] = Path("scores.csv"),
    split: Annotated[str | None, typer.Option(help="Only cases of this side in the table: train, val or test.")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only this case; several times.")] = None,
    further: Annotated[
        list[Path] | None, typer.Option("--cohort", help="Another table to score with it; several times.")
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(help="Score the tasks of this configuration, and not those that the network was trained for."),
    ] = None,
    heads: Annotated[
        list[str] | None, typer.Option("--head", help="TASK=HEAD: which head answers a task; several times.")
    ] = None,
    lesions: Annotated[
        str | None, typer.Option(help="Also score per lesion: brats2023-gli, -ssa, -ped, -men, -met, or JSON.")
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0.01, help="Of the surface Dice, in mm.")] = 1.0,
    coding: Annotated[
        str | None, typer.Option(help="The masks are another tool's, and this is what their labels mean.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="With --coding: name of the rows; default: tumour.")] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="With --coding: only this region, several times; default: WT, TC, ET.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="With --coding: column of the table with the truth; default: seg.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Cases at once; default: one per core. Fewer where memory is short.")
    ] = None,
    json: Json = False,
) -> None:
    """Score masks per case, region and lesion, and markers over the cohort; also masks of other tools."""
    from braintumornet.core.files import require_writable
    from braintumornet.evaluation.cohort import evaluate_cohort, evaluate_masks, require_scores
    from braintumornet.evaluation.foreign import foreign_masks
    from braintumornet.evaluation.lesion_settings import parse_lesions
    from braintumornet.evaluation.question import Question
    from braintumornet.evaluation.settings import ScoreSettings
    from braintumornet.evaluation.table import write_scores
    from braintumornet.layouts.choose import choose_cases, load_cohorts
    from braintumornet.report import console
    from braintumornet.report.progress import case_progress

    masks = foreign_masks(coding, task, region, target, tasks, heads)
    chosen = parse_pairs(heads or [], "--head", "TASK=HEAD")
    questions = None
    if tasks is not None:
        from braintumornet.config import load_config

        questions = [Question.of(one.name, one.about()) for one in load_config(tasks).tasks]
    settings = ScoreSettings(tolerance_mm=tolerance, lesions=None if lesions is None else parse_lesions(lesions))
    cases = choose_cases(load_cohorts([cohort, *(further or [])]), split, case)
    require_writable(output)
    with case_progress("Scoring", len(cases), hidden=json) as advance:
        if masks is None:
            scores = evaluate_cohort(cases, predictions, questions, chosen, settings, jobs, advance)
        else:
            scores = evaluate_masks(cases, predictions, masks, settings, jobs, advance)
    require_scores(scores, cases, predictions)
    write_scores(scores, output)
    if json:
        console.print_scores_json(scores, {case.id: case.patient_id for case in cases})
    else:
        console.show_scores(scores)
        console.done(f"{len(scores)} scores", output)


@app.command(epilog="Example:  btn arms joint=joint.csv multi=multi.csv --own hgg=hgg.csv --own mets=mets.csv")
def arms(
    tables: Annotated[list[str], typer.Argument(metavar="NAME=SCORES...", help="Arms, each with its table of scores.")],
    own: Annotated[
        list[str], typer.Option(help="TASK=SCORES: of the network trained for that task alone; one for each task.")
    ],
    json: Json = False,
) -> None:
    """Compare ways to train on the same cases: what each lost against networks trained for one task alone."""
    from braintumornet.evaluation.arms import compare_arms
    from braintumornet.evaluation.table import read_scores
    from braintumornet.report.arms_screen import print_retention_json, show_retention

    alone = {task: read_scores(Path(path)) for task, path in parse_pairs(own, "--own", "TASK=SCORES").items()}
    others = {arm: read_scores(Path(path)) for arm, path in parse_pairs(tables, "arm", "NAME=SCORES").items()}
    rows = compare_arms(alone, others)
    if json:
        print_retention_json(rows)
    else:
        show_retention(rows)


@app.command(epilog="Example:  btn info runs/glioma")
def info(
    what: Annotated[
        str | None, typer.Argument(metavar="[RUN_OR_CONFIG]", help="A run, a configuration; nothing: the package.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a run or configuration is: tasks, network, parameters, operations; or what the package offers."""
    from braintumornet.report import console
    from braintumornet.report.info import describe_experiment, describe_package
    from braintumornet.report.info_screen import show_experiment, show_package
    from braintumornet.report.progress import quiet_libraries

    with quiet_libraries():
        about = describe_package() if what is None else describe_experiment(what)
    if json:
        console.print_json(about)
    elif what is None:
        show_package(about)
    else:
        show_experiment(about)


def parse_pairs(given: list[str], option: str, form: str) -> dict[str, str]:
    """Read options such as `--head mets=hgg`.

    Raises:
        UsageError: one has no name or no value.
    """
    pairs = {}
    for text in given:
        name, _, value = text.partition("=")
        if not name or not value:
            msg = f"{option} {text!r}: expected {form}"
            raise UsageError(msg)
        pairs[name] = value
    return pairs


@app.command(epilog="Example:  btn report runs/glioma --cohort cohort.csv --predictions predictions")
def report(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    cohort: Cohorts = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Folder that `btn predict` wrote for the cohort by this run.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Page to write; default: report.html in the run's folder.")
    ] = None,
) -> None:
    """Write one HTML page about a run; with a cohort and predictions it shows scores and pictures too."""
    from braintumornet.core.files import require_writable
    from braintumornet.core.run import RunFolder
    from braintumornet.layouts.choose import load_cohorts
    from braintumornet.report import console
    from braintumornet.report.progress import quiet_libraries
    from braintumornet.report.run_page import write_report

    if (predictions is None) != (not cohort):
        given, missing = ("--cohort", "--predictions") if cohort else ("--predictions", "--cohort")
        msg = f"{given} is given without {missing}; scores need both, and without scores neither is used"
        raise UsageError(msg)
    folder = RunFolder(run)
    folder.require_complete()
    page = folder.page if output is None else output
    require_writable(page)
    with quiet_libraries(), console.screen.status("Writing the page"):
        write_report(folder, page, load_cohorts(cohort) if cohort else None, predictions)
    console.done("page", page)


@app.command(epilog="Example:  btn compare scores.csv --baseline single-task --test-share 15/70")
def compare(
    table: Annotated[
        Path, typer.Argument(help="CSV with arm, value and any of split, seed, case_id, task, metric ...")
    ],
    metric: Annotated[str | None, typer.Option(help="Default: dice, or the only one of the table.")] = None,
    baseline: Annotated[str | None, typer.Option(help="The arm to compare with; default: the table's first.")] = None,
    test_share: Annotated[
        str | None,
        typer.Option(metavar="TEST/TRAIN", help="Test over training patients of a split; default: read, or 15/70."),
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="Effects within it count as none; asks whether the arms are equivalent.")
    ] = None,
    better: Annotated[str | None, typer.Option(help="higher or lower, for a metric that is not known.")] = None,
    json: Json = False,
) -> None:
    """Compare arms on the same splits and patients: does one help, and what could the study have shown?"""
    from braintumornet.experiments.metrics import parse_better
    from braintumornet.experiments.question import Question, parse_test_share
    from braintumornet.experiments.statistics import compare as compare_arms
    from braintumornet.experiments.table import read_rows
    from braintumornet.report.compare_screen import print_comparison_json, show_comparison

    share = None if test_share is None else parse_test_share(test_share)
    direction = None if better is None else parse_better(better)
    comparison = compare_arms(read_rows(table), Question(metric, baseline, share, margin, direction))
    if json:
        print_comparison_json(comparison)
    else:
        show_comparison(comparison)


def main() -> None:
    """Run the command line; an error is one line, and the exit code says whose fault it is."""
    try:
        app()
    except BrainTumorNetError as error:
        if _Debug.on:
            raise
        word = "wrong use" if isinstance(error, UsageError) else "error"
        sys.stderr.write(f"{word}: {' '.join(str(error).split())}\n")
        sys.exit(error.exit_code)
    except Exception as error:
        if _Debug.on:
            raise
        sys.stderr.write(f"unexpected error: {type(error).__name__}: {error}; run again with `btn --debug ...`\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
