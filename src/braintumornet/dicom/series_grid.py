"""A DICOM series as other objects refer to it: its grid, its slices in order, and what their files say."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, require
from braintumornet.prepare.input.dicom.dicom_series import find_series
from braintumornet.prepare.input.dicom.read_files import read_full_header
from braintumornet.prepare.input.dicom.slice_facts import Slice
from braintumornet.prepare.input.list_files import DICOM, kind_of, list_files
from braintumornet.prepare.input.pseudonyms import Pseudonyms
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.volume import Volume

if TYPE_CHECKING:
    from pydicom import Dataset

_LPS = np.diag([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class SeriesGrid:
    """A series of slices, classic objects or frames of an enhanced one.

    Args:
        name: by its number, such as `series-004`.
        space: axes along rows, along columns, through the slices; RAS+ mm.
        slices: in the order in which they lie, one for each plane of the space.
        image: that reads its voxels.
    """

    name: str
    space: Space
    slices: tuple[Slice, ...]
    image: SourceImage

    @cached_property
    def datasets(self) -> "tuple[Dataset, ...]":
        """What each file says, without its pixels: a classic series has one for each slice, in their order.

        Raises:
            InputError: a file cannot be read any more.
        """
        return tuple(read_full_header(file) for file in dict.fromkeys(each.file for each in self.slices))

    @property
    def is_multi_frame(self) -> bool:
        """Whether a file holds several slices."""
        return any(each.frames > 1 for each in self.slices)

    @property
    def study_uid(self) -> str:
        """UID of the study."""
        return self.slices[0].identity.study

    @property
    def series_uid(self) -> str:
        """UID of the series."""
        return self.slices[0].identity.series

    @property
    def frame_of_reference_uid(self) -> str:
        """UID of the coordinates in which the slices lie; equal for all of them."""
        return self.slices[0].header.frame_of_reference

    def to_pixels(self, points_mm: np.ndarray, place: int) -> np.ndarray:
        """Return points in the scanner's axes (left, posterior, superior) as pixels of a slice.

        Args:
            points_mm: (N, 3).
            place: number of the slice, from 0.

        Returns:
            (N, 3): row, column, where pixel centres are whole numbers, and the distance from the slice in mm.
        """
        each = self.slices[place]
        inverse = np.linalg.inv(self._axes(each))
        column, row, off = inverse @ (np.asarray(points_mm, np.float64) - each.position_mm).T
        return np.stack([row, column, off], axis=1)

    def to_patient_mm(self, pixels: np.ndarray, place: int) -> np.ndarray:
        """Return pixels of a slice as points in the scanner's axes (left, posterior, superior).

        Args:
            pixels: (N, 2) row and column; pixel centres are whole numbers.
            place: number of the slice, from 0.

        Returns:
            (N, 3) in mm.
        """
        each = self.slices[place]
        row, column = np.asarray(pixels, np.float64).T
        axes = self._axes(each)
        return np.asarray(each.position_mm + np.outer(column, axes[:, 0]) + np.outer(row, axes[:, 1]))

    @staticmethod
    def _axes(each: Slice) -> np.ndarray:
        """Return the steps of one column, one row, and 1 mm at right angles, as columns (3, 3)."""
        along_row, along_column = np.multiply(each.row, each.pixel_mm[1]), np.multiply(each.column, each.pixel_mm[0])
        return np.stack([along_row, along_column, each.normal / np.linalg.norm(each.normal)], axis=1)

    def place_of(self, sop_instance_uid: str, frame: int | None = None) -> int | None:
        """Return the number of the slice that an object refers to; None where it is none of the series.

        Args:
            sop_instance_uid: of the file.
            frame: number of the frame, from 1 as DICOM counts them; None of a classic object.
        """
        return self._places.get((sop_instance_uid, 0 if frame is None else frame - 1))

    @cached_property
    def _places(self) -> dict[tuple[str, int], int]:
        return {(each.identity.sop_instance, each.frame): place for place, each in enumerate(self.slices)}

    def read(self) -> Volume:
        """Return the voxels as float32 in RAS+ orientation, in the scanner's units.

        Raises:
            InputError: a file is damaged.
        """
        return self.image.read()


def series_grid(image: SourceImage) -> SeriesGrid:
    """Return the grid of an image that was found.

    Args:
        image: of DICOM slices.

    Raises:
        InputError: its slices make no grid (one is missing, say), or do not say in whose coordinates they lie.
    """
    if image.space is None or not image.slices:
        msg = f"{image.name} {image.problem or 'is no DICOM series of slices; expected one'}"
        raise InputError(msg)
    frames = {each.header.frame_of_reference for each in image.slices}
    require(
        all(frames), f"{image.name} names no frame of reference, by which contours find their place; export it anew"
    )
    require(len(frames) == 1, f"{image.name} has slices of {len(frames)} frames of reference; export each as a series")
    return SeriesGrid(image.name, image.space, image.slices, image)


def find_series_images(files: Sequence[SourceFile]) -> list[SourceImage]:
    """Return the MR images that DICOM files make; structures, masks and reports among them are left out."""
    images = find_series(files, Pseudonyms(None))
    return [image for image in images if image.header is not None and image.header.modality == "MR"]


def read_series(path: Path) -> SeriesGrid:
    """Read the one MR series that lies under a path.

    Args:
        path: folder, zip or file; objects that are no images may lie there, too.

    Raises:
        InputError: there is no series or more than one, or its slices make no grid.
        UsageError: pydicom is not installed.
    """
    images = find_series_images([file for file in list_files(path) if kind_of(file) == DICOM])
    require(images, f"{path} holds no DICOM image of MR; expected the folder or zip of one series")
    if len(images) > 1:
        names = ", ".join(image.name for image in images[:6]) + (", ..." if len(images) > 6 else "")
        msg = f"{path} holds {len(images)} series ({names}); give the folder of one of them alone"
        raise InputError(msg)
    return series_grid(images[0])
