"""The pages of cases that `btn predict` and `Predictions.write_pages` write."""

from collections.abc import Callable
from pathlib import Path

import pytest

import braintumornet
from braintumornet.api import predict as whole
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.prediction import PredictionFolder

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    write_manifest(Cohort("c", phantoms.cases[:2]), tmp_path / "two.csv")
    return tmp_path / "two.csv"


def pages(folder: Path) -> list[str]:
    return sorted(page.name for page in folder.glob("*.html"))


def test_each_case_has_a_page_with_its_images_and_masks(run: Path, table: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, err = btn("predict", table, "--run", run, "--output", tmp_path / "p")
    assert (code, err, "2 predictions" in out) == (0, "", True)
    assert pages(tmp_path / "p") == ["phantom-0000.html", "phantom-0001.html"]
    text = (tmp_path / "p" / "phantom-0000.html").read_text()
    assert 'id="image-0"' in text
    assert 'id="mask-0"' in text
    assert "phantom-0001" not in text
    assert str(tmp_path) not in text
    assert "Trained on no patient: on synthetic heads (phantoms) alone; never validated on patients with expert" in text
    assert "# Model card: run" in text


def test_pages_are_a_choice(run: Path, table: Path, tmp_path: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "MOST_PAGES", 1)
    predict = ("predict", table, "--run", run, "--output", tmp_path / "p")
    assert btn(*predict)[0] == 0
    assert pages(tmp_path / "p") == []
    assert btn(*predict, "--page")[0] == 0
    assert len(pages(tmp_path / "p")) == 2
    assert btn(*predict, "--no-page")[0] == 0
    assert pages(tmp_path / "p") == []  # those of an earlier prediction are gone with it


def test_a_page_that_fails_is_told_and_keeps_no_other(run: Path, phantoms: Cohort, tmp_path: Path) -> None:
    predictions = braintumornet.predict(Cohort("c", phantoms.cases[:2]), run, tmp_path, pages=False, progress=False)
    PredictionFolder(tmp_path).labels("phantom-0000", "tumour").unlink()
    (failure,) = predictions.write_pages(progress=False)
    assert failure.case_id == "phantom-0000"
    assert "does not exist" in failure.reason
    assert pages(tmp_path) == ["phantom-0001.html"]


def test_a_case_predicted_before_keeps_its_page(run: Path, phantoms: Cohort, tmp_path: Path) -> None:
    cohort = Cohort("c", phantoms.cases[:2])
    braintumornet.predict(cohort, run, tmp_path, progress=False)
    kept, lost = (tmp_path / name for name in pages(tmp_path))
    kept.write_text("kept")
    lost.unlink()
    braintumornet.predict(cohort, run, tmp_path, resume=True, progress=False)
    assert kept.read_text() == "kept"
    assert 'id="image-0"' in lost.read_text()
