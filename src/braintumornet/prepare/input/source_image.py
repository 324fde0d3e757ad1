"""One image of an examination as it came, whatever files it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.dicom.slice_facts import Slice
from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.volumes.volume import Volume, to_ras


@dataclass(frozen=True, eq=False)
class SourceImage:
    """An image that was found, and how to read it.

    Args:
        case_id: of the examination that it belongs to.
        name: unique in its case: `series-004` of DICOM, the file's name otherwise, the sequence in a cohort table.
        header: what DICOM says of it; None for other files.
        space: its grid, in the order of axes in which it is stored; None where that cannot be told.
        problem: why it cannot be used at all, as the end of a sentence that its name begins.
        notes: what is odd about it, or was left out of it.
        files: that it is made of.
        slices: of DICOM, in the order in which they lie where it has a grid; none of other files.

    Example:
        >>> space = Space((2, 2, 2), np.diag([-1.0, 1.0, 1.0, 1.0]))
        >>> image = SourceImage("case", "a.nii.gz", None, space, None, (), lambda: Volume(np.zeros((2, 2, 2)), space))
        >>> image.read().array.dtype
        dtype('float32')
    """

    case_id: str
    name: str
    header: SeriesHeader | None
    space: Space | None
    problem: str | None
    notes: tuple[str, ...]
    _reader: Callable[[], Volume] = field(repr=False)
    files: tuple[SourceFile, ...] = field(default=(), repr=False)
    slices: tuple[Slice, ...] = field(default=(), repr=False)

    def read(self) -> Volume:
        """Return the voxels as float32 in RAS+ orientation, in the scanner's units (rescaled slice by slice).

        Raises:
            InputError: it has a problem, cannot be read to its end, or holds values that are no numbers; names the case
                and the image.
        """
        if self.problem:
            msg = f"case {self.case_id}: {self.name} {self.problem}"
            raise InputError(msg)
        try:
            volume = to_ras(self._reader())
        except InputError as error:
            msg = f"case {self.case_id}: {self.name}: {error}"
            raise InputError(msg) from error
        array = volume.array.astype(np.float32, copy=False)
        if not np.isfinite(array).all():
            msg = f"case {self.case_id}: {self.name} holds values that are no numbers (NaN or infinite)"
            raise InputError(msg)
        return Volume(array, volume.space)

    def digest(self) -> str:
        """Return a hash of what its files hold, whatever they are called and in whatever order they lie.

        Raises:
            InputError: one cannot be read.
        """
        found = []
        for file in set(self.files):
            with file.open() as stream:
                found.append(sha256(stream.read()).hexdigest())
        return sha256("".join(sorted(found)).encode()).hexdigest()
