"""Structures as a DICOM Segmentation (PS3.3 A.51), made by highdicom: a frame for each slice that shows a segment."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.dicom.objects.coded_terms import ABNORMAL_STRUCTURE, ARTIFICIAL_INTELLIGENCE, BRAIN, Term
from braintumornet.dicom.objects.outlined_structure import MANUFACTURER, Algorithm, OutlinedStructure
from braintumornet.dicom.objects.source_headers import describe_failure, source_images
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.read_files import quiet

if TYPE_CHECKING:
    import highdicom as hd


def make_segmentation(
    series: SeriesGrid,
    structures: Sequence[OutlinedStructure],
    algorithm: Algorithm,
    number: int,
    labelmap: bool = False,
) -> "hd.seg.Segmentation":
    """Return a segmentation with a segment for each structure, in their order, on the slices of a series.

    Frames lie in the plane and the order of the series, each refers to its slice; slices without a segment have none.

    Args:
        series: on whose grid the masks lie.
        structures: at least one, none of them empty; of a label map, none overlaps another.
        algorithm: that outlined them.
        number: of the series that the object is.
        labelmap: one frame for a slice with the number of each pixel's segment (PS3.3 A.51, supplement 243), which few
            programs read yet; default: one binary frame for each segment.

    Raises:
        InputError: the series lacks what a segmentation must repeat.
    """
    import highdicom as hd
    from pydicom.uid import ExplicitVRLittleEndian, RLELossless

    sources = source_images(series)
    with quiet():
        try:
            made = hd.seg.Segmentation(
                source_images=sources,
                pixel_array=_pixels(series, structures, labelmap),
                segmentation_type="LABELMAP" if labelmap else "BINARY",
                segment_descriptions=[_describe(n, each, algorithm) for n, each in enumerate(structures, start=1)],
                transfer_syntax_uid=RLELossless if labelmap else ExplicitVRLittleEndian,
                content_description=algorithm.use,
                content_label="RESEARCH_USE",
                **algorithm.new_series(number),
            )
        except (AttributeError, KeyError, ValueError, TypeError) as error:
            raise describe_failure(series, "segmentation", error) from None  # what it says may quote a value
        for segment in made.SegmentSequence:
            segment.SegmentDescription = algorithm.notice
    return made


def _pixels(series: SeriesGrid, structures: Sequence[OutlinedStructure], labelmap: bool) -> np.ndarray:
    """Return uint8 frames (F, rows, columns), with a channel for each segment of a binary one, in the files' order."""
    columns, rows, _ = series.space.shape
    frames = series.slices[0].frames if series.is_multi_frame else len(series.slices)
    pixels = np.zeros((frames, rows, columns, len(structures)), np.uint8)
    places = [each.frame for each in series.slices] if series.is_multi_frame else list(range(frames))
    for channel, structure in enumerate(structures):
        pixels[places, :, :, channel] = structure.mask.transpose(2, 1, 0)
    if not labelmap:
        return pixels
    numbers = np.arange(1, len(structures) + 1, dtype=np.uint8)
    return np.asarray((pixels * numbers).max(axis=-1))


def _describe(number: int, structure: OutlinedStructure, algorithm: Algorithm) -> "hd.seg.SegmentDescription":
    import highdicom as hd

    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=structure.name,
        segmented_property_category=_coded(ABNORMAL_STRUCTURE),
        segmented_property_type=_coded(structure.term),
        algorithm_type="AUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=algorithm.name,
            family=_coded(ARTIFICIAL_INTELLIGENCE),
            version=algorithm.version,
            source=MANUFACTURER,
            parameters={"model": algorithm.fingerprint, "validation": algorithm.validation},
        ),
        tracking_uid=structure.tracking_uid,
        tracking_id=structure.name,
        anatomic_regions=[_coded(BRAIN)],
        display_color=hd.color.CIELabColor.from_rgb(*structure.colour),
    )


def _coded(term: Term) -> "hd.sr.CodedConcept":
    import highdicom as hd

    return hd.sr.CodedConcept(*term)
