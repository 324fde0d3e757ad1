"""What we write we read: masks that become contours or segments come back from them as they were."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import generate_uid

from braintumornet.core.text.errors import InputWarning
from braintumornet.dicom.objects.coded_terms import term_of
from braintumornet.dicom.objects.outlined_structure import Algorithm, OutlinedStructure
from braintumornet.dicom.objects.write_segmentation import make_segmentation
from braintumornet.dicom.objects.write_structure_set import make_structure_set
from braintumornet.dicom.reading.drawn_structure import DrawnStructure
from braintumornet.dicom.reading.read_segmentation import read_segmentation
from braintumornet.dicom.reading.read_structure_set import read_structure_set
from braintumornet.dicom.reading.referenced_series import find_referenced_image, referenced_grid
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.volumes.volume import Volume, to_ras

from ..prepare.write_dicom import write_object
from .conftest import PLANES, MakeSeries, lesions

ALGORITHM = Algorithm("run", "abc", "1", "never validated", "research use")


def outlined(series: SeriesGrid) -> OutlinedStructure:
    mask = lesions(series.space)
    volume_ml = float(mask.sum() * series.space.voxel_ml)
    return OutlinedStructure("GTV_01", term_of("ET"), mask, generate_uid(), "GTV", (255, 0, 0), volume_ml)


def require_same(dataset: Dataset, path: Path, series: SeriesGrid) -> None:
    """Write an object, read its one structure, and compare it with the lesions of the series."""
    if "TransferSyntaxUID" in getattr(dataset, "file_meta", {}):
        dataset.save_as(path)
    else:
        write_object(path, dataset)
    read = read_structure_set if dataset.Modality == "RTSTRUCT" else read_segmentation
    structures: list[DrawnStructure] = read(SourceFile(path))
    (structure,) = structures
    assert structure.problem is None
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputWarning)
        found = structure.read(referenced_grid(structure, find_referenced_image(structure, [series.image])))
    assert np.array_equal(found.array, to_ras(Volume(lesions(series.space), series.space)).array)


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("plane", PLANES)
def test_contours_and_segments_are_read_as_they_were_written(
    make_series: MakeSeries, tmp_path: Path, plane: str, enhanced: bool
) -> None:
    series = make_series(plane, enhanced)
    for keyholes in (False, True):
        require_same(make_structure_set(series, [outlined(series)], ALGORITHM, 900, keyholes), tmp_path / "o", series)
    for labelmap in (False, True):
        require_same(make_segmentation(series, [outlined(series)], ALGORITHM, 901, labelmap), tmp_path / "o", series)
