"""The demo, in small: a step of training, a dozen heads."""

from pathlib import Path

import matplotlib.image
import pytest

from braintumornet.core.errors import UsageError
from braintumornet.demo import run_demo


def test_the_demo_ends_with_a_table_and_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    run_demo(folder, steps=1, training_cases=12, test_cases=3)
    printed = capsys.readouterr().out
    assert "3 unseen synthetic cases" in printed
    assert "single-task" in printed
    assert "genotype: AUC" in printed
    assert "research use" in printed
    assert str(folder / "demo.png") in printed.replace("\n", "").rsplit("✓", 1)[1]
    assert matplotlib.image.imread(folder / "demo.png").ndim == 3
    with pytest.raises(UsageError, match="holds a demo already; choose another folder"):
        run_demo(folder)
