"""On which of the images that were found a structure is drawn; told by the UIDs that it names, never by likeness."""

from collections.abc import Sequence

from braintumornet.core.text.errors import InputError, require
from braintumornet.dicom.reading.drawn_structure import DrawnStructure
from braintumornet.dicom.series_grid import SeriesGrid, series_grid
from braintumornet.prepare.input.source_image import SourceImage


def find_referenced_image(structure: DrawnStructure, images: Sequence[SourceImage]) -> SourceImage:
    """Return the image that a structure is drawn on, whether it can be used or not.

    Args:
        structure: names slices, or at least a series.
        images: all that were found.

    Raises:
        InputError: it is drawn on none or several of them; an end of a sentence that begins with what it is.
    """
    if not structure.slices and not structure.series:
        msg = "does not say on which series it is drawn; export it together with that series"
        raise InputError(msg)
    found = [image for image in images if _is_drawn_on(structure, image)]
    require(found, "is drawn on a series that is not here; put that series into the folder, too")
    if len(found) > 1:
        names = ", ".join(image.name for image in found)
        msg = f"is drawn on several series ({names}); draw it on one"
        raise InputError(msg)
    return found[0]


def _is_drawn_on(structure: DrawnStructure, image: SourceImage) -> bool:
    if structure.slices:
        return any(each.identity.sop_instance in structure.slices for each in image.slices)
    return any(each.identity.series in structure.series for each in image.slices)


def referenced_grid(structure: DrawnStructure, image: SourceImage) -> SeriesGrid:
    """Return the grid of the image that a structure is drawn on.

    Args:
        structure: to be read on it.
        image: as `find_referenced_image` returns it.

    Raises:
        InputError: the image cannot be used, lacks slices that the structure names, or lies in another frame of
            reference; an end of a sentence that begins with what the structure is.
    """
    if image.problem:
        msg = f"is drawn on {image.name}, which {image.problem}"
        raise InputError(msg)
    grid = series_grid(image)
    there = {each.identity.sop_instance for each in image.slices}
    missing = len(structure.slices - there)
    require(
        not missing,
        f"is drawn on {missing} slice{'s' * (missing != 1)} that {image.name} lacks; export the series as a whole",
    )
    named = structure.frame_of_reference
    require(
        not named or named == grid.frame_of_reference_uid,
        f"lies in another frame of reference than {image.name}, so nobody knows where; export both together",
    )
    return grid
