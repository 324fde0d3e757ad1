"""The plug-ins of docs/how-to/plug-in*.md, found as those of an installed package are."""

import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from braintumornet.core.plugin import Plugin

HERE = Path(__file__).parent
PACKAGE = "my_package"
# files of the page: who looks into them for examples would import them, and take the kinds of the package
collect_ignore = [file.name for file in HERE.glob("*.py") if not file.name.startswith(("test_", "conftest"))]


class Page:
    """The how-to pages.

    Attributes:
        groups: group of entry points -> kind -> module, as their TOML says.
    """

    def __init__(self) -> None:
        pages = sorted((HERE.parents[1] / "docs" / "how-to").glob("plug-in*.md"))
        self.text = "\n".join(page.read_text() for page in pages)
        (toml,) = self.blocks("toml")
        self.groups: dict[str, dict[str, str]] = tomllib.loads(toml)["project"]["entry-points"]
        self.kinds = {kind: module for found in self.groups.values() for kind, module in found.items()}

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"```{language}\n(.*?)```", self.text, re.DOTALL)


@pytest.fixture(scope="session")
def page() -> Page:
    """What the how-tos say."""
    return Page()


@pytest.fixture
def installed(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of a package with the page's plug-ins, laid out as pip leaves it; nothing of it stays for other tests."""
    site = tmp_path / "site"
    about = site / f"{PACKAGE}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
    entries = {group: "".join(f"{kind} = {at}\n" for kind, at in found.items()) for group, found in page.groups.items()}
    (about / "entry_points.txt").write_text("".join(f"[{group}]\n{lines}" for group, lines in entries.items()))
    (site / PACKAGE).mkdir()
    for module in page.kinds.values():
        shutil.copy(HERE / f"{module.removeprefix(f'{PACKAGE}.')}.py", site / PACKAGE)
    monkeypatch.syspath_prepend(site)
    yield site
    for module in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[module]
    for family, kind in product(Plugin.__subclasses__(), page.kinds):
        family._members.pop(kind, None)
