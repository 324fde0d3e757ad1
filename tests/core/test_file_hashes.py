"""Files are read once, and again as soon as anything suggests another content."""

import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from braintumornet.core import file_hashes as module
from braintumornet.core.file_hashes import Digests

OLD_NS = 1_500_000_000 * 10**9
HOUR_NS = 3600 * 10**9


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"one")
    return path


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """All happens an hour after the files were written, so that their times can be believed."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + HOUR_NS)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read, real = [], hashlib.file_digest

    def note(content, name):
        read.append(content.name)
        return real(content, name)

    monkeypatch.setattr(hashlib, "file_digest", note)
    return read


def test_an_unchanged_file_is_read_once_by_all_processes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = count_reads(monkeypatch)
    cache = file.parent / "cache.json"
    first = Digests(cache)
    assert first.of(file) == first.of(file) == digest(b"one")
    first.save()
    assert Digests(cache).of(file) == digest(b"one")
    assert len(read) == 1


def rewrite(file: Path) -> None:
    file.write_bytes(b"two")
    os.utime(file, ns=(OLD_NS, OLD_NS))


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(OLD_NS, OLD_NS))
    other.replace(file)


@pytest.mark.parametrize("change", [rewrite, replace])
def test_another_content_of_the_same_size_and_time_is_noticed(file: Path, change) -> None:
    os.utime(file, ns=(OLD_NS, OLD_NS))
    known = Digests(file.parent / "cache.json")
    assert known.of(file) == digest(b"one")
    known.save()
    time.sleep(0.02)  # the clock of the file system goes on
    change(file)
    assert known.of(file) == Digests(file.parent / "cache.json").of(file) == digest(b"two")


def test_what_was_changed_just_before_is_not_believed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another change within the same tick of the clock would leave size, times and inode as they are."""
    monkeypatch.setattr(time, "time_ns", lambda: file.stat().st_mtime_ns + 10**9)
    monkeypatch.setattr(module, "_stamp", lambda about: (3, about.st_mtime_ns, file.stat().st_mtime_ns, 7))
    about = file.stat()
    known = Digests()
    assert known.of(file) == digest(b"one")
    file.write_bytes(b"two")
    os.utime(file, ns=(about.st_mtime_ns, about.st_mtime_ns))
    assert known.of(file) == digest(b"two")


def test_a_cache_names_no_file(file: Path) -> None:
    known = Digests(file.parent / "cache.json")
    known.of(file)
    known.save()
    assert file.name not in (file.parent / "cache.json").read_text()


def test_a_damaged_cache_is_not_believed_and_made_anew(file: Path) -> None:
    cache = file.parent / "cache.json"
    known = Digests(cache)
    known.of(file)
    known.save()
    whole = cache.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        cache.write_bytes(damaged)
        assert Digests(cache).of(file) == digest(b"one")
    for other in ("[]", "{}", "null", json.dumps({"files": 3, "sha256": "x"}), 5000 * "["):
        cache.write_text(other)
        again = Digests(cache)
        assert again.of(file) == digest(b"one")
        again.save()
        assert cache.read_bytes() == whole


def test_what_others_found_meanwhile_is_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = file.parent / "cache.json"
    other = Path(shutil.copy(file, file.with_name("b")))
    here, there = Digests(cache), Digests(cache)
    here.of(file), there.of(other)
    here.save(), there.save()
    read = count_reads(monkeypatch)
    again = Digests(cache)
    assert (again.of(file), again.of(other)) == (digest(b"one"), digest(b"one"))
    assert read == []


def test_a_cache_that_cannot_be_written_hinders_nobody(file: Path) -> None:
    known = Digests(file / "cache.json")
    assert known.of(file) == digest(b"one")
    known.save()
    assert file.read_bytes() == b"one"
