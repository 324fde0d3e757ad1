"""The demo, in small: two steps of training, a dozen heads."""

from pathlib import Path

import pytest

from braintumornet.core.text.errors import UsageError
from braintumornet.demo import run_demo
from braintumornet.studies.study_file import Study, load_study

from .study_tables import TINY_STUDY


def test_the_demo_ends_with_a_verdict_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = Study.model_validate({**TINY_STUDY, "arms": load_study("study_demo").arms})
    run_demo(tmp_path / "demo", small)
    printed = capsys.readouterr().out
    assert "Making 14 synthetic heads" in printed
    assert "6 of 6 jobs to run, about" in printed
    assert "verdict" in printed
    assert "research use" in printed
    assert printed.replace("\n", "").endswith(str(tmp_path / "demo" / "report.html"))
    assert "<svg" in (tmp_path / "demo" / "report.html").read_text()
    run_demo(tmp_path / "demo", small)
    assert "all 6 jobs are done" in capsys.readouterr().out
    with pytest.raises(UsageError, match="holds a study that was begun from another study file"):
        run_demo(tmp_path / "demo")
