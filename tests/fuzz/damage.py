"""How files come to harm: by disks and editors, and on purpose."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

NASTY = (
    *(None, True, 0, -1, 1e308, -1e308, 10**18, 10**30, "", " ", "a", "nan", ".inf", "../../x", "/etc/passwd", "a\0b"),
    *(
        "\x1b[31m",
        "[/b]",
        "{0}",
        "%s",
        "!!python/name:os.system",
        "é\u202e",
        "x" * 5000,
        [],
        {},
        [[]],
        [None],
        {"": {}},
    ),
    *(
        {"": {}},
        {"kind": "resunet"},
        {"kind": "mine"},
        {"a": {"b": {"c": {}}}},
        ["WT"] * 100,
        float("nan"),
        float("inf"),
    ),
)


def places_of(content: Any) -> list[tuple[Any, Any]]:
    """Return every place in nested content, as what holds it and the key or index."""
    own = list(content.items()) if isinstance(content, dict) else list(enumerate(content))
    found = [(content, key) for key, _ in own]
    for _, value in own:
        if isinstance(value, dict | list):
            found += places_of(value)
    return found


def damage_content(rng: np.random.Generator, content: Any) -> Any:
    """Change one place of nested content that is a copy: another value, none, a copy of another place, another key."""
    places = places_of(content)
    if not places:
        return NASTY[rng.integers(len(NASTY))]
    holder, key = places[rng.integers(len(places))]
    other, name = places[rng.integers(len(places))]
    match rng.integers(5):
        case 0:
            del holder[key]
        case 1:
            holder[key] = json.loads(json.dumps(other[name]))
        case 2 if isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        case 3 if isinstance(holder[key], str) and holder[key]:
            at = rng.integers(len(holder[key]))
            holder[key] = holder[key][:at] + chr(rng.integers(33, 127)) + holder[key][at + 1 :]
        case _:
            holder[key] = NASTY[rng.integers(len(NASTY))]
    return content


def damage_bytes(rng: np.random.Generator, content: bytes) -> bytes:
    """Flip a bit, cut, repeat, blank or mix up what a disk or an editor may."""
    if not content:
        return b"\xff\xfe\0"
    at, to = sorted(int(place) for place in rng.integers(0, len(content), 2))
    lines = content.splitlines(keepends=True)
    flipped = bytes([content[at] ^ (1 << rng.integers(8))])
    harm = [
        content[:at] + flipped + content[at + 1 :],
        content[:at] + flipped + content[at + 1 :],
        content[:at],
        content[:at] + content[to:],
        content[:to] + content[at:],
        content[:at] + bytes(to - at) + content[to:],
        content[:at] + rng.bytes(1 + rng.integers(40)) + content[at:],
        b"".join(lines[number] for number in rng.permutation(len(lines))),
    ]
    return harm[rng.integers(len(harm))]


def damage_text(rng: np.random.Generator, path: Path, load: Callable[[str], Any], dump: Callable[[Any], str]) -> None:
    """Damage a file of nested content, mostly once, as content or as bytes."""
    for _ in range(rng.geometric(0.7)):
        try:
            content = load(path.read_text())
        except Exception:  # damaged before
            content = None
        if isinstance(content, dict | list) and rng.random() < 0.7:
            path.write_text(dump(damage_content(rng, content)), errors="surrogatepass")
        else:
            path.write_bytes(damage_bytes(rng, path.read_bytes()))


def damage_file(rng: np.random.Generator, path: Path, others: list[Path]) -> None:
    """Damage any file: gone, empty, a folder, another one's content, or its bytes."""
    match rng.integers(12):
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(b"")
        case 2:
            path.unlink()
            path.mkdir()
        case 3:
            path.write_bytes(others[rng.integers(len(others))].read_bytes())
        case _:
            for _ in range(1 + rng.integers(2)):
                path.write_bytes(damage_bytes(rng, path.read_bytes()))
