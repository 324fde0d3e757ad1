"""The site is built without a warning, every link leads somewhere, and nothing comes from another host."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer

import braintumornet as btn
from braintumornet import testing
from braintumornet.cli.app import app

ROOT = Path(__file__).resolve().parents[1]
BUILD = (sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", ROOT / "mkdocs.yml", "--site-dir")
QUIET = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site; MkDocs itself says which link, anchor or docstring is wrong."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run([*BUILD, folder], capture_output=True, text=True, cwd=folder, check=False, env=QUIET)
    assert built.returncode == 0, built.stderr
    return folder


class _Page(HTMLParser):
    """What a page names and where it leads."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value for name, value in attributes if value is not None}
        self.names |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "link" and said.get("rel") in ("stylesheet", "icon", "preload", "preconnect", "prefetch"):
            self.loaded.append(said["href"])
        elif "src" in said:
            self.loaded.append(said["src"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {file: _Page(file) for file in site.rglob("*.html") if file.name != "404.html"}


def _foreign(address: str) -> bool:
    return re.match(r"(https?:)?//|data:|mailto:", address) is not None


def _broken(pages: dict[Path, _Page]) -> Iterator[str]:
    for file, page in pages.items():
        for link in [*page.links, *page.loaded]:
            path, _, anchor = link.partition("#")
            target = (file.parent / path).resolve() if path else file
            if _foreign(link):
                continue
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].names):
                yield f"{file.name}: {link}"


def test_every_link_and_anchor_of_the_site_leads_somewhere(pages: dict[Path, _Page]) -> None:
    assert list(_broken(pages)) == []


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[Path, _Page]) -> None:
    loaded = {address for page in pages.values() for address in page.loaded}
    styles = "".join(file.read_text() for file in site.rglob("*.css"))
    assert loaded
    assert [address for address in loaded if _foreign(address)] == []
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)]*", styles) == []


def test_every_command_is_in_the_reference(site: Path) -> None:
    names = _Page(site / "reference/commands.html").names
    assert set(typer.main.get_command(app).commands) <= names  # type: ignore[attr-defined]


def test_everything_public_is_in_the_reference(site: Path) -> None:
    public = {f"braintumornet.{name}" for name in btn.__all__ if name != "__version__"}
    checks = {f"braintumornet.testing.{name}" for name in testing.__all__}
    names = {name for page in ("api", "plug-in-interfaces") for name in _Page(site / f"reference/{page}.html").names}
    assert public | checks <= names


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text('<h1 id="here"><a href="#here">a</a><a href="#there">b</a><a href="nowhere.html">c</a></h1>')
    assert list(_broken({file: _Page(file)})) == ["page.html: #there", "page.html: nowhere.html"]


README_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_links_from_the_root_lead_somewhere(page: str, pages: dict[Path, _Page], site: Path) -> None:
    """Anchors are those of the site, for pages that are in it."""
    for link in filter(lambda link: not _foreign(link), README_LINK.findall((ROOT / page).read_text())):
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor:
            built = site / Path(path).relative_to("docs").with_suffix(".html")
            assert anchor in pages[built].names, link
