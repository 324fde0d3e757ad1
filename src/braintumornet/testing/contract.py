"""What all checks share: how a breach is told, and what every family asks of settings and of random numbers."""

import json
import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from braintumornet.core.files.safe_yaml import format_yaml, parse_yaml
from braintumornet.core.plugin import Plugin

Member = TypeVar("Member", bound=Plugin)


@dataclass(frozen=True)
class Contract:
    """What is asked of one plug-in.

    Args:
        who: name of its class.
    """

    who: str

    def require(self, kept: bool, asked: str, found: object, do: str) -> None:
        """Raise where it is not kept.

        Raises:
            AssertionError: what is `asked`, what was `found`, and what to `do`.

        Example:
            >>> Contract("Mine").require(False, "a weight is finite", "nan", "divide by no zero")
            Traceback (most recent call last):
            ...
            AssertionError: Mine: a weight is finite; found nan; divide by no zero
        """
        if not kept:
            msg = f"{self.who}: {asked}; found {found}; {do}"
            raise AssertionError(msg)

    @contextmanager
    def only_torch_draws(self) -> Iterator[None]:
        """Require that what is done within draws from no stream but torch's, which a training seeds at every step.

        Raises:
            AssertionError: the stream of `random` or of `numpy.random` was used.
        """
        before = _other_streams()
        yield
        used = [name for name, state in _other_streams().items() if state != before[name]]
        self.require(
            not used,
            "random numbers come from torch's own stream, so that a run can be repeated and resumed",
            f"that {' and '.join(used)} was used",
            "use torch.rand and the like, or a generator of your own with a seed that does not change",
        )


def _other_streams() -> dict[str, bytes]:
    return {"random": pickle.dumps(random.getstate()), "numpy.random": pickle.dumps(np.random.get_state())}


def check_settings(member: Member | type[Member], family: type[Plugin]) -> tuple[Member, Contract]:
    """Return the settings, and the contract to check on, after checking what every family asks of settings.

    Args:
        member: settings; a class stands for its defaults.
        family: of which it should be.

    Raises:
        AssertionError: they can be changed, have no kind that leads to them, or are others once written and read.
    """
    settings = member() if isinstance(member, type) else member
    contract = Contract(type(settings).__name__)
    contract.require(
        isinstance(settings, family),
        f"a plug-in is a subclass of {family.__name__}",
        f"one of {', '.join(base.__name__ for base in type(settings).__bases__)}",
        f"derive it from {family.__module__}.{family.__name__}",
    )
    kind = getattr(settings, "kind", None)
    contract.require(
        isinstance(kind, str) and family.named(kind) is type(settings),
        "its `kind` leads to it",
        f"kind {kind!r}, of which the class is {family.named(str(kind))}",
        'give it a kind of its own, such as kind: Literal["mine"] = "mine"',
    )
    _require_frozen(settings, contract)
    _require_written_and_read(settings, family, contract)
    return settings, contract


def _require_frozen(settings: Plugin, contract: Contract) -> None:
    try:
        settings.kind = "other"  # type: ignore[attr-defined]
    except ValidationError:
        return
    contract.require(False, "settings cannot be changed", "that they can", "leave frozen=True in its model_config")


def _require_written_and_read(settings: Plugin, family: type[Plugin], contract: Contract) -> None:
    try:
        plain = settings.model_dump(mode="json")
        read = [json.loads(json.dumps(plain)), parse_yaml(format_yaml(plain), "settings")]
        found: Any = next((again for again in map(family.parse, read) if again != settings), settings)
    except Exception as error:  # whatever settings of another's do when they are written
        found = f"{type(error).__name__}: {error}"
    contract.require(
        found == settings,
        "settings are the same after they were written as JSON or YAML and read",
        found,
        "keep to numbers, text, tuples and mappings, in fields whose types say so",
    )
