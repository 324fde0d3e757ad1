"""A DICOMweb service, to which objects are sent by STOW-RS (DICOM PS3.18, Store Transaction)."""

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any

from braintumornet.dicom.sending.send import DicomObject, NotStoredError

_LONGEST_ANSWER = 2**20
_STORED = (200, 202)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_FAILED, _REASON = "00081198", "00081197"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what is sent again to another place would be sent without its body."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Return that there is no other request."""


@dataclass(frozen=True)
class DicomWeb:
    """A server.

    Args:
        url: of the service, to which `/studies` is added.
        timeout_s: seconds without an answer after which a try is given up.
        authorization: value of the HTTP header of that name; blank for none.
    """

    url: str
    timeout_s: float
    authorization: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.url

    def store(self, objects: Sequence[DicomObject], stored: Callable[[DicomObject], None]) -> None:
        """Send objects, each in a request of its own, as `send.Destination` promises.

        Raises:
            NotStoredError: the server cannot be reached, hangs, or says that it did not store an object.
        """
        for each in objects:
            self._store(each)
            stored(each)

    def _store(self, each: DicomObject) -> None:
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(self._request(each), timeout=self.timeout_s) as response:
                status, answer = response.status, self._read(response)
        except urllib.error.HTTPError as error:
            raise self._refused(each, error.code) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            hangs = isinstance(reason, TimeoutError)
            said = f"gave no answer within {self.timeout_s:g} s" if hangs else "cannot be reached, or ended the talk"
            msg = f"{self} {said}; check the address and the server"
            raise NotStoredError(msg, lasting=False) from error
        if status not in _STORED:
            raise self._refused(each, status)
        if code := _failure_of(answer):
            msg = f"{self} did not store {each.path.name} (reason {code})"
            raise NotStoredError(msg, lasting=True)

    def _request(self, each: DicomObject) -> urllib.request.Request:
        boundary = secrets.token_hex(16)
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = head + each.path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Accept": "application/dicom+json",
            **({"Authorization": self.authorization} if self.authorization else {}),
        }
        return urllib.request.Request(f"{self.url}/studies", body, headers, method="POST")

    def _read(self, response: HTTPResponse) -> bytes:
        """Return what the server says, read within the time limit however slowly it comes."""
        end, answer = time.monotonic() + self.timeout_s, b""
        while len(answer) < _LONGEST_ANSWER and (part := response.read1(_LONGEST_ANSWER)):
            answer += part
            if time.monotonic() > end:
                raise TimeoutError
        return answer

    def _refused(self, each: DicomObject, status: int) -> NotStoredError:
        match status:
            case 401 | 403:
                said = f"does not let us in (HTTP {status}); give --authorization, or ask for the right to store"
            case 404 | 405:
                said = f"is no DICOMweb service that stores (HTTP {status}); check the URL, without /studies at its end"
            case 301 | 302 | 303 | 307 | 308:
                said = f"sends us elsewhere (HTTP {status}); give the URL that it leads to"
            case _:
                said = f"did not store {each.path.name} (HTTP {status})"
        return NotStoredError(f"{self} {said}", lasting=status not in _PASSING)


def _failure_of(answer: bytes) -> str:
    """Return the code of a failure that an answer speaks of though its status is success; blank where there is none."""
    try:
        content = json.loads(answer) if answer.strip() else {}
        content = content[0] if isinstance(content, list) and content else content
        failed = content.get(_FAILED, {}).get("Value", []) if isinstance(content, dict) else []
        if not failed:
            return ""
        return str(failed[0].get(_REASON, {}).get("Value", ["unknown"])[0])
    except (ValueError, AttributeError, TypeError, IndexError):
        return ""  # it is told in XML or not at all: the status counts
