"""Orthanc takes and gives back what is sent, unchanged; it is started and ended here, on the loopback device alone."""

import io
import json
import shutil
import socket
import subprocess
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ..dicom.conftest import lesions
from ..dicom.structure_sets import read_slices, write_structure_set
from ..dicom.test_import_contours import grid_of, segmentation
from ..prepare.write_dicom import T1C, head_phantom, write_object, write_series

pytestmark = pytest.mark.slow
ORTHANC, PLUGIN = shutil.which("Orthanc"), Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
Btn = Callable[..., tuple[int, str, str]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """An Orthanc of its own; its ports of DICOM and HTTP."""
    if ORTHANC is None or not PLUGIN.exists():
        pytest.skip("Orthanc with its DICOMweb plugin is not installed (Debian: orthanc, orthanc-dicomweb)")
    dicom, http = free_port(), free_port()
    settings = {
        "Name": "TEST",
        "StorageDirectory": str(tmp_path / "storage"),
        "IndexDirectory": str(tmp_path / "storage"),
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "HttpPort": http,
        "HttpBindAddresses": ["127.0.0.1"],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "UnknownSopClassAccepted": True,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    file = tmp_path / "orthanc.json"
    file.write_text(json.dumps(settings))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([ORTHANC, str(file)], stdout=log, stderr=log)
        try:
            wait_for(http, process)
            yield dicom, http
        finally:
            process.terminate()
            process.wait(60)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "Orthanc ended"
        try:
            fetch(port, "/system")
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("Orthanc did not start")


def fetch(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as response:
        return bytes(response.read())


def stored(port: int) -> dict[str, pydicom.Dataset]:
    found = [
        pydicom.dcmread(io.BytesIO(fetch(port, f"/instances/{each}/file")))
        for each in json.loads(fetch(port, "/instances"))
    ]
    return {each.SOPInstanceUID: each for each in found}


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    folder = tmp_path / "objects"
    write_series(head_phantom((16, 14, 8), 12.0), folder / "t1c", header=T1C)
    slices = read_slices(folder / "t1c")
    mask = lesions(grid_of(slices))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_structure_set(folder / "rs.dcm", slices, {"GTV": mask})
        write_object(folder / "seg.dcm", segmentation(slices, {"GTV": mask, "rest": ~mask}, "BINARY"))
        write_object(folder / "map.dcm", segmentation(slices, {"GTV": mask}, "LABELMAP"))
    return folder


@pytest.mark.parametrize("way", ["C-STORE", "STOW-RS"])
def test_what_is_sent_comes_back_unchanged(orthanc: tuple[int, int], objects: Path, way: str, btn: Btn) -> None:
    dicom, http = orthanc
    address = f"ORTHANC@127.0.0.1:{dicom}" if way == "C-STORE" else f"http://127.0.0.1:{http}/dicom-web"
    code, _, errors = btn("send", objects, "--to", address, "--timeout", 120)
    assert (code, errors) == (0, "")
    sent = {
        each.SOPInstanceUID: each for each in map(pydicom.dcmread, sorted(p for p in objects.rglob("*") if p.is_file()))
    }
    back = stored(http)
    assert set(back) == set(sent)
    assert len(sent) == 11
    for uid, each in sent.items():
        assert back[uid] == each
        if "PixelData" in each:
            assert np.array_equal(back[uid].pixel_array, each.pixel_array)
