"""JSON that is damaged or hostile ends in one line."""

from pathlib import Path

import pytest

from braintumornet.core.cohort.label_scheme import parse_label_scheme
from braintumornet.core.files.atomic_write import LARGEST_JSON, read_json
from braintumornet.core.files.json_text import parse_json
from braintumornet.core.text.errors import InputError

DAMAGED = {
    "a key twice": ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' is there twice"),
    "deep": ("[" * 100_000, "it is nested too deeply"),
    "deep and closed": ('{"a":' * 5000 + "1" + "}" * 5000, "it is nested too deeply"),
    "a large number": ('{"a": 1e999}', "the number 1e999 is too large"),
    "digits": ("9" * 5000, "4300"),
    "cut short": ('{"a": [1, ', "Expecting value"),
    "empty": ("", "Expecting value"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_one_line(name: str, tmp_path: Path) -> None:
    text, message = DAMAGED[name]
    with pytest.raises(ValueError, match=message):
        parse_json(text)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=rf"cannot read .*a\.json: .*{message}") as error:
        read_json(tmp_path / "a.json")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": "\xfc"}', "invalid start byte"),
        (b"\0" * 100, "Expecting value"),
        ('{"a": 1}'.encode("utf-16"), "invalid start byte"),
        (b" " * (LARGEST_JSON + 1), "it has more than 32 MiB, which nothing that we write has"),
    ],
)
def test_what_is_no_text_is_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_json(tmp_path / "a.json")


def test_numbers_that_json_lacks_are_null() -> None:
    assert parse_json("[NaN, Infinity, -Infinity, 0.5]") == [None, None, None, 0.5]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"0": "oedema"}', "found 0"),
        ('{"-1": "oedema"}', "found -1"),
        ('{"99999999999": "oedema"}', "found 99999999999"),
        ('{"1": "oedema", "01": "enhancing"}', "found 1"),
    ],
)
def test_labels_of_a_coding_are_those_of_a_mask(text: str, found: str) -> None:
    with pytest.raises(InputError, match=f"expected each label once, from 1 to 65535, {found}"):
        parse_label_scheme(text)


def test_a_coding_says_no_label_twice() -> None:
    with pytest.raises(InputError, match="the key '1' is there twice"):
        parse_label_scheme('{"1": "oedema", "1": "enhancing"}')
