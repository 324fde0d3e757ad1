"""The attributes of one frame of a DICOM object, wherever the object keeps them, as plain values.

A classic object has them at its top; an enhanced one in functional groups, of each frame or shared by all. Values are
parsed when they are asked for, and pydicom then speaks of those that it does not like: ask within `quiet`.
"""

import re
from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from struct import error as struct_error
from struct import unpack
from typing import TYPE_CHECKING, Any

from braintumornet.prepare.input.dicom.read_files import PRIVATE

if TYPE_CHECKING:
    from pydicom import Dataset

_LONGEST_TEXT = 1024
_TERM = re.compile("[A-Z0-9 _+-]{1,32}")


class FrameAttributes:
    """What one frame says of itself; whatever is missing or damaged is None or blank.

    Args:
        own: functional groups of the frame.
        shared: functional groups of all frames.
        top: the object.
    """

    def __init__(
        self, own: Mapping[int, "Dataset"], shared: Mapping[int, "Dataset"], top: Mapping[int, "Dataset"]
    ) -> None:
        self._places = ChainMap(dict(own), dict(shared), dict(top))

    def value(self, name: str) -> Any:
        """Return a value as pydicom has it; None where it is missing, empty or cannot be read."""
        found = self._find(name)
        return None if found == "" else found

    def _find(self, name: str) -> Any:
        from pydicom.datadict import tag_for_keyword

        tag = PRIVATE.get(name) or tag_for_keyword(name)
        place = self._places.get(tag) if tag is not None else None
        if place is None or tag is None:
            return None
        try:
            return place[tag].value
        except Exception:  # a damaged value can break pydicom anywhere
            return None

    def has(self, name: str) -> bool:
        """Say whether the attribute is there, be it empty."""
        from pydicom.datadict import tag_for_keyword

        return (PRIVATE.get(name) or tag_for_keyword(name)) in self._places

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return finite numbers, or nothing where one of them is none."""
        value = self.value(name)
        if isinstance(value, bytes):
            value = _number_in(value)
        values = value if _is_several(value) else [value]
        try:
            numbers = tuple(float(each) for each in values)
        except (TypeError, ValueError, OverflowError):
            return ()
        return numbers if all(map(isfinite, numbers)) else ()

    def number(self, name: str) -> float | None:
        """Return the first of its numbers."""
        numbers = self.numbers(name)
        return numbers[0] if numbers else None

    def whole(self, name: str) -> int | None:
        """Return a whole number."""
        number = self.number(name)
        return None if number is None else int(number)

    def spoilt(self, name: str) -> bool:
        """Say whether there is something in place of a number that is none."""
        return self.has(name) and self.number(name) is None and self.text(name) != ""

    def text(self, name: str) -> str:
        """Return a text without blanks around it; several joined by a blank."""
        return " ".join(filter(None, self.texts(name)))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return its values as texts."""
        value = self.value(name)
        if value is None or isinstance(value, bytes):
            return () if value is None else (value[:_LONGEST_TEXT].decode("ascii", "ignore").strip(" \0"),)
        values = value if _is_several(value) else [value]
        return tuple(str(each)[:_LONGEST_TEXT].strip(" \0") for each in values)

    def codes(self, name: str) -> tuple[str, ...]:
        """Return its values in capitals, as DICOM writes defined terms; what cannot be one is left out."""
        return tuple(code for text in self.texts(name) if _TERM.fullmatch(code := text.upper()))

    def sequence(self, name: str) -> tuple["Dataset", ...]:
        """Return the items of a sequence; none where it is missing or damaged."""
        value = self.value(name)
        return tuple(item for item in value if hasattr(item, "keys")) if _is_several(value) else ()

    def seconds(self, kind: str) -> float | None:
        """Return date and time of a kind (`Study`, `Acquisition`) as seconds since 1900; only for ordering."""
        return _seconds(self.text(f"{kind}Date"), self.text(f"{kind}Time"))

    def acquired_s(self) -> float | None:
        """Return when the frame was acquired, from the best of what is said."""
        whole = self.text("FrameAcquisitionDateTime") or self.text("AcquisitionDateTime")
        said = [_seconds(whole[:8], whole[8:]), *map(self.seconds, ("Acquisition", "Content", "Series", "Study"))]
        return next((time for time in said if time is not None), None)


def _is_several(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes) and hasattr(value, "__getitem__")


def _number_in(value: bytes) -> float | str:
    """Return the number in a private element whose type nobody knows: a double, a float, or text."""
    for size, code in ((8, "<d"), (4, "<f")):
        if len(value) == size and value.strip(b" 0123456789.\0\\"):
            try:
                return float(unpack(code, value)[0])
            except struct_error:
                return ""
    return value.decode("ascii", "ignore").split("\\")[0].strip(" \0")


def _seconds(date: str, time: str) -> float | None:
    digits = "".join(sign for sign in re.split("[+-]", time)[0] if sign.isdigit() or sign == ".")
    day = date.replace("-", "").replace(".", "")[:8]
    try:
        start = datetime.strptime(day + digits[:6].ljust(6, "0"), "%Y%m%d%H%M%S")  # the scanner's clock
        fraction = float("0." + digits.partition(".")[2]) if "." in digits else 0.0
    except ValueError:
        return None
    return (start - datetime(1900, 1, 1)).total_seconds() + fraction


def gather(group: "Dataset") -> dict[int, "Dataset"]:
    """Return tag -> the dataset that has it, over the first items of all sequences of a set of functional groups."""
    places: dict[int, Dataset] = {}
    for tag in list(group.keys()):
        try:
            value = group[tag].value
        except Exception:  # a damaged group is as good as none
            continue
        if _is_several(value) and len(value) > 0 and hasattr(value[0], "keys"):
            places |= {int(inner): value[0] for inner in list(value[0].keys())}
    return places
