"""Commands that bring raw examinations to the grid of a cohort, and masks back."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from braintumornet.cli.app import Json, advising, app, end_with
from braintumornet.cli.engine import Address, Engine, EngineName, chosen_cluster, require_place

if TYPE_CHECKING:
    from braintumornet.api.preparation import Preparation


Source = Annotated[
    Path, typer.Argument(metavar="INPUT", help="Folder or zip of DICOM, NIfTI or NRRD files, or a table of cases.")
]
CohortFolder = Annotated[Path, typer.Argument(help="Folder of the prepared cohort, outside INPUT.")]
AtlasFile = Annotated[
    Path | None, typer.Option(help="Skull-stripped atlas, such as SRI24; default: MNI152 on the grid of BraTS.")
]
OutputSpace = Annotated[
    Literal["atlas", "native", "original"],
    typer.Option(help="atlas; native: 1 mm along the patient's axes; original: the grid of the best sequence."),
]
AtlasFit = Annotated[
    Literal["rigid", "affine"],
    typer.Option("--atlas-fit", help="rigid keeps volumes true; affine scales the brain to the atlas."),
]
SkullStrip = Annotated[
    Literal["auto", "given", "hd-bet", "network", "atlas", "stripped", "none"],
    typer.Option(help="How the skull is stripped; none keeps it."),
]
SkullStripCommand = Annotated[
    str | None, typer.Option("--skullstrip-command", help="Another program, such as 'tool -i {input} -o {output}'.")
]
CorrectBias = Annotated[bool, typer.Option("--correct-bias", help="Write images without their bias field.")]
AssumedSpacing = Annotated[
    bool, typer.Option("--assumed-spacing", help="The voxel size is only assumed: judge nothing in mm or ml.")
]
Corrections = Annotated[
    Path | None, typer.Option("--map", help="plan.csv of an earlier call with the column 'sequence' corrected.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show and write the plan, and prepare nothing.")]
Shard = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="Only every N-th case, starting with the I-th: one of N parts, for a scheduler."),
]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Cases in parallel; default: one per core, fewer if memory is short.")
]


@app.command(epilog="Example:  btn prepare dicom prepared --atlas sri24_t1_brain.nii.gz")
def prepare(
    source: Source,
    output: CohortFolder,
    atlas: AtlasFile = None,
    space: OutputSpace = "atlas",
    atlas_fit: AtlasFit = "rigid",
    skullstrip: SkullStrip = "auto",
    skullstrip_command: SkullStripCommand = None,
    correct_bias: CorrectBias = False,
    assumed_spacing: AssumedSpacing = False,
    corrections: Corrections = None,
    dry_run: DryRun = False,
    shard: Shard = None,
    jobs: Jobs = None,
    engine: Engine = EngineName.LOCAL,
    address: Address = None,
    json: Json = False,
) -> None:
    """Turn raw examinations into a cohort; exit code 1 if a case failed or waits for an answer.

    Series are recognised, registered to the best one, skull-stripped and aligned to an atlas, with a quality figure for
    each step. What is done stays done: the same command again goes on.
    """
    from braintumornet.api.preparation import prepare_cohort
    from braintumornet.prepare.settings import PrepareSettings

    require_place(engine, address, jobs)
    place = PrepareSettings(space=space, atlas=atlas, atlas_fit=atlas_fit, spacing_is_assumed=assumed_spacing)
    brain = {"skullstrip": skullstrip, "skullstrip_command": skullstrip_command, "correct_bias": correct_bias}
    settings = place.model_copy(update=brain)
    if dry_run:
        _show_plan(source, output, corrections, json)
        return
    work = partial(prepare_cohort, source, output, settings=settings, corrections=corrections, shard=shard)
    with advising(lambda: "the same command goes on"), chosen_cluster(engine, address, hidden=json) as cluster:
        made = work(jobs=cluster or jobs, progress=not json)
    _show_made(made, json)


def _show_plan(source: Path, output: Path, corrections: Path | None, json: bool) -> None:
    from braintumornet.api.preparation import plan_preparation
    from braintumornet.prepare.find_examinations import PLAN
    from braintumornet.terminal import console
    from braintumornet.terminal.plan_screen import show_plan

    show_plan(plan_preparation(source, output, corrections, progress=not json).plan, json)
    if not json:
        console.done("plan", output / PLAN)


def _show_made(made: "Preparation", json: bool) -> None:
    """Show what came of it, and end with exit code 1 where a case failed or waits."""
    from braintumornet.core.cohort.cohort_table import TABLE_NAME
    from braintumornet.terminal import console
    from braintumornet.terminal.prepare_screen import as_json, show_preparation

    if json:
        console.print_json(as_json(made.records) | {"failures": [failure.as_json() for failure in made.failures]})
    else:
        show_preparation(made.records)
        console.done(f"prepared cases ({len(made.cohort)})", made.path / TABLE_NAME)
        console.done("page", made.page)
    end_with(made.failures)
    if any(record.failure for record in made.records):
        raise typer.Exit(1)


@app.command("to-native", epilog="Example:  btn to-native predictions --prepared prepared --output native")
def to_native_(
    masks: Annotated[
        Path, typer.Argument(metavar="MASKS", help="Folder of predictions, or of files that begin with a case's id.")
    ],
    prepared: Annotated[Path, typer.Option(help="Folder that `btn prepare` made.")],
    output: Annotated[Path, typer.Option(help="Folder for the files, which keep their names.")],
    sequence: Annotated[
        str | None, typer.Option(help="Sequence whose grid is used; default: the reference of each case.")
    ] = None,
) -> None:
    """Bring masks and probabilities of prepared cases back to the grid of the patient's own scans."""
    from braintumornet.api.raw_examinations import to_native
    from braintumornet.terminal import console

    written, failures = to_native(masks, prepared, output, sequence)
    files = "1 file" if len(written) == 1 else f"{len(written)} files"
    console.done(f"{files} on the patients' own grids", output)
    end_with(failures)
