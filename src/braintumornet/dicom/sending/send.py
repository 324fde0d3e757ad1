"""DICOM objects sent to a node (C-STORE) or a server (STOW-RS), one by one, with what became of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.prepare.input.dicom.read_files import read_object, require_pydicom
from braintumornet.prepare.input.list_files import DICOM, kind_of
from braintumornet.prepare.input.source_file import SourceFile

if TYPE_CHECKING:
    from pydicom import Dataset

PAUSE_S = 2.0
"""Before the first retry; twice as long before every further one."""


@dataclass(frozen=True, eq=False)
class DicomObject:
    """An object to be sent.

    Args:
        path: of its file, sent as it is.
        sop_class: UID of its kind.
        sop_instance: its own UID.
        syntax: UID of the way in which it is encoded.
    """

    path: Path
    sop_class: str
    sop_instance: str
    syntax: str

    def read(self) -> "Dataset":
        """Return its content."""
        return read_object(SourceFile(self.path))


class NotStoredError(InputError):
    """An object was not stored.

    Args:
        reason: what the other side, or the way there, says.
        lasting: the same would come of another try.
    """

    def __init__(self, reason: str, lasting: bool) -> None:
        super().__init__(reason)
        self.lasting = lasting


class Destination(Protocol):
    """Where objects can be sent to."""

    def store(self, objects: Sequence[DicomObject], stored: Callable[[DicomObject], None]) -> None:
        """Send objects in their order, and say of each that it was stored once the other side has confirmed it.

        Args:
            objects: to send.
            stored: called after each.

        Raises:
            NotStoredError: the first one of which that was not said was not stored.
        """


@dataclass(frozen=True)
class Sent:
    """What became of objects.

    Args:
        stored: confirmed by the other side.
        left: not confirmed, in their order.
        reason: why the first of these was not; blank where all are stored.
    """

    stored: tuple[DicomObject, ...]
    left: tuple[DicomObject, ...]
    reason: str = ""


def find_objects(paths: Sequence[Path]) -> list[DicomObject]:
    """Return the DICOM objects that files and folders hold, in the order of their paths.

    Args:
        paths: files, which must be DICOM, or folders, of which other files are left out.

    Raises:
        InputError: there is none, or a file that was named is none; before anything is sent.
        UsageError: pydicom is not installed.
    """
    require_pydicom()
    found: list[DicomObject] = []
    for path in paths:
        require(path.exists(), f"{path} does not exist; expected a DICOM file, or a folder of some")
        inner = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        dicom = [file for file in inner if kind_of(SourceFile(file)) == DICOM]
        require(dicom, f"{path} {'is no DICOM file' if path.is_file() else 'holds no DICOM file'}; nothing was sent")
        found += [_describe(file) for file in dicom]
    return list({each.sop_instance: each for each in found}.values())


def _describe(path: Path) -> DicomObject:
    dataset = read_object(SourceFile(path))
    meta = getattr(dataset, "file_meta", {})
    values = [str(part.get(name, "")) for part, name in ((dataset, "SOPClassUID"), (dataset, "SOPInstanceUID"))]
    syntax = str(meta.get("TransferSyntaxUID", ""))
    require(all(values) and syntax, f"{path} does not say what kind of object it is; nothing was sent")
    return DicomObject(path, values[0], values[1], syntax)


def send(
    objects: Sequence[DicomObject],
    destination: Destination,
    retries: int = 3,
    pause_s: float = PAUSE_S,
    advance: Callable[[DicomObject], object] = lambda each: None,
) -> Sent:
    """Send objects until all are stored, or one cannot be.

    After a failure that may pass (no answer, a full disk) the objects that are left are sent again, others are not.

    Args:
        objects: in the order in which they are sent.
        destination: a node or a server.
        retries: tries after the first, counted anew after each object that was stored.
        pause_s: before the first of them; twice as long before each further one.
        advance: called after each object that was stored.
    """
    stored: list[DicomObject] = []

    def confirm(each: DicomObject) -> None:
        stored.append(each)
        advance(each)

    tried = 0
    while True:
        before = len(stored)
        try:
            destination.store(objects[before:], confirm)
            return Sent(tuple(stored), ())
        except NotStoredError as error:
            tried = 1 if len(stored) > before else tried + 1
            if error.lasting or tried > retries:
                return Sent(tuple(stored), tuple(objects[len(stored) :]), str(error))
        time.sleep(pause_s * 2 ** (tried - 1))


def find_destination(address: str, calling: str = "BTN", timeout_s: float = 30, authorization: str = "") -> Destination:
    """Return the node or server of an address.

    Args:
        address: `AE_TITLE@host:port` of a node, or the URL of a DICOMweb service, such as
            `https://pacs.example/dicom-web`.
        calling: AE title under which this program calls a node.
        timeout_s: seconds without an answer after which a try is given up.
        authorization: value of the HTTP header of that name for a server; blank for none.

    Raises:
        UsageError: it is neither.
    """
    if address.startswith(("http://", "https://")):
        from braintumornet.dicom.sending.dicom_web import DicomWeb

        return DicomWeb(address.rstrip("/"), timeout_s, authorization)
    title, at, place = address.partition("@")
    host, _, port = place.rpartition(":")
    if not (at and 0 < len(title) <= 16 and host and port.isdecimal() and 0 < int(port) < 65536):
        msg = (
            f"{address!r} is no address; expected AE_TITLE@host:port of a node, such as ORTHANC@localhost:4242, or the "
            "https:// URL of a DICOMweb service"
        )
        raise UsageError(msg)
    require(
        0 < len(calling) <= 16 and calling.isascii(),
        f"{calling!r} is no AE title; expected 1 to 16 letters",
        UsageError,
    )
    from braintumornet.dicom.sending.dicom_node import DicomNode

    return DicomNode(title, host.strip("[]"), int(port), calling, timeout_s)
