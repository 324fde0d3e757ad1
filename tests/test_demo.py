"""The demo, in small: a coarse head, two steps of training, a dozen heads."""

from pathlib import Path

import pytest

from braintumornet.core.text.errors import UsageError
from braintumornet.demo import run_demo
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.studies.read_study import load_study
from braintumornet.studies.study_file import Study

from .study_tables import TINY_STUDY

HEAD = PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4), mix=Mix(hgg=1))


@pytest.mark.usefixtures("default_model")
def test_the_demo_outlines_a_tumour_and_ends_with_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = Study.model_validate({**TINY_STUDY, "arms": load_study("study_demo").arms})
    run_demo(tmp_path / "demo", small, HEAD)
    printed = capsys.readouterr().out
    assert "outlines a synthetic glioma" in printed
    assert "never validated on patients" in printed
    page = tmp_path / "demo" / "examination" / "predictions" / "phantom-0000.html"
    assert str(page) in printed.replace("\n", "")
    assert page.is_file()
    assert "Making 14 synthetic heads" in printed
    assert "6 of 6 jobs to run, about" in printed
    assert "verdict" in printed
    assert "research use" in printed
    assert printed.replace("\n", "").endswith(str(tmp_path / "demo" / "report.html"))
    assert "<svg" in (tmp_path / "demo" / "report.html").read_text()
    run_demo(tmp_path / "demo", small, HEAD)
    assert "all 6 jobs are done" in capsys.readouterr().out
    with pytest.raises(UsageError, match="holds a study that was begun from another study file"):
        run_demo(tmp_path / "demo", head=HEAD)
