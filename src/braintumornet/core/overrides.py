"""Values that are given on the command line, on top of what a file says."""

from collections.abc import Sequence
from typing import Any

import yaml

from braintumornet.core.errors import UsageError


def apply_overrides(content: dict[str, Any], overrides: Sequence[str]) -> None:
    """Put values such as `training.steps=2000`, read as YAML, into the content of a configuration.

    Raises:
        UsageError: one has no key or value, or goes through what is no section.

    Example:
        >>> content = {"training": {"steps": 9}}
        >>> apply_overrides(content, ["training.steps=2000", "seed=1"])
        >>> content
        {'training': {'steps': 2000}, 'seed': 1}
    """
    for override in overrides:
        _apply(override, content)


def _apply(override: str, content: dict[str, Any]) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        msg = f"--set {override!r}: expected KEY=VALUE, such as training.steps=2000"
        raise UsageError(msg)
    *parents, last = key.split(".")
    section: Any = content
    for parent in parents:
        section = section.setdefault(parent, {}) if isinstance(section, dict) else section[_index(parent, override)]
    if isinstance(section, list):
        section[_index(last, override)] = yaml.safe_load(value)
    elif isinstance(section, dict):
        found = yaml.safe_load(value)
        if last == "kind" and section.get("kind") != found:
            section.clear()  # the other keys are those of another kind
        section[last] = found
    else:
        msg = f"--set {override!r}: {'.'.join(parents)} is a value, not a section"
        raise UsageError(msg)


def _index(text: str, override: str) -> int:
    if not text.isdigit():
        msg = f"--set {override!r}: {text!r} stands in a list, so expected a number such as tasks.0.loss"
        raise UsageError(msg)
    return int(text)
