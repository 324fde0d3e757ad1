"""Reading a case's files, with what is wrong with each as a finding in its place."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.data.check.findings import Finding, Kind, Severity, shape_text
from braintumornet.volumes.head_image import SMALLEST_AXIS_VOXELS, HeadImage, read_cleared
from braintumornet.volumes.image_kind import CT_IS_TOLD_BY
from braintumornet.volumes.nifti import read_values
from braintumornet.volumes.nifti_affine import find_doubts
from braintumornet.volumes.volume import Volume, to_ras


def read_files(files: Mapping[str, Path], images: Collection[str]) -> tuple[dict[str, HeadImage], list[Finding]]:
    """Read what can be read.

    Args:
        files: column -> file.
        images: columns of images, whose background is made zero as training makes it.

    Returns:
        What each file holds, in RAS+, with only finite values (others set to 0); and what is wrong with the files.
    """
    read = {column: _read(column, path, column in images) for column, path in files.items()}
    heads = {column: head for column, (head, _) in read.items() if head is not None}
    findings = [finding for _, wrong in read.values() for finding in wrong]
    return heads, [*findings, *_describe_backgrounds(heads)]


def _describe_backgrounds(heads: Mapping[str, HeadImage]) -> list[Finding]:
    backgrounds: dict[str, list[str]] = {}
    for column, head in heads.items():
        backgrounds.setdefault(head.background, []).append(column)
    return [
        Finding(Kind.BACKGROUND, Severity.NOTE, f"the background of {', '.join(columns)} {found}; taken as zero")
        for found, columns in backgrounds.items()
        if found
    ]


def _read(column: str, path: Path, is_image: bool) -> tuple[HeadImage | None, list[Finding]]:
    try:
        head = read_cleared(path) if is_image else _read_mask(path)
    except InputError as error:
        missing = isinstance(error.__cause__, FileNotFoundError)
        kind = Kind.MISSING_FILE if missing else Kind.UNREADABLE
        text = str(error).replace(str(path), f"the {column} file")
        return None, [Finding(kind, Severity.ERROR, text, file=path)]
    volume = head.volume
    if head.is_ct:
        text = f"{column} is a CT ({CT_IS_TOLD_BY}); give a magnetic resonance image, or leave its cell blank"
        return None, [Finding(Kind.IMAGE_IS_CT, Severity.ERROR, text, file=path)]
    finite = np.isfinite(volume.array)
    if finite.all():
        return head, []
    text = f"{column} holds {int((~finite).sum())} values that are no numbers (NaN or infinite); fix it before use"
    mended = Volume(np.where(finite, volume.array, 0).astype(np.float32), volume.space)
    return replace(head, volume=mended), [Finding(Kind.NOT_FINITE, Severity.ERROR, text, file=path)]


def _read_mask(path: Path) -> HeadImage:
    values = read_values(path)
    return HeadImage(to_ras(values), values.space)


def check_places(spaces: Mapping[str, Space]) -> list[Finding]:
    """Find what is odd about where files say that their voxels lie.

    Args:
        spaces: column -> grid of its file.
    """
    return [Finding(Kind(doubt.kind), Severity.WARNING, doubt.text) for doubt in find_doubts(spaces)]


def compare_grids(volumes: Mapping[str, Volume]) -> tuple[dict[str, Volume], list[Finding]]:
    """Return the volumes on the grid of the first, and what is wrong with the others' grids and with its size."""
    if not volumes:
        return {}, []
    reference, first = next(iter(volumes.items()))
    findings = [
        Finding(Kind.GRID, Severity.ERROR, f"{column} and {reference} {_difference(volume.space, first.space)}")
        for column, volume in volumes.items()
        if volume.space != first.space
    ]
    shape = first.space.shape
    if min(shape) < SMALLEST_AXIS_VOXELS:
        what = "a single slice" if min(shape) == 1 else "a few slices"
        text = (
            f"is {what} ({shape_text(shape)} voxels); expected a volume of at least {SMALLEST_AXIS_VOXELS} voxels "
            "along each axis"
        )
        findings.append(Finding(Kind.THIN, Severity.ERROR, text))
    return {column: volume for column, volume in volumes.items() if volume.space == first.space}, findings


def _difference(found: Space, expected: Space) -> str:
    if found.shape != expected.shape:
        shapes = f"{shape_text(found.shape)} and {shape_text(expected.shape)} voxels"
        return f"differ in shape: {shapes}; resample one to the other"
    if np.allclose(found.spacing_mm, expected.spacing_mm, atol=1e-3):
        shift_mm = np.linalg.norm(found.corners_mm() - expected.corners_mm(), axis=1).max()
        return f"lie up to {shift_mm:.3g} mm apart although their voxels have one size; register or resample one"
    spacings = " and ".join(" x ".join(f"{mm:.3g}" for mm in space.spacing_mm) for space in (found, expected))
    return f"differ in voxel size: {spacings} mm; resample one to the other"


def hash_contents(volumes: Mapping[str, Volume]) -> dict[str, str]:
    """Return column -> hash of the voxels as float32 in RAS+, for volumes that hold more than one value.

    Format, data type, compression and orientation of the file do not matter, only what it shows.
    """
    return {
        column: _hash(volume.array) for column, volume in volumes.items() if volume.array.min() != volume.array.max()
    }


def _hash(array: np.ndarray) -> str:
    digest = blake2b(repr(array.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(array + np.float32(0)).data)  # the sum makes -0 and 0 one
    return digest.hexdigest()
