"""The one plug-in mechanism: a family of frozen settings models, chosen by their `kind`.

A plug-in is one file with one class:

    class MyBackbone(Backbone):
        kind: Literal["mine"] = "mine"

It is known as soon as its module is imported. A package that is installed names it under the entry-point group of its
family, by its kind, and it is imported when somebody asks for it; ours are found in no other way:

    [project.entry-points."braintumornet.backbones"]
    mine = "my_package.mine"
"""

import warnings
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from braintumornet.core.text.errors import BrainTumorNetError, InputWarning, UsageError, require
from braintumornet.core.text.names import require_among, shorten, suggest

LONGEST_PROBLEM = 400
EARLIER_GROUP = "braintumornet"
"""Under which plug-ins of every family were named before 0.2."""


class Settings(BaseModel):
    """A frozen section of a configuration; an unknown key is refused, and the likely one is named."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        protected_namespaces=(),
        validate_default=True,  # a plug-in's defaults are held to its own rules
        allow_inf_nan=False,
    )

    @classmethod
    def from_content(cls, content: Any, source: str) -> Self:
        """Return the settings given in a file or on a command line.

        Args:
            content: plain values.
            source: start of the error message, such as the name of the file.

        Raises:
            UsageError: names the first key or value that is not allowed; later ones often follow from it.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            msg = f"{source}: {describe(error)[0]}"
            raise UsageError(msg) from error

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                require_among(str(key), cls.model_fields, f"unknown key {shorten(repr(key))}", ValueError)
        return data


class Plugin(Settings):
    """Base class of plug-ins: a direct subclass is a family, and its subclasses with a `kind` are its members.

    A family names the group of entry points under which packages list its members. A family without a group knows only
    members that have been imported.
    """

    group: ClassVar[str] = ""
    _members: ClassVar[dict[str, type["Plugin"]]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Start a family, or enter a member into its family's table."""
        super().__pydantic_init_subclass__(**kwargs)
        if Plugin in cls.__bases__:
            cls._members = {}
        elif "kind" in cls.model_fields and isinstance(kind := cls.model_fields["kind"].default, str):
            cls._enter(kind)

    @classmethod
    def _enter(cls, kind: str) -> None:
        known = cls._members.setdefault(kind, cls)
        require(
            (known.__module__, known.__qualname__) == (cls.__module__, cls.__qualname__),
            f"kind {kind!r} is that of {known.__module__}.{known.__qualname__}, so "
            f"{cls.__module__}.{cls.__qualname__} cannot have it too; give that one a `kind` of its own",
            UsageError,
        )
        cls._members[kind] = cls  # a module that is imported anew, as in a notebook, brings its latest

    @classmethod
    def kinds(cls) -> dict[str, type["Plugin"]]:
        """Return every known member of the family by kind, including those of installed packages.

        Raises:
            UsageError: the module of a package cannot be imported, or defines a kind that is already known.
        """
        for entry in _entries(cls.group):
            _import_plug_in(entry, cls.group)
        return dict(cls._members)

    @classmethod
    def named(cls, kind: str) -> type[Self] | None:
        """Return the member of a kind, or None; no other member is imported if its package lists it under its kind.

        Args:
            kind: kind of the member.

        Raises:
            UsageError: as for `kinds`.
        """
        if kind not in cls._members:
            for entry in _entries(cls.group):
                if entry.name == kind:
                    _import_plug_in(entry, cls.group)
        return cast("type[Self] | None", cls._members.get(kind) or cls.kinds().get(kind))

    @classmethod
    def parse(cls, data: Any) -> Any:
        """Turn a mapping with a `kind` into the member of that kind; a member is returned unchanged.

        Args:
            data: the mapping, or a member.

        Raises:
            ValueError: the kind is missing or not known, or the member refuses the settings.
        """
        if isinstance(data, cls) or not isinstance(data, dict):
            return data
        kind = data.get("kind")
        member = cls.named(kind) if isinstance(kind, str) else None
        if member is None:
            what = "kind is missing" if kind is None else f"kind {shorten(repr(kind))} is not known"
            msg = f"{what}; {suggest(str(kind), cls.kinds())}"
            raise ValueError(msg)
        try:
            return member.model_validate(data)
        except ValidationError as error:
            raise ValueError("; ".join(describe(error))) from error


def _entries(group: str) -> list[EntryPoint]:
    """Return the entry points of a family's group, and those that name no family, as before 0.2."""
    return [*entry_points(group=group), *entry_points(group=EARLIER_GROUP)] if group else []


def _import_plug_in(entry: EntryPoint, group: str) -> None:
    package = f" of the package {entry.dist.name}" if entry.dist else ""
    try:
        entry.load()
    except BrainTumorNetError:
        raise
    except Exception as error:  # whatever another's code does while it is imported
        reason = shorten(f"{type(error).__name__}: {error}")
        msg = f"the plug-in {entry.name!r}{package} cannot be imported ({reason}); fix or remove that package"
        raise UsageError(msg) from error
    if entry.group == EARLIER_GROUP:
        text = f"the plug-in {entry.name!r}{package} is named under {EARLIER_GROUP!r}; name it under {group!r} instead"
        warnings.warn(text, InputWarning, stacklevel=2)


def describe(error: ValidationError) -> list[str]:
    """Return one readable line per problem: where, what was expected, what was found."""
    lines = []
    for problem in error.errors():
        where = shorten(".".join(str(part) for part in problem["loc"]))
        what = shorten(problem["msg"].removeprefix("Value error, "), LONGEST_PROBLEM)
        found = "" if problem["type"] in ("value_error", "missing") else f", found {shorten(repr(problem['input']))}"
        lines.append(f"{where}: {what}{found}" if where else f"{what}{found}")
    return lines
