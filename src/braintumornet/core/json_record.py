"""What our JSON files hold, checked where they are read: a file that is damaged is refused there, and not later on."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.plugin import describe
from braintumornet.core.text.errors import InputError

_R = TypeVar("_R", bound="Record")


class Record(BaseModel):
    """The content of a file, or a part of it; other versions may have written more, which is kept."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, protected_namespaces=())

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds, plain values: neither defaults that it lacks nor less than it had."""
        return self.model_dump(exclude_unset=True, by_alias=True)


def read_record(path: Path, kind: type[_R], advice: str) -> _R:
    """Read a JSON file that is of a kind.

    Args:
        path: of the file.
        kind: what it must hold.
        advice: how to come by a file that is whole.

    Raises:
        InputError: it is missing or damaged.
    """
    return check_record(read_json(path), kind, path, advice)


def check_record(content: Any, kind: type[_R], path: Path, advice: str) -> _R:
    """Return content which was read from a file as a record of a kind.

    Raises:
        InputError: says where it is not.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        msg = f"{path} is damaged: {describe(error)[0]}; {advice}"
        raise InputError(msg) from error
