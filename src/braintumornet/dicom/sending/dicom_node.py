"""A DICOM node, to which objects are sent by C-STORE; pynetdicom does the talking."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from braintumornet.core.text.errors import UsageError
from braintumornet.dicom.sending.send import DicomObject, NotStoredError
from braintumornet.prepare.input.dicom.read_files import quiet

if TYPE_CHECKING:
    from pynetdicom.association import Association

_MOST_CONTEXTS = 128  # of an association
_FULL = range(0xA700, 0xA800)
_WARNINGS = (0x0000, 0xB000, 0xB006, 0xB007)
_REJECTED = {3: "does not know the AE title {calling!r} of the caller", 7: "does not know its own AE title {title!r}"}


@dataclass(frozen=True)
class DicomNode:
    """A node of a clinic's network.

    Args:
        title: its AE title.
        host: name or number.
        port: where it listens.
        calling: AE title of this program.
        timeout_s: seconds without an answer after which a try is given up.
    """

    title: str
    host: str
    port: int
    calling: str
    timeout_s: float

    def __str__(self) -> str:
        return f"{self.title}@{self.host}:{self.port}"

    def store(self, objects: Sequence[DicomObject], stored: Callable[[DicomObject], None]) -> None:
        """Send objects over one association, as `send.Destination` promises.

        Raises:
            NotStoredError: the node cannot be reached, refuses, hangs, or says that it did not store an object.
            UsageError: pynetdicom is not installed.
        """
        with _silent(), quiet():
            association = self._associate(objects)
            try:
                for each in objects:
                    self._store(association, each)
                    stored(each)
            finally:
                if association.is_established:
                    association.release()

    def _associate(self, objects: Sequence[DicomObject]) -> "Association":
        entity = _new_entity(self.calling)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = self.timeout_s
        entity.connection_timeout = self.timeout_s
        kinds = dict.fromkeys((each.sop_class, each.syntax) for each in objects)
        for sop_class, syntax in list(kinds)[:_MOST_CONTEXTS]:
            entity.add_requested_context(sop_class, syntax)
        association = entity.associate(self.host, self.port, ae_title=self.title)
        if association.is_established:
            return association
        if association.is_rejected:
            answer = association.acceptor.primitive
            reason = _REJECTED.get(getattr(answer, "diagnostic", 0), "refuses to talk")
            lasting = getattr(answer, "result", 1) == 1  # 2 is transient
            msg = f"{self} {reason.format(calling=self.calling, title=self.title)}; ask who runs it to know you"
            raise NotStoredError(msg, lasting)
        if association.rejected_contexts:  # all of them, or there would be an association
            msg = f"{self} takes no objects of this kind, or not in this encoding ({objects[0].path.name})"
            raise NotStoredError(msg, lasting=True)
        msg = f"{self} cannot be reached, or gave no answer within {self.timeout_s:g} s; check the address and the node"
        raise NotStoredError(msg, lasting=False)

    def _store(self, association: "Association", each: DicomObject) -> None:
        ended = f"{self} ended the connection"
        if not association.is_established:
            raise NotStoredError(ended, lasting=False)
        try:
            answer = association.send_c_store(each.read())
        except ValueError as error:  # no context was accepted for it
            msg = f"{self} takes no objects of this kind, or not in this encoding ({each.path.name})"
            raise NotStoredError(msg, lasting=True) from error
        except RuntimeError as error:  # the connection ended between two objects
            raise NotStoredError(ended, lasting=False) from error
        status = answer.get("Status")
        if status is None:
            msg = f"{self} gave no answer within {self.timeout_s:g} s, or ended the connection, after {each.path.name}"
            raise NotStoredError(msg, lasting=False)
        if status not in _WARNINGS:
            full = status in _FULL
            reason = "has no room" if full else "refuses it"
            msg = f"{self} {reason} ({each.path.name}, status 0x{status:04X})"
            raise NotStoredError(msg, lasting=not full)


def _new_entity(calling: str) -> Any:
    try:
        from pynetdicom import AE
    except ImportError as error:
        msg = 'sending to a node needs pynetdicom; install it with pip install "braintumornet[dicom]"'
        raise UsageError(msg) from error
    return AE(ae_title=calling)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep pynetdicom's own messages, which dump what is sent, from screens and logs."""
    logger = logging.getLogger("pynetdicom")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
