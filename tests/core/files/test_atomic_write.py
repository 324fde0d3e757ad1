import errno
import os
import resource
import signal
import stat
import subprocess
import sys

import pytest

from braintumornet.core.files.atomic_write import (
    read_json,
    require_writable,
    whole_file,
    write_bytes,
    write_json,
    write_text,
)
from braintumornet.core.text.errors import InputError


def write_half(path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise KeyError


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(KeyError):
        write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_is_there_only_once_it_is_complete(tmp_path):
    with whole_file(tmp_path / "new" / "a.nii.gz") as file:
        file.write(b"done")
        assert not (tmp_path / "new" / "a.nii.gz").exists()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["a.nii.gz"]


def test_a_link_that_waits_at_a_foreseeable_name_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f".{os.getpid()}.a.txt").symlink_to(victim)
    write_text(tmp_path / "a.txt", "new")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "a.txt").is_symlink()


def test_writers_with_the_same_process_id_do_not_share_a_file(tmp_path):
    """As in two containers that share a folder."""
    path = tmp_path / "a.txt"
    with whole_file(path) as first:
        first.write(b"first")
        write_text(path, "second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path):
    code = "import os, pathlib, signal, sys; from braintumornet.core.files.atomic_write import whole_file\n"
    code += "with whole_file(pathlib.Path(sys.argv[1])) as file:\n os.kill(os.getpid(), signal.SIGKILL)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.txt")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    write_text(tmp_path / "b.txt", "new")
    assert list(tmp_path.iterdir()) == [tmp_path / "b.txt"]


def test_only_parts_of_files_are_removed(tmp_path):
    others = [tmp_path / ".btn-part-", tmp_path / ".1234.a.txt", tmp_path / "btn-part-0" / (".btn-part-" + 32 * "0")]
    others[2].mkdir(parents=True)
    (tmp_path / (".btn-part-" + 32 * "a")).symlink_to(tmp_path / "nowhere")
    others[0].touch()
    others[1].touch()
    write_text(tmp_path / "b.txt", "new")
    assert all(other.exists() for other in others)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_who_may_read_a_file_is_up_to_the_user(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_text(tmp_path / "a.txt", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_a_full_disk_is_told_and_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(InputError, match=r"cannot write .*a\.txt: No space left on device; free some space"):
        write_bytes(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_stops_midway_leaves_nothing(tmp_path):
    code = "import sys, pathlib; from braintumornet.core.files.atomic_write import write_bytes; "
    code += "write_bytes(pathlib.Path(sys.argv[1]), bytes(100_000))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.bin")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "InputError: cannot write" in done.stderr
    assert "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write .*choose another folder"):
        write_text(tmp_path / "file" / "a.txt", "text")


def test_json_round_trip(tmp_path):
    write_json(tmp_path / "a.json", {"ids": ["a", "b"], "n": 2})
    assert read_json(tmp_path / "a.json") == {"ids": ["a", "b"], "n": 2}


@pytest.mark.parametrize("text", [None, '{"a": '])
def test_json_that_is_missing_or_damaged_is_named(tmp_path, text):
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"cannot read .*a\.json"):
        read_json(path)


def test_who_reads_the_old_file_is_not_disturbed(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with path.open() as reader:
        write_text(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


def test_an_output_that_cannot_be_written_is_refused_early(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write .*a\.html: .*; free some space or choose another folder"):
        require_writable(tmp_path / "file" / "a.html")
    with pytest.raises(InputError, match="it is a folder"):
        require_writable(tmp_path)


def test_asking_whether_an_output_can_be_written_leaves_nothing(tmp_path):
    require_writable(tmp_path / "new" / "a.html")
    assert list((tmp_path / "new").iterdir()) == []
