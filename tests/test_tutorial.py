"""The tutorial runs from its first cell to its last, and shows what it is there to show."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
MOST_BYTES = 600_000


@pytest.fixture(scope="module")
def execute() -> ModuleType:
    spec = importlib.util.spec_from_file_location("execute", NOTEBOOKS / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    return json.loads((NOTEBOOKS / "tutorial.ipynb").read_text())


def make_small(source: str) -> str:
    """Return a cell with heads of few voxels, few of them, and a short training."""
    source = re.sub(r"spacing_mm=\d", "spacing_mm=4, size=24", source)
    return re.sub(r"steps=\d+", "steps=2", source).replace("phantoms(16,", "phantoms(4,")


@pytest.mark.parametrize("change", [make_small, pytest.param(str, marks=pytest.mark.slow, id="as_it_is")])
def test_every_cell_runs_and_shows_as_much_as_is_kept_of_it(
    execute: ModuleType,
    notebook: dict[str, Any],
    change: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    sources = execute.sources_of(notebook)
    shown = list(execute.run_cells([change(source) for source in sources]))
    kept = [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [[*data] for data in shown] == [[*outputs[0]["data"]] if outputs else [] for outputs in kept]
    pages = [data["text/html"] for data in shown if "text/html" in data]
    for words in ("1 case of 1 patient", "not assessed", "scores of", "no verdict: one split"):
        assert any(words in page for page in pages), words


def test_a_cell_that_fails_is_told(execute: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError):
        list(execute.run_cells(["one = 1", "one / 0", "one"]))


def test_the_notebook_is_small_and_says_that_its_heads_are_phantoms() -> None:
    file = NOTEBOOKS / "tutorial.ipynb"
    assert file.stat().st_size < MOST_BYTES
    assert "All heads on this page are phantoms" in file.read_text()
