"""DICOM series as scanners write them come back as the volumes that they were written from."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.volume import Volume, to_ras

from ..write_dicom import T2F, head_phantom, write_series


def only(path: Path) -> SourceImage:
    (image,) = find_images(path)
    return image


def require_same(image: SourceImage, written: Volume, atol: float = 0.5) -> None:
    assert image.problem is None
    read, expected = image.read(), to_ras(written)
    assert read.space.shape == expected.space.shape
    np.testing.assert_allclose(read.space.affine, expected.space.affine, atol=1e-3)
    np.testing.assert_allclose(read.array, expected.array, atol=atol)


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal", None])
@pytest.mark.parametrize("oblique_deg", [0, 17])
def test_series_come_back_as_they_were(tmp_path, plane, enhanced, oblique_deg):
    written = write_series(
        head_phantom(oblique_deg=oblique_deg), tmp_path, plane=plane, enhanced=enhanced, header=T2F, seed=4
    )
    image = only(tmp_path)
    require_same(image, written)
    header = image.header
    assert header.plane == (plane or "axial")
    assert (header.repetition_ms, header.echo_ms, header.inversion_ms, header.flip_deg) == (9000, 86, 2500, 150)
    assert header.slices == written.space.shape[2]
    assert header.coverage_mm == pytest.approx(header.slices * written.space.spacing_mm[2])
