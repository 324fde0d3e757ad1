"""What configurations, studies and commands called differently before 0.2: one table, dropped in 0.3.

What a person wrote with an earlier name is read, with a warning that tells the new one; what we wrote is read without.
Fingerprints are taken over the earlier names, so that runs and studies of before are recognised.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from braintumornet.core.text.errors import InputWarning, UsageError

UNTIL = "the earlier name is read until 0.3"
Place = tuple[str, ...]


@dataclass(frozen=True)
class EarlierNames:
    """Keys and values of one kind of file that have other names now.

    Args:
        keys: where a key stood -> its name now; the sections around it have their present names, `*` is any one.
        values: where a value stands, in present names -> earlier value -> value now.
        settings_at: sections, or values, that hold keys of `settings`, with dots between their parts.
        settings: the names of these.
        quiet: without warnings.
    """

    keys: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings_at: tuple[str, ...] = ()
    settings: "EarlierNames | None" = None
    quiet: bool = False

    def quietly(self) -> "EarlierNames":
        """Return the same names for files that we wrote, of which nobody needs to be told."""
        return replace(self, quiet=True)

    def current(self, content: Any, source: str = "the file") -> Any:
        """Return plain values of a file with the names of now; a key may be dotted, as after `--set`.

        Args:
            content: what the file says.
            source: what a warning for each earlier name begins with.

        Raises:
            UsageError: a key is there by both names.

        Example:
            >>> CONFIG_NAMES.quietly().current({"data": {"draw": {"over": "site"}}, "tasks.0.sees": "patch"})
            {'data': {'sampling': {'by': 'site'}}, 'tasks.0.roi': 'patch'}
        """
        return _Translation(self, {_split(old): new for old, new in self.keys.items()}, source).of(content, ())

    def earlier(self, content: Any) -> Any:
        """Return plain values with the names that they had before, for a fingerprint.

        Example:
            >>> CONFIG_NAMES.earlier({"data": {"sampling": {"by": "site"}}})
            {'data': {'draw': {'over': 'site'}}}
        """
        keys = {(*_split(old)[:-1], new): _split(old)[-1] for old, new in self.keys.items()}
        return _Translation(self, keys, back=True).of(content, ())


@dataclass(frozen=True)
class _Translation:
    """One way through a table: to the names of now, or back to the earlier ones.

    Args:
        names: the table.
        keys: where a key stands -> the name that it gets.
        source: of the warnings.
        back: whether it goes to the earlier names; places are in the names of now both ways.
    """

    names: EarlierNames
    keys: Mapping[Place, str]
    source: str = "the file"
    back: bool = False

    def of(self, content: Any, place: Place) -> Any:
        """Return what stands at a place with other names."""
        inner = self.names.settings
        if inner is not None and any(_matches(place, _split(where)) for where in self.names.settings_at):
            now = replace(inner, quiet=self.names.quiet).current
            translate = inner.earlier if self.back else partial(now, source=self.source)
            return next(iter(translate({content: None}))) if isinstance(content, str) else translate(content)
        if isinstance(content, Mapping):
            return self._section(content, place)
        if isinstance(content, list | tuple):
            return [self.of(each, (*place, str(number))) for number, each in enumerate(content)]
        return self._value(content, place)

    def _section(self, content: Mapping[Any, Any], place: Place) -> dict[Any, Any]:
        renamed: dict[Any, Any] = {}
        for key, value in content.items():
            name, within = self._key(key, place) if isinstance(key, str) else (key, (*place, str(key)))
            if name in renamed or (name != key and name in content):
                msg = f"{self.source}: {'.'.join(within)} is there twice, also as {key!r}; keep one"
                raise UsageError(msg)
            renamed[name] = self.of(value, within)
        return renamed

    def _key(self, key: str, place: Place) -> tuple[str, Place]:
        parts = []
        for part in key.split(".") if not place else (key,):  # dotted where a file begins, as after `--set`
            known = (name for where, name in self.keys.items() if _matches((*place, part), where))
            parts.append(next(known, part))
            place = (*place, part if self.back else parts[-1])
        name = ".".join(parts)
        if name != key:
            self._warn(".".join((*place[: -len(parts)], key)), ".".join(place))
        return name, place

    def _value(self, value: Any, place: Place) -> Any:
        if not isinstance(value, str):
            return value
        for where, now in self.names.values.items():
            if _matches(place, _split(where)):
                others = {new: old for old, new in now.items()} if self.back else now
                if value in others:
                    self._warn(f"{'.'.join(place)}: {value}", f"{'.'.join(place)}: {others[value]}")
                return others.get(value, value)
        return value

    def _warn(self, old: str, new: str) -> None:
        if not (self.back or self.names.quiet):
            warnings.warn(f"{self.source}: `{old}` is now `{new}`; {UNTIL}", InputWarning, stacklevel=2)


def _split(where: str) -> Place:
    return tuple(where.split("."))


def _matches(place: Place, where: Place) -> bool:
    return len(place) == len(where) and all(rule in ("*", part) for part, rule in zip(place, where, strict=True))


CONFIG_NAMES = EarlierNames(
    keys={
        "data.draw": "sampling",
        "data.sampling.over": "by",
        "data.augment.turn": "affine",
        "data.augment.stretch": "anisotropic_scale",
        "data.augment.drift_sd": "linear_bias_sd",
        "data.augment.bias_sd": "bias_field_sd",
        "data.augment.drop": "sequence_dropout",
        "data.augment.chance": "probability",
        "data.augment.probability.drift": "linear_bias",
        "data.augment.probability.bias": "bias_field",
        "tasks.*.sees": "roi",
        "tasks.*.dice_over": "dice_reduction",
        "tasks.*.smallest_ml": "min_component_ml",
        "backbone.fork": "branch_at",
    },
    values={"backbone.branch_at": {"classifier": "last_layer", "pathway": "decoder"}},
)

STUDY_NAMES = EarlierNames(
    keys={
        "unseen": "external",
        "phantoms.*.unseen": "external",
        "splits.over": "by",
        "arms.*.parts": "members",
        "arms.*.coding": "label_scheme",
    },
    values={
        "splits.kind": {
            "repeated": "repeated_holdout",
            "folds": "k_fold",
            "leave_out": "leave_one_group_out",
            "columns": "predefined",
        },
        "arms.*.kind": {
            "run": "pretrained",
            "masks": "external_masks",
            "facts": "clinical_baseline",
            "parts": "task_ensemble",
        },
    },
    settings_at=("set", "arms.*.set", "arms.*.grid.key"),
    settings=CONFIG_NAMES,
)


def take_earlier_verb(cls: type, old: str, new: str) -> None:
    """Let the class of a plug-in answer by the name of now what it has by an earlier one, with a warning.

    Example:
        >>> class Mine:
        ...     inset = 8
        >>> with warnings.catch_warnings(action="ignore"):
        ...     take_earlier_verb(Mine, "inset", "valid_margin")
        >>> Mine.valid_margin
        8
    """
    if old in vars(cls):
        warnings.warn(f"{cls.__name__}.{old} is now called {new}; rename it", InputWarning, stacklevel=2)
        setattr(cls, new, vars(cls)[old])


COMMANDS = {"arms": "retention"}
OPTIONS = {
    "evaluate": {"--coding": "--label-scheme", "--tasks": "--tasks-of"},
    "import": {"--coding": "--label-scheme"},
    "import-deepmedic": {"--coding": "--label-scheme"},
    "retention": {"--own": "--single-task"},
    "study": {"--unseen": "--external"},
    "train": {"--leave-out": "--hold-out"},
}
"""Command, as it is called now -> its earlier options and their names now."""


def current_words(words: Sequence[str]) -> list[str]:
    """Return the words of a command with the names of now, with a warning for each that had another before.

    Example:
        >>> current_words(["train", "glioma_small", "--run", "runs/a"])
        ['train', 'glioma_small', '--run', 'runs/a']
    """
    now = [COMMANDS.get(word, word) for word in words[:1]]
    options = OPTIONS.get(now[0], {}) if now else {}
    for word in words[1:]:
        option, equals, value = word.partition("=")
        now.append(options.get(option, option) + equals + value)
    for old, new in zip(words, now, strict=True):
        if old != new:
            warnings.warn(
                f"`{old.partition('=')[0]}` is now `{new.partition('=')[0]}`; {UNTIL}", InputWarning, stacklevel=2
            )
    return now
