"""The command that sends DICOM objects to where they are needed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.cli.app import Json, app

if TYPE_CHECKING:
    from braintumornet.dicom.sending.send import Sent


@app.command(epilog="Example:  btn send predictions --to ORTHANC@localhost:4242")
def send(
    files: Annotated[list[Path], typer.Argument(help="DICOM files, or folders whose DICOM files are sent.")],
    to: Annotated[
        str,
        typer.Option(
            help="A node as AE_TITLE@host:port (C-STORE), or a DICOMweb service as https://host/dicom-web (STOW-RS)."
        ),
    ],
    calling: Annotated[str, typer.Option(help="AE title by which the node knows this program.")] = "BTN",
    authorization: Annotated[
        Path | None, typer.Option(help="File with the value of the HTTP header Authorization for a DICOMweb service.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for an answer before a try counts as failed.")
    ] = 30,
    retries: Annotated[int, typer.Option(min=0, help="How often to retry after a temporary failure.")] = 3,
    json: Json = False,
) -> None:
    """Send DICOM objects to a node or server; exit code 1 if one was not stored, and which were."""
    from braintumornet.dicom.sending.send import find_destination, find_objects
    from braintumornet.dicom.sending.send import send as send_objects
    from braintumornet.terminal.progress import case_progress

    header = "" if authorization is None else _read_header(authorization)
    destination = find_destination(to, calling, timeout, header)
    objects = find_objects(files)
    with case_progress("Sending", len(objects), hidden=json) as advance:
        sent = send_objects(objects, destination, retries, advance=advance)
    _show(sent, to, json)


def _read_header(path: Path) -> str:
    """Return the value of a header; it is in a file, for a command line can be seen by everybody on a machine."""
    from braintumornet.core.text.errors import InputError, require

    try:
        value = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}; expected one line such as 'Basic ...' or 'Bearer ...'"
        raise InputError(msg) from error
    require(value and value.isprintable(), f"{path} is no value of a header; expected one line such as 'Basic ...'")
    return value


def _show(sent: "Sent", to: str, json: bool) -> None:
    from braintumornet.core.text.errors import InputError
    from braintumornet.terminal import console

    total = len(sent.stored) + len(sent.left)
    if json:
        left = [str(each.path) for each in sent.left]
        console.print_json({"stored": [str(each.path) for each in sent.stored], "left": left, "reason": sent.reason})
    elif not sent.left:
        console.say(f"{total} object{'s' * (total != 1)} stored on {to}")
    if sent.left:
        first = f"{sent.left[0].path.name} and those after it" if len(sent.left) > 1 else sent.left[0].path.name
        msg = f"{len(sent.stored)} of {total} objects stored; {first} not: {sent.reason}"
        raise InputError(msg)
