"""The one plug-in mechanism: a family of frozen settings models, chosen by their `kind`.

A plug-in is one file with one class:

    class MyBackbone(Backbone):
        kind: Literal["mine"] = "mine"

It is known as soon as its module is imported. An installed package is imported by itself when it names the
module under the entry-point group `braintumornet`.
"""

from importlib.metadata import entry_points
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from braintumornet.core.names import suggest


class Settings(BaseModel):
    """A frozen section of a configuration; an unknown key is refused, and the likely one is named."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    msg = f"unknown key {key!r}; {suggest(str(key), cls.model_fields)}"
                    raise ValueError(msg)
        return data


class Component(Settings):
    """Base of plug-ins: a direct subclass is a family, and its subclasses with a `kind` are its members."""

    _members: ClassVar[dict[str, type["Component"]]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Start a family, or enter a member into its family's table."""
        super().__pydantic_init_subclass__(**kwargs)
        if Component in cls.__bases__:
            cls._members = {}
        elif "kind" in cls.model_fields:
            cls._members[cls.model_fields["kind"].default] = cls

    @classmethod
    def kinds(cls) -> dict[str, type["Component"]]:
        """Return every known member of the family by its kind, those of installed packages included."""
        for entry in entry_points(group="braintumornet"):
            entry.load()
        return dict(cls._members)

    @classmethod
    def parse(cls, data: Any) -> Any:
        """Turn a mapping with a `kind` into the member of that kind; a member is returned as it is.

        Raises:
            ValueError: no kind, an unknown one, or settings that the member refuses.
        """
        if isinstance(data, cls) or not isinstance(data, dict):
            return data
        kinds = cls.kinds()
        kind = data.get("kind")
        if kind not in kinds:
            what = "kind is missing" if kind is None else f"kind {kind!r} is not known"
            msg = f"{what}; {suggest(str(kind), kinds)}"
            raise ValueError(msg)
        try:
            return kinds[kind].model_validate(data)
        except ValidationError as error:
            raise ValueError("; ".join(describe(error))) from error


def describe(error: ValidationError) -> list[str]:
    """Return one readable line per problem: where, what was expected, what was found."""
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        what = problem["msg"].removeprefix("Value error, ")
        found = "" if problem["type"] in ("value_error", "missing") else f", found {problem['input']!r}"
        lines.append(f"{where}: {what}{found}" if where else f"{what}{found}")
    return lines
