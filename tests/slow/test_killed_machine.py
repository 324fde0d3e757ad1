"""A study on two machines of which one dies half-way ends with the tables of one that ran here.

Both machines are this one, under two addresses of the loopback: 127.0.0.1 would be replaced by the external address.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import pytest
import yaml

from braintumornet.core.scores import Scores
from braintumornet.studies.study_folder import StudyFolder

from ..study_tables import TINY_STUDY

pytestmark = pytest.mark.slow

pytest.importorskip("ray", reason="Ray is not installed: pip install 'braintumornet[ray]'")
if sys.platform != "linux":
    pytest.skip("which job a process works on is read from /proc", allow_module_level=True)

HEAD, OTHER = "127.0.0.2", "127.0.0.3"
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",  # sums in another order may end in another last digit
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(16),
    "RAY_USAGE_STATS_ENABLED": "0",
}


def start(*words: object) -> subprocess.Popen[bytes]:
    """Start Python in a session of its own."""
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        env=ENVIRONMENT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started: those of Ray die with their parent."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def machine(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    """Start a machine of a cluster, with one core."""
    small = ("--num-cpus=1", "--object-store-memory=100000000", "--disable-usage-stats")
    process = start("-m", "ray.scripts.scripts", "start", "--block", *small, *words)
    try:
        yield process
    finally:
        kill(process)


def wait_for(address: str) -> None:
    """Wait until something listens."""
    host, port = address.split(":")
    while True:
        with suppress(ConnectionRefusedError):
            return socket.create_connection((host, int(port))).close()
        sleep(0.1)


def free_port() -> int:
    """Return a port beyond those that Ray gives its workers (10002 to 19999)."""
    with socket.socket() as any_port:
        any_port.bind((HEAD, 0))
        port = int(any_port.getsockname()[1])
    return port if port > 19999 else free_port()


def job_half_way(on: subprocess.Popen[bytes], folder: StudyFolder) -> str:
    """Return the job that a machine trains just now, with a checkpoint behind it; "" where there is none."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            session = int((process / "stat").read_text().rpartition(")")[2].split()[3])
            opened = [file.readlink() for file in (process / "fd").iterdir()] if session == on.pid else []
            for job in (file.parent.name for file in opened if file.name == ".lock" and "predictions" in file.parts):
                if folder.run(job).state.is_file() and not folder.run(job).report.is_file():
                    return job
    return ""


def test_a_machine_that_dies_costs_its_job_some_steps(tmp_path: Path) -> None:
    arms = {name: TINY_STUDY["arms"][name] for name in ("single", "multi", "facts")}
    steps = {**TINY_STUDY["set"], "training.steps": 60, "training.save_every": 2}
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump({**TINY_STUDY, "arms": arms, "set": steps}, sort_keys=False))
    command = ("-m", "braintumornet.cli", "study", file, "--study")
    here, there = StudyFolder(tmp_path / "here"), StudyFolder(tmp_path / "there")
    assert start(*command, here.path).wait() == 0

    address = f"{HEAD}:{free_port()}"
    with ExitStack() as stack:
        place = stack.enter_context(TemporaryDirectory(prefix="ray-"))  # paths of sockets must be short
        port = address.split(":")[1]
        head = ("--head", f"--node-ip-address={HEAD}", f"--port={port}", f"--temp-dir={place}")
        stack.enter_context(machine(*head, "--include-dashboard=false"))
        wait_for(address)
        other = stack.enter_context(machine(f"--address={address}", f"--node-ip-address={OTHER}"))
        study = start(*command, there.path, "--engine", "ray", "--address", address)
        stack.callback(kill, study)
        lost = ""
        while not lost:
            assert study.poll() is None, "the study ended before the machine could be killed"
            sleep(0.02)
            lost = job_half_way(other, there)
        began = there.run(lost).config.stat().st_mtime_ns
        kill(other)
        assert not there.result(lost).exists()
        assert study.wait() == 0

    assert there.run(lost).config.stat().st_mtime_ns == began  # gone on with, not begun again
    for part in ("val", "test", "phantom-unseen"):
        ours, theirs = (Scores.read(each.rows(part)).frame.drop(columns="study") for each in (here, there))
        assert ours.equals(theirs)
        assert len(ours) > 50
