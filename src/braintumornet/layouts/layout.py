"""What every layout promises."""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.plugin import Plugin


class Layout(Plugin):
    """Base class of all layouts of data on a disk; your own is a subclass with a `kind`, a `refusal` and a `read`."""

    group: ClassVar[str] = "braintumornet.layouts"

    kind: str

    def refusal(self, path: Path) -> str | None:
        """Return why data are not in this layout, and what was expected; None if they are.

        A layout that does not define this method is used only if it is named.

        Args:
            path: folder or file, which may not exist; names decide, and no image is opened.
        """
        return f"it is used only where it is named (--layout {self.kind})"

    @abstractmethod
    def read(self, folder: Path, coding: str | None, needs_masks: bool) -> Cohort:
        """Read a cohort.

        Args:
            folder: folder of the data.
            coding: how to read the labels of the masks; None if the data themselves should say so.
            needs_masks: False to leave out masks whose coding is not known, instead of asking for it.

        Raises:
            InputError: the folder is not in this layout, as `refusal` says, or the coding of its masks is not known.
        """

    def unpack(
        self,
        folder: Path,
        output: Path,
        coding: str | None,
        needs_masks: bool,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Cohort:
        """Read a cohort, and write the files that it lacks, such as single sequences from a file that holds several.

        A layout with one file per sequence keeps this default, which writes nothing.

        Args:
            folder: folder of the data; nothing is written there.
            output: folder for the new files.
            coding: as for `read`.
            needs_masks: as for `read`.
            progress: called with the number of cases done and of all cases.

        Raises:
            InputError: as for `read`, or a file cannot be written.
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
