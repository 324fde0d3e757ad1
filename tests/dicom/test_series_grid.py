"""The grid of a series, and the pixels and points of its slices."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.dicom.series_grid import read_series
from braintumornet.volumes.volume import to_ras

from ..prepare.write_dicom import T1C, T2F, head_phantom, write_series
from .conftest import PLANES, MakeSeries


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("plane", PLANES)
def test_points_and_pixels_agree_with_the_grid(plane: str, enhanced: bool, make_series: MakeSeries) -> None:
    series = make_series(plane, enhanced)
    pixels = np.array([[0.0, 0.0], [3.25, 7.5]])
    place = 5
    points = series.to_patient_mm(pixels, place)
    index = np.array([[0, 0, place, 1], [7.5, 3.25, place, 1]])
    assert np.allclose(points * [-1, -1, 1], (index @ series.space.affine.T)[:, :3], atol=1e-3)
    assert np.allclose(series.to_pixels(points, place), [[0, 0, 0], [3.25, 7.5, 0]], atol=1e-6)


@pytest.mark.parametrize("enhanced", [False, True])
def test_slices_are_found_by_what_refers_to_them(enhanced: bool, make_series: MakeSeries) -> None:
    series = make_series(enhanced=enhanced)
    assert series.is_multi_frame == enhanced
    assert len(series.datasets) == (1 if enhanced else series.space.shape[2])
    for place, each in enumerate(series.slices):
        assert series.place_of(each.identity.sop_instance, each.frame + 1 if enhanced else None) == place
    assert series.place_of("1.2.3") is None
    assert "PixelData" not in series.datasets[0]
    assert to_ras(series.read()).space.shape == to_ras(series.read()).array.shape


def test_what_makes_no_grid_is_refused(tmp_path: Path) -> None:
    phantom = head_phantom()
    write_series(phantom, tmp_path / "gap", without=(4,))
    write_series(phantom, tmp_path / "nowhere", header={**T1C, "FrameOfReferenceUID": None})
    write_series(phantom, tmp_path / "two", header=T1C, number=1)
    write_series(phantom, tmp_path / "two", header=T2F, number=2)
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.txt").write_text("x")
    with pytest.raises(InputError, match="series-001 lacks 1 of its slices; export it again as a whole"):
        read_series(tmp_path / "gap")
    with pytest.raises(InputError, match="series-001 names no frame of reference"):
        read_series(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds 2 series \(series-001, series-002\); give the folder of one of them"):
        read_series(tmp_path / "two")
    with pytest.raises(InputError, match="holds no DICOM image of MR"):
        read_series(tmp_path / "none")
