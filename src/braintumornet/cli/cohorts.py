"""Commands that make and check cohorts."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from braintumornet.cli.app import Json, app


@app.command(epilog="Example:  btn phantom phantoms --cases 40 --mix hgg=0.6,mets=0.2,plgg=0.2 --spacing 2")
def phantom(
    output: Annotated[Path, typer.Argument(help="New folder for the cohort.")],
    cases: Annotated[int, typer.Option(min=1, help="Number of cases.")] = 40,
    mix: Annotated[
        str, typer.Option(help="Shares of hgg, mets, plgg, healthy and (generators 2, 3) lgg heads; they sum to 1.")
    ] = "hgg=0.6,mets=0.2,plgg=0.2",
    spacing: Annotated[float, typer.Option(min=0.5, help="Voxel size in mm.")] = 1.0,
    size: Annotated[
        int | None,
        typer.Option(min=24, help="Voxels along each axis; default: enough for a head; with fewer, heads are smaller."),
    ] = None,
    signal: Annotated[float, typer.Option(min=0, max=4, help="How strongly the genotype of plgg shows.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same cases.")] = 0,
    name: Annotated[
        str,
        typer.Option(help="Name of the cohort; case ids begin with it, so that cohorts can be trained on together."),
    ] = "phantom",
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Keep the skull, with each sequence misaligned on its own grid, to test preprocessing."
        ),
    ] = False,
    generator: Annotated[
        int, typer.Option(help="1; 2: as varied as patients are; 3: another family, to select and judge by.")
    ] = 1,
) -> None:
    """Write a labelled synthetic cohort: four sequences, mask, brain mask; genotype, age, sex, site."""
    from braintumornet.api.cohort import phantoms
    from braintumornet.terminal import console

    make = partial(phantoms, cases, output, seed=seed, name=name, raw=raw, generator=generator)
    cohort = make(mix=mix, spacing_mm=spacing, size=size, genotype_signal=signal)
    console.done(f"{len(cohort)} synthetic cases", output / "cohort.csv")


@app.command("import", epilog="Example:  btn import BraTS2023 --output cohort.csv")
def import_(
    folder: Annotated[Path, typer.Argument(help="Folder with the cases.")],
    output: Annotated[Path, typer.Option(help="The table to write.")] = Path("cohort.csv"),
    layout: Annotated[
        str | None, typer.Option(help="Layout of the folder, such as brats or table; default: detected.")
    ] = None,
    coding: Annotated[
        str | None,
        typer.Option(
            "--label-scheme", help="What the masks' labels mean: brats2013, brats2020, brats2023, ... or JSON."
        ),
    ] = None,
    pathology: Annotated[str | None, typer.Option(help="Value for the column pathology, such as hgg.")] = None,
) -> None:
    """Make the table of a cohort from a folder of cases."""
    from dataclasses import replace

    from braintumornet.cli.inputs import files_read, require_not_read
    from braintumornet.core.cohort.case import Cohort
    from braintumornet.core.cohort.manifest import write_manifest
    from braintumornet.layouts.read_cohort import read_cohort
    from braintumornet.terminal import console
    from braintumornet.terminal.import_screen import show_cohort
    from braintumornet.terminal.progress import counted_progress

    images = output.with_name(f"{output.stem}_images")
    with counted_progress("Writing single sequences") as progress:
        cohort = read_cohort(folder, layout, coding, unpack_to=images, progress=progress)
    if pathology is not None:
        cohort = Cohort(cohort.name, tuple(replace(case, pathology=pathology) for case in cohort))
    tables = [folder] if layout in (None, "table") else []
    require_not_read([output], files_read(tables, cohort))
    write_manifest(cohort, output)
    show_cohort(cohort)
    console.done(f"{len(cohort)} cases", output)


class ExportLayout(StrEnum):
    """How a cohort can be written."""

    NNUNET = "nnunet"


@app.command(
    epilog="Example:  btn export cohort.csv nnUNet_raw/Dataset501_Glioma --layout nnunet --splits studies/glioma"
)
def export(
    cohort: Annotated[Path, typer.Argument(help="Table of cases, or a folder of them.")],
    output: Annotated[Path, typer.Argument(help="New folder, named as nnU-Net expects: Dataset501_Glioma.")],
    layout: Annotated[ExportLayout, typer.Option(help="How to lay the cases out.")],
    splits: Annotated[
        Path | None,
        typer.Option(help="Folder of a study or run whose splits become the folds; default: the column split."),
    ] = None,
    sequence: Annotated[
        list[str] | None,
        typer.Option(help="Sequence to export, such as t1c; may be repeated, in this order; default: all."),
    ] = None,
    target: Annotated[str, typer.Option(help="Column of the masks.")] = "seg",
    omit_incomplete: Annotated[
        bool, typer.Option("--omit-incomplete", help="Leave out cases that lack a sequence.")
    ] = False,
    json: Json = False,
) -> None:
    """Write a cohort in the layout of another tool, with our splits as its folds."""
    from braintumornet.api.cohort import read_cohort
    from braintumornet.terminal import console
    from braintumornet.terminal.import_screen import print_export_json, show_export

    written = read_cohort(cohort).to_nnunet(
        output,
        splits=splits,
        sequences=sequence or (),
        target=target,
        omit_incomplete=omit_incomplete,
        progress=not json,
    )
    if json:
        print_export_json(written)
        return
    show_export(written)
    console.done(f"{layout.value} data set", written.folder)


@app.command(epilog="Example:  btn check cohort.csv --html check.html")
def check(
    cohort: Annotated[Path, typer.Argument(help="Table of cases, or the folder of a cohort.csv.")],
    further: Annotated[
        list[Path] | None,
        typer.Option("--cohort", help="Another table to check together with it; may be repeated."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page with pictures of every case.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Cases in parallel; default: one per core, fewer if memory is short.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with the data, per case; exit code 1 if training would fail or learn from wrong data."""
    from braintumornet.cli.inputs import require_not_read, table_files
    from braintumornet.core.cohort.cohort_table import join_tables, read_table
    from braintumornet.core.files.atomic_write import require_writable
    from braintumornet.data.check.check_table import check_table, plan_check
    from braintumornet.data.check.findings import Severity
    from braintumornet.report.check_page import write_check_page
    from braintumornet.terminal import console
    from braintumornet.terminal.check_screen import print_check_json, show_check
    from braintumornet.terminal.progress import case_progress

    paths = (cohort, *(further or []))
    table = join_tables([read_table(path) for path in paths])
    if html is not None:
        require_writable(html)
        require_not_read([html], [*table_files(paths), *(file for line in table.lines for file in line.files.values())])
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
