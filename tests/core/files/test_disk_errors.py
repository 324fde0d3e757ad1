"""A disk that takes no file is told as what it is, with what helps."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.files.disk_errors import cannot_write
from braintumornet.core.text.errors import InputError

ADVICE = {
    errno.ENOSPC: "No space left on device; free some space or choose another folder",
    errno.EDQUOT: "Disk quota exceeded; free some space or choose another folder",
    errno.EROFS: "Read-only file system; the disk takes no file; choose another folder",
    errno.EACCES: "Permission denied; get the right to write there, or choose another folder",
}


@pytest.mark.parametrize("number", ADVICE)
def test_what_helps_depends_on_what_is_wrong(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError) as error:
        write_text(tmp_path / "a.txt", "a")
    assert str(error.value) == f"cannot write {tmp_path / 'a.txt'}: {ADVICE[number]}"
    assert str(error.value) == str(cannot_write(tmp_path / "a.txt", OSError(number, os.strerror(number))))


def test_an_error_of_the_system_is_one_line_of_ours_wherever_it_comes(
    btn: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/data/x")

    monkeypatch.setattr("braintumornet.terminal.info.describe_experiment", refuse)
    code, _, said = btn("info", "demo")
    assert (code, said) == (1, "error: /data/x: Read-only file system; fix that, and try again\n")
