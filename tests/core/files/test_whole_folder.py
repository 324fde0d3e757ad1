import pytest

from braintumornet.core.files.whole_folder import whole_folder
from braintumornet.core.text.errors import InputError, UsageError


def test_nothing_is_left_of_a_folder_that_is_not_completed(tmp_path):
    def fill(part):
        (part / "file").touch()
        raise KeyError

    with pytest.raises(KeyError), whole_folder(tmp_path / "a") as part:
        fill(part)
    assert not any(tmp_path.iterdir())


def test_what_is_there_is_not_mixed_with_new_files(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(UsageError, match="is there already; choose a new folder"), whole_folder(path):
            pass
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    with whole_folder(tmp_path / "empty") as part:
        (part / "file").touch()
    assert (tmp_path / "empty" / "file").exists()


def test_a_disk_that_takes_nothing_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write .*a: Not a directory"), whole_folder(tmp_path / "file" / "a"):
        pass
