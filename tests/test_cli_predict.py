"""What `btn predict`, and `btn.predict` in Python, can be given."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import braintumornet
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import UsageError
from braintumornet.volumes.nifti import read_labels

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def predicted(run: Path, phantoms: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The masks of the first phantom, predicted as a case of its cohort."""
    folder = tmp_path_factory.mktemp("predicted")
    braintumornet.predict(Cohort("c", phantoms.cases[:1]), run, folder, progress=False)
    return folder


def mask(folder: Path, case_id: str) -> np.ndarray:
    return read_labels(folder / f"{case_id}_tumour.nii.gz").array


def test_files_by_name_are_one_case(run: Path, phantoms: Cohort, predicted: Path, tmp_path: Path, btn: Btn) -> None:
    first = phantoms.cases[0]
    named = ("--t1ce", first.images["t1c"], "--flair", first.images["t2f"], "--brain-mask", first.brainmask)
    code, out, err = btn("predict", *named, "--case-id", "mine", "--run", run, "--output", tmp_path)
    assert (code, err, "1 predictions" in out) == (0, "", True)
    assert np.array_equal(mask(tmp_path, "mine"), mask(predicted, first.id))
    assert not (tmp_path / "prepared").exists()


def test_files_by_name_in_python(run: Path, phantoms: Cohort, predicted: Path, tmp_path: Path) -> None:
    first = phantoms.cases[0]
    images = {"T1-CE": str(first.images["t1c"]), "flair": first.images["t2f"], "brainmask": first.brainmask}
    (record,) = braintumornet.predict(images, run, tmp_path, progress=False)  # type: ignore[arg-type]
    assert record.case_id == "case"
    assert np.array_equal(mask(tmp_path, "case"), mask(predicted, first.id))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to predict: give INPUT (a table, folder or zip), or files by name such as --t1c t1c.nii.gz"),
        (("a.csv", "--flair", "b.nii.gz"), "both INPUT a.csv and --t2f are given; INPUT names its own files and cases"),
        (("a.csv", "--case-id", "b"), "both INPUT a.csv and --case-id are given"),
        (("--brain-mask", "b.nii.gz"), "no image is named; name at least one of t1n, t1c, t2w, t2f"),
    ],
)
def test_an_input_is_one_thing(words: tuple[str, ...], said: str, run: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, err = btn("predict", *words, "--run", run, "--output", tmp_path / "p")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not (tmp_path / "p").exists()


def test_says_what_a_file_cannot_be_called(run: Path) -> None:
    with pytest.raises(UsageError, match="'dwi' is no sequence; expected t1n, t1c, t2w, t2f, a usual alias"):
        braintumornet.predict({"dwi": "a.nii.gz"}, run)
    with pytest.raises(UsageError, match="'flair' is the second file of t2f; name one file for each"):
        braintumornet.predict({"t2f": "a.nii.gz", "flair": "b.nii.gz"}, run)


def test_a_run_is_needed() -> None:
    with pytest.raises(UsageError, match="no run is named, and this package holds no model yet; train one with"):
        braintumornet.predict({"t1c": "a.nii.gz"})
