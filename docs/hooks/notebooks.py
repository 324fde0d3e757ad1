"""Show notebooks as pages of the site, with what their cells showed when they were run (hooks of MkDocs)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

SUFFIX = ".ipynb"


class Notebook(File):
    """A notebook, which is a page and no file to be copied."""

    def is_documentation_page(self) -> bool:
        """Say so."""
        return True


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take each notebook for a page."""
    for file in [file for file in files if file.src_uri.endswith(SUFFIX)]:
        files.remove(file)
        files.append(Notebook(file.src_uri, config.docs_dir, config.site_dir, config.use_directory_urls))
    return files


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """Return the text of a notebook as Markdown; None of any other page, which is read as it is."""
    if not page.file.src_uri.endswith(SUFFIX):
        return None
    return "\n\n".join(_write(json.loads(page.file.content_string)))


def _write(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source
            continue
        yield f"```python\n{source}\n```"
        for output in cell["outputs"]:
            yield from _show(output["data"])


def _show(data: dict[str, str]) -> Iterator[str]:
    """Yield what a cell showed; HTML on one line, so that no blank one ends it, and tables of pandas as the site's."""
    if "text/html" in data:
        page = " ".join("".join(data["text/html"]).split())
        page = re.sub(r"<style scoped>.*?</style>", "", page).replace('<table border="1" class="dataframe">', "<table>")
        yield f'<div class="output">{page}</div>'
    else:
        yield f"```text\n{''.join(data['text/plain'])}\n```"
