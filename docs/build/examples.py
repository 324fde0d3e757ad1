"""Let the API reference show `Example:` of a docstring as Griffe shows `Examples:`, the one name that it knows."""

import re
from typing import Any

from griffe import Extension, Object


class Examples(Extension):
    """Rename the section as a docstring is read; the sources stay as they are."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Rename it in one docstring."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
