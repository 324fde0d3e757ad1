"""Volumes and matrices in the terms of SimpleITK, which counts millimetres to the left and to the back (LPS)."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from braintumornet.volumes.volume import Volume

if TYPE_CHECKING:
    import SimpleITK as sitk

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
WORK_UNITS = 1  # more would add up in another order from run to run; cases run side by side instead


def to_itk(volume: Volume) -> "sitk.Image":
    """Return a volume as a float32 image of SimpleITK, at the same place.

    Example:
        >>> from braintumornet.core.space import Space
        >>> to_itk(Volume(np.zeros((2, 3, 4)), Space((2, 3, 4), np.diag([1.0, 1.0, 3.0, 1.0])))).GetSpacing()
        (1.0, 1.0, 3.0)
    """
    import SimpleITK as sitk

    affine = _RAS_TO_LPS @ volume.space.affine
    spacing = np.asarray(volume.space.spacing_mm)
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.array.transpose(2, 1, 0), dtype=np.float32))
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    return image


def to_array(image: "sitk.Image") -> np.ndarray:
    """Return the voxels of an image of SimpleITK, (D, H, W) with the first axis of the image first."""
    import SimpleITK as sitk

    return np.ascontiguousarray(sitk.GetArrayFromImage(image).transpose(2, 1, 0))


def to_matrix(transform: "sitk.Transform") -> np.ndarray:
    """Return an affine transform of SimpleITK as a (4, 4) matrix in RAS+ mm."""
    origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([np.array(transform.TransformPoint(p)) - origin for p in np.eye(3).tolist()], axis=1)
    matrix[:3, 3] = origin
    return np.asarray(_RAS_TO_LPS @ matrix @ _RAS_TO_LPS)


def to_affine_transform(matrix: np.ndarray, centre_mm: np.ndarray | None = None) -> "sitk.AffineTransform":
    """Return a (4, 4) matrix in RAS+ mm as nine coefficients about a point and a translation.

    Args:
        matrix: any affine one.
        centre_mm: (3,) in RAS+ mm, default the origin.
    """
    import SimpleITK as sitk

    return _about_centre(sitk.AffineTransform(3), matrix, centre_mm)


def to_rigid_transform(matrix: np.ndarray, centre_mm: np.ndarray | None = None) -> "sitk.Euler3DTransform":
    """Return a rigid (4, 4) matrix in RAS+ mm as three angles about a point and a translation.

    Args:
        matrix: rotation and translation.
        centre_mm: (3,) in RAS+ mm, the point that the angles turn about; default the origin.
    """
    import SimpleITK as sitk

    return _about_centre(sitk.Euler3DTransform(), matrix, centre_mm)


Centred = TypeVar("Centred", "sitk.AffineTransform", "sitk.Euler3DTransform")


def _about_centre(transform: Centred, matrix: np.ndarray, centre_mm: np.ndarray | None) -> Centred:
    lps = _RAS_TO_LPS @ matrix @ _RAS_TO_LPS
    centre = _RAS_TO_LPS[:3, :3] @ (np.zeros(3) if centre_mm is None else centre_mm)
    transform.SetCenter(centre.tolist())
    transform.SetMatrix(lps[:3, :3].ravel().tolist())
    transform.SetTranslation((lps[:3, :3] @ centre + lps[:3, 3] - centre).tolist())
    return transform
