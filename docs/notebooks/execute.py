"""Run the cells of a notebook, and keep in it what they show.

python docs/notebooks/execute.py docs/notebooks/tutorial.ipynb
"""

import ast
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any


def run_cells(sources: list[str]) -> Iterator[dict[str, Any]]:
    """Run cells one after the other in the folder at hand, and yield what the last line of each comes to.

    Yields:
        MIME type -> text, as a notebook holds it; empty where a cell shows nothing.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(sources, 1):
        body = ast.parse(source, f"cell {number}")
        last = body.body.pop() if isinstance(body.body[-1], ast.Expr) else None
        with redirect_stdout(io.StringIO()):  # bars and lines of a training are not kept
            exec(compile(body, f"cell {number}", "exec"), names)
            shown = None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # type: ignore[attr-defined]
        yield {} if shown is None else _as_mime(shown)


def _as_mime(shown: Any) -> dict[str, str]:
    page = shown._repr_html_() if hasattr(shown, "_repr_html_") else None
    return {"text/plain": repr(shown)} | ({} if page is None else {"text/html": page})


def sources_of(notebook: dict[str, Any]) -> list[str]:
    """Return the text of each code cell."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def execute(path: Path) -> None:
    """Run a notebook in an empty folder, and write what its cells show into it."""
    notebook = json.loads(path.read_text())
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            shown = list(run_cells(sources_of(notebook)))
        finally:
            os.chdir(before)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, (cell, data) in enumerate(zip(code, shown, strict=True), 1):
        cell["execution_count"] = number
        result = {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": data}
        cell["outputs"] = [result] if data else []
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        execute(Path(name).resolve())
