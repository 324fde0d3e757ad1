"""A file on top of its base."""

from pathlib import Path

import pytest

from braintumornet.core.files.yaml_file import overlay, read_layers
from braintumornet.core.text.earlier_names import CONFIG_NAMES
from braintumornet.core.text.errors import UsageError


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_a_file_stands_on_the_one_beside_it(tmp_path: Path) -> None:
    write(tmp_path, below="a: {x: 1, y: 2}\nb: [1]", above="base: below.yaml\na: {y: 3}")
    assert read_layers(str(tmp_path / "above.yaml"), tmp_path / "shipped", CONFIG_NAMES) == {
        "a": {"x": 1, "y": 3},
        "b": [1],
    }


def test_a_base_may_have_a_base_and_be_shipped(tmp_path: Path) -> None:
    (tmp_path / "shipped").mkdir()
    write(tmp_path / "shipped", one="a: 1\nb: 1\nc: 1", two="base: one\nb: 2\nc: 2")
    write(tmp_path, three="base: two\nc: 3")
    assert read_layers(str(tmp_path / "three.yaml"), tmp_path / "shipped", CONFIG_NAMES) == {"a": 1, "b": 2, "c": 3}


def test_lists_are_replaced_and_not_added_to() -> None:
    assert overlay({"tasks": [1, 2]}, {"tasks": [3]}) == {"tasks": [3]}


def test_another_kind_keeps_nothing_of_the_one_below() -> None:
    below = {"backbone": {"kind": "resunet", "width": 8}}
    assert overlay(below, {"backbone": {"kind": "other"}}) == {"backbone": {"kind": "other"}}
    assert overlay(below, {"backbone": {"width": 16}}) == {"backbone": {"kind": "resunet", "width": 16}}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": "base: b.yaml", "b": "base: a.yaml"}, "b.yaml: base: a.yaml -> b.yaml -> a.yaml goes round in a circle"),
        ({"a": "base: a.yaml"}, "a.yaml: base: a.yaml -> a.yaml goes round in a circle"),
        ({"a": "base: nobody", "nobodi": "x: 1"}, "there is no configuration 'nobody'; did you mean 'nobodi'?"),
        ({"a": "base: [b.yaml]"}, "a.yaml: base: expected a file or the name of a shipped configuration, found"),
        ({"a": "base: b.yaml", "b": "x: !!python/name:os.system"}, "b.yaml holds more than plain values"),
    ],
)
def test_what_cannot_stand_is_refused(files: dict[str, str], message: str, tmp_path: Path) -> None:
    write(tmp_path, **files)
    with pytest.raises(UsageError) as error:
        read_layers(str(tmp_path / "a.yaml"), tmp_path, CONFIG_NAMES)
    assert message in str(error.value)
