"""What every family asks of settings."""

from typing import Any, ClassVar, Literal

import pytest
from pydantic import ConfigDict, field_serializer

from braintumornet.core.plugin import Plugin
from braintumornet.testing.contract import check_settings


class Recipe(Plugin):
    """A family of the tests."""

    group: ClassVar[str] = ""


class Soup(Recipe):
    kind: Literal["soup"] = "soup"
    litres: float = 1.0


class Warm(Recipe):
    model_config = ConfigDict(frozen=False)
    kind: Literal["warm"] = "warm"


class Rounded(Recipe):
    kind: Literal["rounded"] = "rounded"
    litres: float = 0.25

    @field_serializer("litres")
    def _round(self, litres: float) -> float:
        return round(litres, 1)


class Nameless(Recipe):
    litres: float = 1.0


def test_settings_and_their_class_are_taken_alike() -> None:
    assert check_settings(Soup, Recipe)[0] == check_settings(Soup(litres=1), Recipe)[0] == Soup()


@pytest.mark.parametrize(
    ("member", "told"),
    [
        (Warm, "Warm: settings cannot be changed; found that they can; leave frozen=True in its model_config"),
        (
            Rounded,
            "Rounded: settings are the same after they were written as JSON or YAML and read; found kind='rounded'",
        ),
        (Nameless, "Nameless: its `kind` leads to it; found kind None"),
    ],
)
def test_a_fault_is_named(member: type[Any], told: str) -> None:
    with pytest.raises(AssertionError) as breach:
        check_settings(member, Recipe)
    assert told in str(breach.value)


def test_a_member_of_another_family_is_refused() -> None:
    class Family(Plugin):
        """Another."""

    with pytest.raises(AssertionError, match="Soup: a plug-in is a subclass of Family; found one of Recipe"):
        check_settings(Soup, Family)
