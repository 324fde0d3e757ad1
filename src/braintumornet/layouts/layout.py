"""What every layout promises."""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.plugin import Plugin


class Layout(Plugin):
    """A way that data lie on a disk. A layout of one's own is a subclass with a `kind`, a `refusal` and a `read`."""

    group: ClassVar[str] = "braintumornet.layouts"

    kind: str

    def refusal(self, path: Path) -> str | None:
        """Return why data are not laid out so, and what was expected; None where they are.

        A layout without it is read only where it is named.

        Args:
            path: a folder or a file that may not be there; names tell, and no image is opened.
        """
        return f"it is used only where it is named (--layout {self.kind})"

    @abstractmethod
    def read(self, folder: Path, coding: str | None, needs_masks: bool) -> Cohort:
        """Read a cohort.

        Args:
            folder: where the data lie.
            coding: how the masks' labels are to be read; None where the data themselves should say so.
            needs_masks: False to leave out masks whose coding nobody says, rather than ask for it.

        Raises:
            InputError: the folder is not laid out so, as `refusal` says, or its masks' coding is not known.
        """

    def unpack(
        self,
        folder: Path,
        output: Path,
        coding: str | None,
        needs_masks: bool,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Cohort:
        """Read a cohort, and write what it has no files for, such as single sequences out of one that holds several.

        A layout with a file for each sequence leaves this as it is, and writes nothing.

        Args:
            folder: where the data lie; nothing is written there.
            output: folder for the files.
            coding: as `read`.
            needs_masks: as `read`.
            progress: called with cases done and cases in all.

        Raises:
            InputError: as `read`, or a file cannot be written.
        """
        return self.read(folder, coding, needs_masks)


def refuse_no_folder(path: Path) -> str | None:
    """Return why a path is no folder; None where it is one.

    Example:
        >>> refuse_no_folder(Path("nowhere"))
        'it does not exist'
    """
    if path.is_dir():
        return None
    return "it is not a folder" if path.exists() else "it does not exist"
