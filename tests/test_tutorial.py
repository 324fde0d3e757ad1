"""The notebook of the documentation runs, and shows what it is there to show."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "docs" / "notebooks"


def test_the_first_run_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("execute", NOTEBOOKS / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    execute = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(execute)
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((NOTEBOOKS / "first_run.ipynb").read_text())
    quick = [
        re.sub(r"steps=\d+", "steps=2", source).replace("phantoms(12,", "phantoms(4,")
        for source in execute.sources_of(notebook)
    ]
    shown = list(execute.run_cells(quick))
    kept = [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [[*data] for data in shown] == [[*outputs[0]["data"]] if outputs else [] for outputs in kept]
    pages = [data["text/html"] for data in shown if "text/html" in data]
    for title in ("4 cases of 4 patients", "predictions in predictions", "scores of", "verdict"):
        assert any(title in page for page in pages)
