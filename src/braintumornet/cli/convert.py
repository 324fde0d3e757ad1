"""The command that writes predictions as objects of a clinic's systems."""

from pathlib import Path
from typing import Annotated

import typer

from braintumornet.cli.app import app


@app.command(epilog="Example:  btn convert predictions/native/case.json --reference dicom/t1c --formats seg,rtstruct")
def convert(
    prediction: Annotated[Path, typer.Argument(help="CASE.json, or a folder with one prediction.")],
    reference: Annotated[Path, typer.Option(help="Folder or zip of the DICOM series that the objects refer to.")],
    output: Annotated[
        Path | None, typer.Option(help="Folder for the files; default: dicom, beside the prediction.")
    ] = None,
    formats: Annotated[
        str,
        typer.Option(
            help="Any of seg, seg-lesions, seg-labelmap, rtstruct, rtstruct-keyhole, sr, separated by commas."
        ),
    ] = "seg,rtstruct,sr",
    prepared: Annotated[
        Path | None,
        typer.Option(help="Folder that `btn prepare` made, for masks on its grid; default: prepared, beside them."),
    ] = None,
) -> None:
    """Write a prediction as DICOM segmentation, structure set and report on the patient's own series.

    A picture shows what a planning system will see of them. Research use; not for clinical decisions.
    """
    from braintumornet.api.dicom_objects import convert as whole
    from braintumornet.dicom.objects.object_formats import OBJECT_FORMATS, parse_formats
    from braintumornet.terminal import console

    chosen = parse_formats(formats, OBJECT_FORMATS)
    files = whole(prediction, reference, output, formats=chosen, prepared=prepared)
    for file in files:
        console.done("written", file)
