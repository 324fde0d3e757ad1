"""`btn send` to nodes and servers that store, refuse, hang, fall silent or are not there."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pydicom
import pytest

pynetdicom = pytest.importorskip("pynetdicom", reason="pynetdicom is not installed")

from pydicom.uid import ExplicitVRLittleEndian  # noqa: E402

from braintumornet.core.text.errors import InputError, UsageError  # noqa: E402
from braintumornet.dicom.sending.send import find_destination, find_objects, send  # noqa: E402

from ..prepare.write_dicom import MR_IMAGE, T1C, head_phantom, write_series  # noqa: E402

Btn = Callable[..., tuple[int, str, str]]
QUICK = ("--timeout", 0.4, "--retries", 0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three objects, and a file that is none."""
    folder = tmp_path_factory.mktemp("objects")
    write_series(head_phantom((8, 8, 3)), folder, header=T1C)
    (folder / "notes.txt").write_text("none")
    return folder


@contextmanager
def node(status: Callable[[int], int] = lambda count: 0x0000, title: str = "NODE") -> Iterator[tuple[str, list]]:
    """Run a node that answers the n-th object with a status; give its address and what it got."""
    got: list[pydicom.Dataset] = []

    def store(event: object) -> int:
        got.append(event.dataset)
        return status(len(got))

    entity = pynetdicom.AE(ae_title=title)
    entity.require_called_aet = True
    entity.add_supported_context(MR_IMAGE, ExplicitVRLittleEndian)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(pynetdicom.evt.EVT_C_STORE, store)])
    try:
        yield f"NODE@127.0.0.1:{server.socket.getsockname()[1]}", got
    finally:
        server.shutdown()


@contextmanager
def silent() -> Iterator[int]:
    """Listen, take connections, and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def server(answer: Callable[[int], tuple[int, bytes]]) -> Iterator[tuple[str, list[bytes]]]:
    """Run a DICOMweb service that gives the n-th request an answer; give its URL and the requests' bodies."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(len(got))
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/dicom-web", got
        finally:
            running.shutdown()


def test_a_node_gets_every_object_as_it_is(files: Path, btn: Btn) -> None:
    with node() as (address, got):
        code, said, errors = btn("send", files, "--to", address)
    assert (code, errors) == (0, "")
    assert f"3 objects stored on {address}" in said
    sent = {each.SOPInstanceUID: each for each in map(pydicom.dcmread, sorted(files.glob("I*")))}
    assert len(got) == 3
    assert all(each == sent[each.SOPInstanceUID] for each in got)


def test_a_node_that_is_full_for_a_while_gets_the_rest_later(files: Path) -> None:
    objects = find_objects([files])
    with node(lambda count: 0xA700 if count == 2 else 0x0000) as (address, got):
        sent = send(objects, find_destination(address, timeout_s=5), retries=1, pause_s=0.01)
    assert (len(sent.stored), sent.left, len(got)) == (3, (), 4)


def test_a_node_that_refuses_is_not_asked_again(files: Path, btn: Btn) -> None:
    with node(lambda count: 0xC000 if count == 2 else 0x0000) as (address, got):
        code, said, errors = btn("send", files, "--to", address, "--json")
    assert (code, len(got), errors.count("\n")) == (1, 2, 1)
    assert (
        f"error: 1 of 3 objects stored; {find_objects([files])[1].path.name} and those after it not: {address} "
        in errors
    )
    assert "refuses it" in errors
    assert "status 0xC000" in errors
    assert [len(json.loads(said)[key]) for key in ("stored", "left")] == [1, 2]


