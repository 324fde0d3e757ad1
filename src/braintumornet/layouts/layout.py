"""What every layout promises."""

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from braintumornet.core.case import Cohort
from braintumornet.core.component import Component


class Layout(Component):
    """A way that data lie on a disk. A layout of one's own is a subclass with a `kind` and a `read`."""

    group: ClassVar[str] = "braintumornet.layouts"

    @abstractmethod
    def read(self, folder: Path, coding: str | None, needs_masks: bool) -> Cohort:
        """Read a cohort.

        Args:
            folder: where the data lie.
            coding: how the masks' labels are to be read; None where the data themselves should say so.
            needs_masks: False to leave out masks whose coding nobody says, rather than ask for it.

        Raises:
            InputError: the folder is not laid out so, or its masks' coding is not known.
        """
