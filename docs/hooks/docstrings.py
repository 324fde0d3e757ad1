"""Let the API reference understand docstrings as this project writes them; the sources stay as they are."""

import re
from typing import Any

from griffe import Class, Extension, Object


class OurDocstrings(Extension):
    """Give sections the names by which Griffe knows them, and mappings an arrow."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Call `Example:` `Examples:`, and draw arrows that no end of a line breaks in two."""
        _rename(obj, "Example", "Examples")
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace(" -> ", " → ")

    def on_class(self, *, cls: Class, **_: Any) -> None:
        """Call the fields of a pydantic model its attributes: it has no constructor of its own to look them up in."""
        if "dataclass" not in cls.labels and "__init__" not in cls.members and _fields(cls) & cls.members.keys():
            _rename(cls, "Args", "Attributes")


def _fields(cls: Class) -> set[str]:
    return set(re.findall(r"^    (\w+):", cls.docstring.value if cls.docstring else "", flags=re.MULTILINE))


def _rename(obj: Object, ours: str, theirs: str) -> None:
    if obj.docstring:
        obj.docstring.value = re.sub(rf"^{ours}:$", f"{theirs}:", obj.docstring.value, flags=re.MULTILINE)
