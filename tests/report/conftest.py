"""What tests of the pages share: a page as a person reads it, and a run to report on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.training.trainer import fit

VOID = {"meta", "br", "input", "image", "img", "path", "line", "rect", "polyline"}


class Page(HTMLParser):
    """Fails where a tag is closed that is not open.

    `text` is what a person reads, `tables` its tables as rows of cells, `headings` by level, `tags` all tags.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.headings: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []
        self.text = " ".join(self.text.split())
        self.tables = [[[" ".join(c.split()) for c in row] for row in table] for table in self.tables]
        self.headings = [(level, " ".join(text.split())) for level, text in self.headings]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag in ("h1", "h2", "h3"):
            self.headings.append((tag, ""))
        if tag in VOID:
            self.text += " "
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.text += " "
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if {"style", "title"} & set(self.open):
            return
        self.text += data
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data
        if {"h1", "h2", "h3"} & set(self.open):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def table(self, first: str) -> list[list[str]]:
        """Return the one table whose first cell reads so."""
        (found,) = (table for table in self.tables if table[0][0] == first)
        return found

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="session")
def read_page() -> Callable[[Path], Page]:
    return lambda path: Page(path.read_text())


@dataclass(frozen=True)
class Reported:
    """A run that trained on three phantoms and validated on one, and its predictions of all six."""

    run: RunFolder
    cohort: Cohort
    predictions: Path


@pytest.fixture(scope="session")
def reported(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    sides = ("train", "train", "train", "val", "test", "test")
    cohort = Cohort("phantoms", tuple(replace(c, split=s) for c, s in zip(phantoms, sides, strict=True)))
    content = tiny.model_dump(mode="json")
    config = ExperimentConfig.from_content(content | {"training": content["training"] | {"validate_every": 2}}, "tiny")
    folder = tmp_path_factory.mktemp("reported")
    run = RunFolder(folder / "runs" / "tiny")
    fit(config, cohort, run)
    request = PredictionRequest(run.path, folder / "predictions")
    predict_cohort(Predictor.from_run(run.path), cohort, request, lambda case: None)
    return Reported(run, cohort, folder / "predictions")
