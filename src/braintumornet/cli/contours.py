"""The command that makes a cohort of contours and segmentations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Json, app, end_with

if TYPE_CHECKING:
    from braintumornet.api.contours import ImportedContours


@app.command(
    "import-contours", epilog="Example:  btn import-contours dicom contours --structures contours/structures.csv"
)
def import_contours_(
    source: Annotated[
        Path,
        typer.Argument(metavar="SOURCE", help="Folder or zip of DICOM series with RT Structure Sets or Segmentations."),
    ],
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Folder to write the cohort to.")],
    structures: Annotated[
        Path | None,
        typer.Option(help="Table that says what each structure is; without it, a table with suggestions is written."),
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option("--map", metavar="PLAN", help="The table plan.csv with the sequences corrected.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a cohort of series and the contours on them: first a table of names to check, then images and masks.

    Exit code 1 while the table waits to be checked, or if a case failed.
    """
    from braintumornet.api.contours import import_contours

    made = import_contours(source, output, structures=structures, corrections=corrections, progress=not json)
    _show(made, json)
    end_with(made.failures)
    if made.cohort is None:
        raise typer.Exit(1)


def _show(made: "ImportedContours", json: bool) -> None:
    from braintumornet.core.cohort.cohort_table import TABLE_NAME
    from braintumornet.terminal import console
    from braintumornet.terminal.import_screen import show_cohort, show_structures

    if json:
        table = made.path / TABLE_NAME
        console.print_json(
            {
                "structures": str(made.table),
                "names": len(made.structures),
                "cohort": None if made.cohort is None else str(table),
                "cases": 0 if made.cohort is None else len(made.cohort),
                "failures": [failure.as_json() for failure in made.failures],
            }
        )
    elif made.cohort is None:
        show_structures(made.structures)
        console.done("table of structures", made.table)
        console.say(f"check its columns 'region' and 'target', then run again with --structures {made.table}")
    else:
        show_cohort(made.cohort)
        console.done(f"{len(made.cohort)} cases", made.path / TABLE_NAME)
        console.say(f"to register and strip them: btn prepare {made.path / TABLE_NAME} prepared")
