from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar, Literal

import pytest
from pydantic import Field, ValidationError

from braintumornet.core.plugin import Plugin, Settings, describe
from braintumornet.core.text.errors import InputWarning, UsageError
from braintumornet.layouts.layout import Layout
from braintumornet.networks.multi_task_network import Backbone
from braintumornet.tasks.task import Task
from braintumornet.weighting.weighting import Weighting


class Instrument(Plugin):
    """A family of its own."""

    group: ClassVar[str] = "test.instruments"

    strings: int = 0


class Violin(Instrument):
    kind: Literal["violin"] = "violin"
    strings: int = 4


class Cello(Instrument):
    kind: Literal["cello"] = "cello"


class Tool(Plugin):
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


def test_a_kind_that_is_known_cannot_be_taken_again():
    with pytest.raises(UsageError) as refused:

        class Fiddle(Instrument):
            kind: Literal["violin"] = "violin"

    for name in ("kind 'violin' is that of", "Violin", "Fiddle cannot have it too"):
        assert name in str(refused.value)
    assert Instrument.kinds()["violin"] is Violin


def test_a_module_that_is_imported_anew_brings_its_latest():
    again = [
        type(
            "Viola", (Instrument,), {"__annotations__": {"kind": Literal["viola"]}, "kind": "viola", "__module__": "m"}
        )
        for _ in range(2)
    ]
    assert Instrument.kinds()["viola"] is again[1]
    del Instrument._members["viola"]


def only(entry: EntryPoint) -> Callable[..., list[EntryPoint]]:
    """Let this be the one entry point that is installed."""
    return lambda group: [entry] if group == entry.group else []


def test_a_plug_in_that_cannot_be_imported_is_named(monkeypatch):
    broken = EntryPoint("mine", "no_such_package.mine", "test.instruments")
    monkeypatch.setattr("braintumornet.core.plugin.entry_points", only(broken))
    with pytest.raises(UsageError, match="the plug-in 'mine' cannot be imported .*no_such_package.*; fix or remove"):
        Instrument.kinds()


def test_a_kind_is_imported_by_its_name_alone(monkeypatch):
    other = EntryPoint("viola", "no_such_package.viola", "test.instruments")
    monkeypatch.setattr("braintumornet.core.plugin.entry_points", only(other))
    assert Instrument.parse({"kind": "violin"}) == Violin()
    assert Tool.kinds() == {}


def test_a_plug_in_without_a_family_is_still_found_and_told_where_it_belongs(monkeypatch):
    entry = EntryPoint("mine", "textwrap", "braintumornet")
    monkeypatch.setattr("braintumornet.core.plugin.entry_points", only(entry))
    with pytest.warns(InputWarning, match="the plug-in 'mine' is named under 'braintumornet'; name it under 'test.ins"):
        Instrument.kinds()


def test_what_the_project_brings_is_found_as_everybody_elses_plug_in():
    """Nothing imports the kinds of ours; so they are known by their entry points, each under its own kind."""
    for family in (Task, Backbone, Weighting, Layout):
        entries = entry_points(group=family.group)
        assert entries
        for entry in entries:
            member = family.named(entry.name)
            assert member is not None
            assert member.__module__ == entry.module


def test_a_default_is_held_to_the_rules_of_its_class():
    class Lute(Settings):
        strings: int = Field(-6, ge=1)

    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Lute()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_none(value: float):
    class Bow(Settings):
        length_mm: float = 700

    with pytest.raises(ValidationError, match="finite number"):
        Bow(length_mm=value)


def test_describe_is_short_however_long_the_value_is():
    class Section(Settings):
        steps: int

    with pytest.raises(ValidationError) as caught:
        Section(steps="x" * 10_000)
    assert len(describe(caught.value)[0]) < 400


def test_describe_says_where():
    class Section(Settings):
        steps: int

    with pytest.raises(ValidationError) as caught:
        Section(steps="x")
    (line,) = describe(caught.value)
    assert "steps" in line
    assert "'x'" in line