def test_a_node_that_does_not_know_its_name_or_the_kind_of_object(files: Path, btn: Btn) -> None:
    with node(title="OTHER") as (address, _):
        _, _, errors = btn("send", files, "--to", address, "--timeout", 5)
    assert "0 of 3 objects stored" in errors
    assert "does not know its own AE title 'NODE'; ask who runs it to know you" in errors
    (file,) = list(files.glob("I*"))[:1]
    dataset = pydicom.dcmread(file)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    other = files.parent / "other.dcm"
    dataset.save_as(other)
    for sent, stored in ((file, other), "1 of 2"), ((other,), "0 of 1"):
        with node() as (address, _):
            _, _, errors = btn("send", *sent, "--to", address, "--timeout", 5)
        assert f"{stored} objects stored; other.dcm not: " in errors
        assert "takes no objects of this kind, or not in this encoding (other.dcm)" in errors


def test_a_node_or_server_that_hangs_or_is_not_there_ends_within_the_limit(files: Path, btn: Btn) -> None:
    with silent() as port:
        for address in (f"NODE@127.0.0.1:{port}", f"http://127.0.0.1:{port}"):
            code, _, errors = btn("send", files, "--to", address, *QUICK)
            assert (code, errors.count("\n")) == (1, 1)
            assert errors.startswith("error: 0 of 3 objects stored; ")
            assert "gave no answer within 0.4 s" in errors
    for address in (f"NODE@127.0.0.1:{port}", f"http://127.0.0.1:{port}"):
        code, _, errors = btn("send", files, "--to", address, *QUICK)
        assert (code, errors.count("\n"), "cannot be reached, or " in errors) == (1, 1, True)


def test_a_server_gets_every_object_byte_for_byte_after_a_pause(files: Path) -> None:
    objects = find_objects([files])
    with server(lambda count: (503, b"") if count == 2 else (200, b"{}")) as (url, got):
        sent = send(objects, find_destination(url, timeout_s=5), retries=2, pause_s=0.01)
    assert (len(sent.stored), len(got)) == (3, 4)
    for each, body in zip(objects, [got[0], *got[2:]], strict=True):
        assert each.path.read_bytes() in body


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", "does not let us in (HTTP 401); give --authorization"),
        (404, b"", "is no DICOMweb service that stores (HTTP 404)"),
        (307, b"", "sends us elsewhere (HTTP 307)"),
        (409, b"", "did not store "),
        (202, b'{"00081198": {"vr": "SQ", "Value": [{"00081197": {"Value": [43264]}}]}}', "(reason 43264)"),
    ],
)
def test_a_server_that_refuses_is_not_asked_again(files: Path, btn: Btn, status: int, body: bytes, said: str) -> None:
    with server(lambda count: (200, b"") if count == 1 else (status, body)) as (url, got):
        code, _, errors = btn("send", files, "--to", url, "--timeout", 5)
    assert (code, len(got), errors.count("\n")) == (1, 2, 1)
    assert "1 of 3 objects stored; " in errors
    assert said in errors


def test_nothing_is_sent_where_a_file_is_no_dicom_or_the_address_is_none(files: Path, tmp_path: Path, btn: Btn) -> None:
    with pytest.raises(InputError, match="notes.txt is no DICOM file; nothing was sent"):
        find_objects([files, files / "notes.txt"])
    with pytest.raises(InputError, match="holds no DICOM file; nothing was sent"):
        find_objects([tmp_path])
    for address in ("localhost:104", "NODE@localhost", "NODE@localhost:0", "@localhost:104", "ftp://x"):
        with pytest.raises(UsageError, match=r"is no address; expected AE_TITLE@host:port"):
            find_destination(address)
    with pytest.raises(UsageError, match="is no AE title"):
        find_destination("NODE@localhost:104", calling="A" * 17)
    (tmp_path / "secret").write_text("Basic abc\n")
    assert "abc" not in repr(find_destination("https://x", authorization="Basic abc"))
    with server(lambda _: (200, b"")) as (url, _):
        assert btn("send", files, "--to", url, "--authorization", tmp_path / "secret")[0] == 0
        assert btn("send", files, "--to", url, "--authorization", tmp_path / "none")[0] == 1
