"""What tests of reading examinations share."""

from pathlib import Path

import numpy as np

from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.volume import Volume, to_ras


def only(path: Path) -> SourceImage:
    """Return the one image under a path."""
    (image,) = find_images(path)
    return image


def problem_of(path: Path) -> str:
    """Return why the one image under a path is refused."""
    image = only(path)
    assert image.problem is not None
    assert image.space is None
    return image.problem


def require_same(image: SourceImage, written: Volume, atol: float = 0.5) -> None:
    """Fail where an image is not the volume that was written: another place, other values."""
    assert image.problem is None
    read, expected = image.read(), to_ras(written)
    assert read.space.shape == expected.space.shape
    np.testing.assert_allclose(read.space.affine, expected.space.affine, atol=1e-3)
    np.testing.assert_allclose(read.array, expected.array, atol=atol)
