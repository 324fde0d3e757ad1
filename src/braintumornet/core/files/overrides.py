"""Values that are given on the command line, on top of what a file says."""

from collections.abc import Sequence
from typing import Any

from braintumornet.core.files.safe_yaml import parse_yaml
from braintumornet.core.text.earlier_names import CONFIG_NAMES, EarlierNames
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import shorten


def apply_overrides(content: dict[str, Any], overrides: Sequence[str], names: EarlierNames = CONFIG_NAMES) -> None:
    """Put values such as `training.steps=2000`, read as YAML, into the content of a configuration.

    Args:
        content: of the configuration; changed.
        overrides: in their order.
        names: that keys had before, which are read as those of now.

    Raises:
        UsageError: one has no key or value, or goes through what is no section.

    Example:
        >>> content = {"training": {"steps": 9}}
        >>> apply_overrides(content, ["training.steps=2000", "seed=1"])
        >>> content
        {'training': {'steps': 2000}, 'seed': 1}
    """
    for override in overrides:
        _apply(override, content, names)


def _apply(override: str, content: dict[str, Any], names: EarlierNames) -> None:
    key, equals, value = override.partition("=")
    require(equals, f"--set {shorten(override)!r}: expected KEY=VALUE, such as training.steps=2000", UsageError)
    found = parse_yaml(value, f"--set {shorten(override)!r}: the value")
    ((key, found),) = names.current({key: found}, "--set").items()
    *parents, last = key.split(".")
    section: Any = content
    for number, parent in enumerate(parents, start=1):
        section = _enter(section, parent, override)
        require(
            isinstance(section, dict | list),
            f"--set {shorten(override)!r}: {'.'.join(parents[:number])} is a value, not a section",
            UsageError,
        )
    if isinstance(section, list):
        section[_index(last, section, override)] = found
    else:
        if last == "kind" and section.get("kind") != found:
            section.clear()  # the other keys are those of another kind
        section[last] = found


def _enter(section: dict[str, Any] | list[Any], name: str, override: str) -> Any:
    if isinstance(section, list):
        return section[_index(name, section, override)]
    if section.get(name) is None:  # a section that is left out may be written as null
        section[name] = {}
    return section[name]


def _index(text: str, section: list[Any], override: str) -> int:
    require(
        text.isascii() and text.isdigit(),
        f"--set {shorten(override)!r}: {text!r} stands in a list, so expected a number such as tasks.0.loss",
        UsageError,
    )
    require(
        len(text) <= 9 and int(text) < len(section),
        f"--set {shorten(override)!r}: there is no number {text} in a list of {len(section)}, counted from 0",
        UsageError,
    )
    return int(text)
