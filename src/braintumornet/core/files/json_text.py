"""JSON read within its own rules: no key twice, no number that it does not have."""

import json
from math import isinf
from typing import Any


def parse_json(text: str) -> Any:
    """Return what a JSON text holds; the bare NaN and Infinity of other programs are read as null.

    Raises:
        ValueError: it is no JSON, holds a key twice or too large a number, or is nested too deeply.

    Example:
        >>> parse_json('{"dice": NaN}')
        {'dice': None}
    """
    try:
        return json.loads(
            text, parse_constant=lambda name: None, parse_float=_parse_float, object_pairs_hook=_require_once
        )
    except RecursionError as error:
        msg = "it is nested too deeply"
        raise ValueError(msg) from error


def _parse_float(text: str) -> float:
    number = float(text)
    if isinf(number):
        msg = f"the number {text[:40]} is too large"
        raise ValueError(msg)
    return number


def _require_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"the key {twice[:40]!r} is there twice"
        raise ValueError(msg)
    return content
