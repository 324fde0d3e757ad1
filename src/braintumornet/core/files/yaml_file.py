"""A YAML file of plain values, which may stand on another file that it names as its base."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from braintumornet.core.files.safe_yaml import read_yaml
from braintumornet.core.text.earlier_names import EarlierNames
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import shorten, suggest

BASE = "base"
LONGEST_CHAIN = 20


def read_layers(name_or_path: str, shipped: Path, names: EarlierNames) -> dict[str, Any]:
    """Read a file on top of its base, the base on top of its own, and so on.

    Args:
        name_or_path: a path, or the name of a file in `shipped`.
        shipped: folder of the files that are known by name.
        names: that keys had before, which are read as those of now.

    Returns:
        Everything they say together, without `base`.

    Raises:
        UsageError: a file is not there, holds more than plain values, or is its own base in the end.
    """
    return _read(_find(name_or_path, Path(), shipped), shipped, names, ())


def _find(name_or_path: str, folder: Path, shipped: Path) -> Path:
    path = folder / name_or_path
    if not path.suffix and not is_file(path):  # a folder of the same name may be there, such as that of `btn demo`
        path = shipped / f"{name_or_path}.yaml"
    if not is_file(path):
        names = [file.stem for file in shipped.glob("*.yaml")]
        msg = f"there is no configuration {shorten(name_or_path)!r}; {suggest(name_or_path, names)}"
        raise UsageError(msg)
    return path


def is_file(path: Path) -> bool:
    """Say whether there is such a file; no path is refused."""
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long
        return False


def _read(path: Path, shipped: Path, names: EarlierNames, above: tuple[Path, ...]) -> dict[str, Any]:
    content: dict[str, Any] = names.current(_load(path), path.name)
    if BASE not in content:
        return content
    base, chain = content.pop(BASE), (*above, path.resolve())
    require(
        len(chain) <= LONGEST_CHAIN,
        f"{path.name}: {BASE}: {LONGEST_CHAIN} files stand on each other already; put them together",
        UsageError,
    )
    if not isinstance(base, str):
        found = shorten(repr(base))
        msg = f"{path.name}: {BASE}: expected a file or the name of a shipped configuration, found {found}"
        raise UsageError(msg)
    below = _find(base, path.parent, shipped)
    if below.resolve() in chain:
        circle = " -> ".join(file.name for file in (*chain, below))
        msg = f"{path.name}: {BASE}: {circle} goes round in a circle; remove one of these `{BASE}` lines"
        raise UsageError(msg)
    return overlay(_read(below, shipped, names, chain), content)


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay values over others: sections are merged key by key, everything else is replaced.

    A section that names another `kind` replaces the one below it, whose keys would mean nothing there.

    Example:
        >>> overlay({"training": {"steps": 9, "seed": 1}, "tasks": [1, 2]}, {"training": {"steps": 5}, "tasks": [3]})
        {'training': {'steps': 5, 'seed': 1}, 'tasks': [3]}
    """
    merged = dict(below)
    for key, value in above.items():
        there = merged.get(key)
        merge = isinstance(value, dict) and isinstance(there, dict) and value.get("kind") in (None, there.get("kind"))
        merged[key] = overlay(there or {}, value) if merge else value
    return merged


def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(path)
    require(
        isinstance(content, dict),
        f"{path} holds no configuration: expected keys such as sequences, tasks, training",
        UsageError,
    )
    return content
