"""A page that is passed on names no folder."""

from pathlib import Path

import pytest

from braintumornet.report.hide_paths import hide_folders, without_places

HIDDEN = [
    ("cannot read /data/Jane-Doe/t1c.nii.gz: it is gone", "cannot read t1c.nii.gz: it is gone"),
    ("cannot read data/Jane-Doe/t1c.nii.gz: it is gone", "cannot read t1c.nii.gz: it is gone"),
    ("cannot read Jane-Doe/t1c.nii.gz", "cannot read t1c.nii.gz"),
    ("cannot read ./Jane-Doe/t1c", "cannot read t1c"),
    ("cannot read ../Jane-Doe/t1c", "cannot read t1c"),
    ("cannot read ~jane/Jane-Doe/t1c", "cannot read t1c"),
    ("the run 'clinic/Jane-Doe/run' is gone", "the run 'run' is gone"),
    ("15/70 of WT/TC, val/score and/or 3/4", "15/70 of WT/TC, val/score and/or 3/4"),
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_of_a_path_the_last_part_is_left(text: str, shown: str) -> None:
    assert hide_folders(text) == shown


@pytest.mark.parametrize("place", ["my data/Jane Doe", "/my data/Jane Doe", "Jane"])
def test_known_folders_are_hidden_however_they_are_called(place: str) -> None:
    text = f"cannot read {place}/t1c (1).nii.gz"
    assert hide_folders(text, [Path(place) / "t1c (1).nii.gz"]) == "cannot read t1c (1).nii.gz"


def test_of_a_configuration_no_folder_is_left() -> None:
    content = {
        "cohorts": ["Jane/a.csv", "/Jane/b.csv"],
        "data": {"store": "Jane/store"},
        "transfer": {"run": "Jane/run"},
        "external": {"other": "Jane/c.csv"},
        "arms": {"masks": {"folder": "Jane/{split}"}, "set": {"data.store": "Jane/store"}},
    }
    assert "Jane" not in str(without_places(content))
    assert content["cohorts"] == ["Jane/a.csv", "/Jane/b.csv"]
