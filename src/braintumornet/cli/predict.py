"""The command that puts a network to use."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Json, advising, app, end_with
from braintumornet.cli.engine import Address, Cpus, Engine, EngineName, Gpus, chosen_cluster, require_ray
from braintumornet.cli.inference_choice import (
    FinishedRuns,
    MaxMemory,
    Mirror,
    Pass,
    Timings,
    choose_options,
    choose_runs,
)
from braintumornet.core.text.errors import UsageError

if TYPE_CHECKING:
    from braintumornet.api.predictions import Predictions
    from braintumornet.api.preparation import Preparation
    from braintumornet.api.run import Run
    from braintumornet.core.workers.failures import CaseFailure

Input = Annotated[
    Path | None,
    typer.Argument(
        metavar="INPUT", help="A table of cases, or a folder or zip of images. Omit it to name files instead."
    ),
]
NAMED_FILES = "Files by name, instead of INPUT"
T1n = Annotated[Path | None, typer.Option("--t1n", "--t1", help="T1 without contrast.", rich_help_panel=NAMED_FILES)]
T1c = Annotated[
    Path | None,
    typer.Option("--t1c", "--t1ce", "--t1gd", help="T1 with contrast agent.", rich_help_panel=NAMED_FILES),
]
T2w = Annotated[Path | None, typer.Option("--t2w", "--t2", help="T2.", rich_help_panel=NAMED_FILES)]
T2f = Annotated[Path | None, typer.Option("--t2f", "--flair", help="FLAIR.", rich_help_panel=NAMED_FILES)]
BrainMask = Annotated[
    Path | None, typer.Option("--brain-mask", help="Brain mask on the same grid.", rich_help_panel=NAMED_FILES)
]
CaseId = Annotated[
    str | None, typer.Option(help="Id of the case; default: case.", rich_help_panel=NAMED_FILES, show_default=False)
]
PredictionsFolder = Annotated[Path, typer.Option(help="Folder to write the predictions to.")]
OnlyTasks = Annotated[
    list[str] | None,
    typer.Option(
        help="Predict only this task; may be repeated. auto lets the run's router choose, which is the default for the "
        "model in the package. Otherwise all tasks are predicted."
    ),
]
SplitOfRun = Annotated[str | None, typer.Option(help="Only this set of the run's split: train, val or test.")]
Probabilities = Annotated[bool, typer.Option("--probabilities", help="Also write probability maps.")]
LabelScheme = Annotated[
    str | None,
    typer.Option(
        help="Label scheme of the masks: brats2020, brats2023, ... or JSON; default: brats2023 where it fits."
    ),
]
Submission = Annotated[
    Path | None, typer.Option(help="Also write each mask to this folder as CASE.nii.gz, as challenges expect.")
]
Page = Annotated[
    bool | None,
    typer.Option(
        "--page/--no-page", help="Write a page per case, CASE.html; default: for up to 20 cases.", show_default=False
    ),
]
Formats = Annotated[
    str | None,
    typer.Option(
        help="What to write, separated by commas: nifti, html, and as DICOM seg, seg-lesions, seg-labelmap, rtstruct, "
        "rtstruct-keyhole, sr.",
        show_default=False,
    ),
]
RegionFiles = Annotated[bool, typer.Option("--region-files", help="Also write each region to its own file.")]
Entropy = Annotated[bool, typer.Option("--entropy", help="Also write a map of where each outline is uncertain.")]
Shard = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="Only every N-th case, starting with the I-th: one of N parts, for a scheduler."),
]
SkipPredicted = Annotated[
    bool, typer.Option("--resume", help="Skip cases already predicted with the same weights, tasks and images.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace predictions of other images under the same case ids.")
]
Raw = Annotated[bool, typer.Option("--raw", help="Prepare the images first, even if they share one grid (with skull).")]
AtlasOfTraining = Annotated[
    Path | None, typer.Option("--atlas", help="For raw images: the atlas that the training data were aligned to.")
]
Corrections = Annotated[
    Path | None, typer.Option("--map", help="For raw images: plan.csv with the column 'sequence' corrected.")
]


@app.command(epilog="Example:  btn predict --t1c t1c.nii.gz --t2f t2f.nii.gz --run runs/glioma --output predictions")
def predict(
    output: PredictionsFolder,
    images: Input = None,
    run: FinishedRuns = None,
    t1n: T1n = None,
    t1c: T1c = None,
    t2w: T2w = None,
    t2f: T2f = None,
    brain_mask: BrainMask = None,
    case_id: CaseId = None,
    task: OnlyTasks = None,
    split: SplitOfRun = None,
    probabilities: Probabilities = False,
    label_scheme: LabelScheme = None,
    submission: Submission = None,
    page: Page = None,
    formats: Formats = None,
    entropy: Entropy = False,
    region_files: RegionFiles = False,
    reading: Pass = None,
    mirror: Mirror = None,
    max_memory: MaxMemory = None,
    timings: Timings = False,
    shard: Shard = None,
    resume: SkipPredicted = False,
    overwrite: Overwrite = False,
    raw: Raw = False,
    atlas: AtlasOfTraining = None,
    corrections: Corrections = None,
    engine: Engine = EngineName.LOCAL,
    address: Address = None,
    cpus: Cpus = None,
    gpus: Gpus = None,
    json: Json = False,
) -> None:
    """Predict masks and markers; masks lie in the grid of the case's own images. Exit code 1 if any case failed.

    Raw images (DICOM, or sequences on different grids) are prepared as the run's training data were, in the folder
    prepared/ beside the predictions; the masks are also brought back to the patient's own grid, in native/, and, where
    --formats asks for DICOM objects, written on the patient's own series, in dicom/.
    """
    from braintumornet.api import predict as whole
    from braintumornet.api.run import Run
    from braintumornet.core.workers.failures import despite_failures
    from braintumornet.terminal.progress import quiet_libraries

    named = {"t1n": t1n, "t1c": t1c, "t2w": t2w, "t2f": t2f, "brain mask": brain_mask}
    source = _require_one_input(images, {name: file for name, file in named.items() if file is not None}, case_id)
    require_ray(engine, address=address, cpus=cpus, gpus=gpus)
    objects, pages = _choose_formats(formats, page)
    first, *others = choose_runs(run)
    network, options = Run(first), choose_options(reading, mirror, max_memory, others, timings)
    advice, there = advising(lambda: "continue with --resume"), chosen_cluster(engine, address, hidden=json)
    with advice, quiet_libraries(), there as cluster:
        what = partial(whole.predict, source, network, output, case_id=case_id or whole.CASE_ID)
        which = partial(what, tasks=task or (), split=split, shard=shard, resume=resume, overwrite=overwrite)
        form = partial(which, probabilities=probabilities, label_scheme=label_scheme, submission=submission)
        maps = partial(form, entropy=entropy, region_files=region_files, pages=pages, options=options)
        how = partial(maps, formats=objects, raw=raw, atlas=atlas, corrections=corrections, prepared=_shower(json))
        where = partial(how, cluster=cluster, cpus=cpus or 1, gpus=gpus, progress=not json)
        predictions, failures = despite_failures(where)
    if json or predictions or not failures:
        _show_predictions(predictions, failures, network, json)
    end_with(failures)


def _choose_formats(formats: str | None, page: bool | None) -> tuple[tuple[str, ...], bool | None]:
    """Return which DICOM objects are wanted, and whether pages are; masks as NIfTI are always written.

    Raises:
        UsageError: a format is not known, or --page or --no-page says the same once more.
    """
    if formats is None:
        return (), page
    from braintumornet.dicom.objects.object_formats import OBJECT_FORMATS, PAGE, parse_formats

    if page is not None:
        msg = "--formats says whether there is a page (html); omit --page and --no-page"
        raise UsageError(msg)
    chosen = parse_formats(formats)
    return tuple(name for name in chosen if name in OBJECT_FORMATS), PAGE in chosen


def _require_one_input(
    images: Path | None, named: Mapping[str, Path], case_id: str | None
) -> Path | Mapping[str, Path]:
    """Return what is to be predicted.

    Raises:
        UsageError: there is nothing, or there are both INPUT and files by name.
    """
    if images is None and not named:
        msg = "nothing to predict: give INPUT (a table, folder or zip), or files by name such as --t1c t1c.nii.gz"
        raise UsageError(msg)
    if images is not None and (named or case_id):
        given = next(iter(named), "case id").replace(" ", "-")
        msg = f"both INPUT {images} and --{given} are given; INPUT names its own files and cases: leave one of them out"
        raise UsageError(msg)
    return named if images is None else images


def _shower(hidden: bool) -> "Callable[[Preparation], None]":
    """Return what shows how raw images were prepared."""

    def show(made: "Preparation") -> None:
        from braintumornet.terminal import console
        from braintumornet.terminal.prepare_screen import show_preparation

        if not hidden:
            show_preparation(made.records)
            console.done("page", made.page)

    return show


def _show_predictions(
    predictions: "Predictions", failures: "Sequence[CaseFailure]", network: "Run", json: bool
) -> None:
    from braintumornet.terminal import console
    from braintumornet.terminal.score_screen import show_router

    if json:
        console.print_json([each.as_json() for each in (*predictions, *failures)])
        return
    console.show_predictions(list(predictions))
    console.show_timings([record for record in predictions if record.timings_s])
    if any(record.router for record in predictions):
        show_router(network.router_scores)
    there = f", {len(predictions.earlier)} of them there before" if predictions.earlier else ""
    console.done(f"{len(predictions)} predictions{there}", predictions.path)
