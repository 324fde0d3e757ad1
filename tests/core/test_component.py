from typing import Literal

import pytest
from pydantic import ValidationError

from braintumornet.core.component import Component, Settings, describe


class Instrument(Component):
    """A family of its own."""

    strings: int = 0


class Violin(Instrument):
    kind: Literal["violin"] = "violin"
    strings: int = 4


class Cello(Instrument):
    kind: Literal["cello"] = "cello"


class Tool(Component):
    """Another family."""


def test_a_member_is_known_as_soon_as_it_is_written():
    assert Instrument.kinds() == {"violin": Violin, "cello": Cello}
    assert Tool.kinds() == {}


def test_parse_chooses_by_kind():
    assert Instrument.parse({"kind": "violin", "strings": 5}) == Violin(strings=5)
    assert Instrument.parse(Cello()) == Cello()


def test_an_unknown_kind_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match="kind 'violine' is not known; did you mean 'violin'"):
        Instrument.parse({"kind": "violine"})
    with pytest.raises(ValueError, match="kind is missing; known: cello, violin"):
        Instrument.parse({"strings": 4})


def test_an_unknown_key_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match="unknown key 'string'; did you mean 'strings'"):
        Instrument.parse({"kind": "violin", "string": 4})


def test_a_wrong_value_is_described():
    with pytest.raises(ValueError, match="strings"):
        Instrument.parse({"kind": "violin", "strings": "many"})


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        Violin().strings = 3


def test_describe_says_where():
    class Section(Settings):
        steps: int

    with pytest.raises(ValidationError) as caught:
        Section(steps="x")
    (line,) = describe(caught.value)
    assert "steps" in line
    assert "'x'" in line
