"""Images without voxels: what recognition reads is their headers and names."""

from collections.abc import Callable

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_image import SourceImage

SPACE = Space((24, 24, 24), np.diag([1.0, 1.0, 5.0, 1.0]))
KINDS = {
    "t1": {"scanning_sequence": ("SE",), "repetition_ms": 500, "echo_ms": 10},
    "t2w": {"scanning_sequence": ("SE",), "repetition_ms": 4000, "echo_ms": 100},
    "t2f": {"scanning_sequence": ("SE", "IR"), "repetition_ms": 9000, "echo_ms": 120, "inversion_ms": 2500},
    "mprage": {
        "scanning_sequence": ("GR", "IR"),
        "sequence_variant": ("SP", "MP"),
        "acquisition_type": "3D",
        "repetition_ms": 2300,
        "echo_ms": 3,
        "inversion_ms": 900,
        "flip_deg": 9,
    },
}


def make_header(kind: str = "", **fields: object) -> SeriesHeader:
    """Return the header of an axial series of 24 slices of 5 mm, with the figures of a kind; fields win."""
    usual = {"slices": 24, "coverage_mm": 120.0, "spacing_mm": (1.0, 1.0, 5.0), "plane": "axial", "study": "1"}
    return SeriesHeader(**{**usual, **KINDS.get(kind, {}), **fields})  # type: ignore[arg-type]


def make_series(number: int, kind: str = "", **fields: object) -> SourceImage:
    """Return a DICOM series without voxels."""
    problem = fields.pop("problem", None)
    header = make_header(kind, series_number=number, **fields)
    return SourceImage("case", f"series-{number:03}", header, SPACE, problem, (), _no_voxels)  # type: ignore[arg-type]


def make_file(name: str, case_id: str = "case", space: Space = SPACE) -> SourceImage:
    """Return a NIfTI file without voxels."""
    return SourceImage(case_id, name, None, space, None, (), _no_voxels)


def _no_voxels() -> None:
    raise AssertionError("recognition reads no voxels")


@pytest.fixture(scope="session")
def header() -> Callable[..., SeriesHeader]:
    return make_header


@pytest.fixture(scope="session")
def series() -> Callable[..., SourceImage]:
    return make_series


@pytest.fixture(scope="session")
def file() -> Callable[..., SourceImage]:
    return make_file
