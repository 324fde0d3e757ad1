"""YAML that is hostile or damaged ends in one line, quickly."""

from pathlib import Path

import pytest

from braintumornet.core.files.safe_yaml import LARGEST_BYTES, parse_yaml, read_yaml
from braintumornet.core.text.errors import UsageError

LAUGHS = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))])
MERGES = "\n".join(["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 60))])

HOSTILE = {
    "billion laughs": (LAUGHS, "its aliases stand for more than 50000 values"),
    "merges of merges": (MERGES, "its aliases stand for more than 50000 values"),
    "deep lists": ("[" * 5000 + "]" * 5000, "nested deeper than 32 levels"),
    "deep sections": ("\n".join(" " * n + "a:" for n in range(400)), "nested deeper than 32 levels"),
    "itself": ("a: &a [*a]", "stands for something that it is part of"),
    "a key twice": ("steps: 1\nsteps: 2", "the key 'steps' is there twice"),
    "a key twice below": (
        "training:\n  steps: 1\n  epochs: 1\n  steps: 2",
        "is there twice, line 2",
    ),
    "code": ("!!python/object/apply:os.system ['true']", "a configuration runs no code"),
    "bytes": ("name: !!binary aGVsbG8=", "the tag '!!binary'"),
    "a set": ("name: !!set {a}", "the tag '!!set'"),
    "a tag of its own": ("name: !mine x", "the tag '!mine'"),
    "a large number": ("steps: 99999999999999999999", "a whole number of 20 digits is too large"),
    "digits": ("steps: " + "9" * 5000, "is not YAML"),
    "no YAML": ("a: [1", "is not YAML"),
    "two documents": ("a: 1\n---\na: 2", "is not YAML"),
    "control signs": ("a: \x07", "is not YAML"),
    "length": ("# " + "x" * LARGEST_BYTES, "is longer than 256 KiB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_one_line(name: str) -> None:
    text, message = HOSTILE[name]
    with pytest.raises(UsageError) as error:
        parse_yaml(text, "a.yaml")
    assert message in str(error.value)
    assert len(str(error.value)) < 500
    assert len(str(error.value).splitlines()) == 1


def test_what_is_usual_is_read() -> None:
    text = "base: &a {x: 1, y: [1, 2.5, null, true, text]}\nother: {<<: *a, x: 2}\nday: 2020-01-01"
    shared = [1, 2.5, None, True, "text"]
    found = parse_yaml(text, "a.yaml")
    assert found == {"base": {"x": 1, "y": shared}, "other": {"x": 2, "y": shared}, "day": "2020-01-01"}
    assert found["base"]["y"] is not found["other"]["y"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: Übung".encode("latin-1"), "is not in UTF-8 (invalid continuation byte at byte 6); save it in UTF-8"),
        ("name: a".encode("utf-16"), "is not in UTF-8"),
        (b"a" * (LARGEST_BYTES + 1), "is longer than 256 KiB"),
    ],
)
def test_another_encoding_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(UsageError) as error:
        read_yaml(tmp_path / "a.yaml")
    assert message in str(error.value)


def test_a_mark_of_utf_8_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfname: \xc3\x9c")
    assert read_yaml(tmp_path / "a.yaml") == {"name": "Ü"}
