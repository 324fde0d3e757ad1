"""YAML of plain values only, read within bounds (no code, no bombs, no key twice) and written as people do."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node

from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import shorten

LARGEST_BYTES = 256 * 1024  # some hundred times our longest configuration; takes about two seconds to read
DEEPEST = 32  # sections within sections
MOST_VALUES = 50_000  # with each alias counted as what it stands for
LARGEST_NUMBER = 2**63 - 1
PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")}


class _PlainLoader(yaml.SafeLoader):
    """Builds nothing but text, numbers, lists and mappings; a date stays text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (so it is called and typed in yaml)
        first: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            problem = f"it is nested deeper than {DEEPEST} levels"
            raise ConstructorError(problem=problem)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def get_single_node(self) -> Node | None:
        node: Node | None = super().get_single_node()
        if node is not None:
            _count_values(node, {})
        return node

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value if isinstance(node, MappingNode) else ():
            if key_node.tag != "tag:yaml.org,2002:merge":
                key = self.construct_object(key_node, deep=True)
                if isinstance(key, Hashable) and key in seen:
                    raise ConstructorError(problem=f"the key {key!r} is there twice", problem_mark=node.start_mark)
                seen |= {key} if isinstance(key, Hashable) else set()
        return super().construct_mapping(node, deep=deep)


def parse_yaml(text: str, where: str) -> Any:
    """Return the plain values that a YAML text holds.

    What an anchor and its aliases stand for is not shared, so that each can be changed.

    Args:
        text: one document.
        where: begins the error line, such as the name of the file.

    Raises:
        UsageError: it is no YAML, or holds more than plain values, a key twice, or too much.

    Example:
        >>> parse_yaml("steps: 5", "a.yaml")
        {'steps': 5}
    """
    require(
        len(text) <= LARGEST_BYTES,
        f"{where} is longer than {LARGEST_BYTES // 1024} KiB, which no configuration is",
        UsageError,
    )
    try:
        return _unshared(yaml.load(text, Loader=_PlainLoader))
    except ConstructorError as error:
        msg = f"{where} holds more than plain values ({shorten(_problem(error))}); a configuration runs no code"
        raise UsageError(msg) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        msg = f"{where} is not YAML: {shorten(str(error))}"
        raise UsageError(msg) from error


def read_yaml(path: Path) -> Any:
    """Read a YAML file as `parse_yaml` does.

    Raises:
        UsageError: also where it cannot be read, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        return parse_yaml(content.decode("utf-8-sig"), str(path))
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} is not in UTF-8 ({error.reason} at byte {error.start}); save it in UTF-8"
        raise UsageError(msg) from error


class _Dumper(yaml.SafeDumper):
    """Writes a list of plain values on one line, as people do."""


def _write_list(dumper: _Dumper, values: list[Any]) -> yaml.Node:
    plain = not any(isinstance(value, list | dict) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain)


_Dumper.add_representer(list, _write_list)


def format_yaml(content: Mapping[str, Any]) -> str:
    """Return plain values as YAML, in their order."""
    return yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False)


def _count_values(node: Node, known: dict[int, int | None]) -> int:
    """Return how many values a node is worth; plain ones only, and no bomb.

    Raises:
        ConstructorError: it holds a tag, itself, or too much.
    """
    if node.tag not in PLAIN:
        raise ConstructorError(problem=f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')!r}")
    if isinstance(node, yaml.ScalarNode):
        return 1
    before = known.get(id(node), 0)
    if before is None:
        raise ConstructorError(problem="an alias stands for something that it is part of")
    if before:
        return before
    known[id(node)] = None
    parts = [part for pair in node.value for part in pair] if isinstance(node, MappingNode) else node.value
    total = 1 + sum(_count_values(part, known) for part in parts if part.tag != "tag:yaml.org,2002:merge")
    if total > MOST_VALUES:
        raise ConstructorError(problem=f"its aliases stand for more than {MOST_VALUES} values")
    known[id(node)] = total
    return total


def _unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unshared(one) for key, one in value.items()}
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        msg = f"a whole number of {len(str(value))} digits is too large"
        raise ValueError(msg)
    return [_unshared(one) for one in value] if isinstance(value, list) else value


def _problem(error: ConstructorError) -> str:
    line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
    return f"{error.problem}{line}"
