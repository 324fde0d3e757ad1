"""A folder has one writer, who is not outlived by its lock."""

import fcntl
import logging
import os
import signal
import subprocess
import sys

import pytest

from braintumornet.core.files.lock import locked
from braintumornet.core.text.errors import InputError, UsageError

HOLD = """
import os, pathlib, sys, time
from braintumornet.core.files.lock import locked
with locked(pathlib.Path(sys.argv[1]), "taken"):
    if os.fork() == 0:
        print("held", flush=True)
    time.sleep(60)
"""


def take(path):
    with locked(path, "somebody is at work; wait"):
        return [file.name for file in path.parent.iterdir()]


def test_a_second_holder_is_refused_at_once(tmp_path):
    path = tmp_path / ".lock"
    with locked(path, "taken"):
        with pytest.raises(UsageError, match="^somebody is at work; wait$"):
            take(path)
        assert path.exists()
    assert take(path) == [".lock"]
    assert list(tmp_path.iterdir()) == []


def test_folders_that_were_made_for_the_lock_do_not_stay_empty(tmp_path):
    with locked(tmp_path / "a" / "b" / ".lock"):
        (tmp_path / "a" / "kept").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "kept"]


def test_a_killed_holder_frees_the_lock_even_where_its_workers_live_on(tmp_path):
    path = tmp_path / ".lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError):
            take(path)
        holder.kill()
        holder.wait()
        assert take(path) == [".lock"]
        assert list(tmp_path.iterdir()) == []
    finally:
        os.killpg(holder.pid, signal.SIGKILL)
        holder.stdout.close()


def test_a_planted_link_is_not_followed(tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / ".lock").symlink_to(tmp_path / "victim")
    with pytest.raises(InputError, match=r"cannot write .*\.lock"):
        take(tmp_path / ".lock")
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch, caplog):
    def no_locks(handle, operation):
        raise OSError(37, os.strerror(37))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with caplog.at_level(logging.WARNING):
        assert take(tmp_path / ".lock") == [".lock"]
    assert "knows no locks; let nobody else write there" in caplog.text
