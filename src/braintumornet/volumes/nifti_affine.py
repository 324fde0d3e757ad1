"""Where a NIfTI header says that its voxels lie: two forms, a unit, and what may be wrong with them.

The sform is used where its code is above 0, else the qform, else the bare voxel sizes, as nibabel does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
from nibabel.quaternions import quat2mat
from nibabel.volumeutils import shape_zoom_affine

from braintumornet.core.space import Shape, Space
from braintumornet.core.text.errors import InputError, require

_FORMS = [f"{name}_{axis}" for name, axes in (("quatern", "bcd"), ("qoffset", "xyz"), ("srow", "xyz")) for axis in axes]
_FIELDS = ["pixdim", "qform_code", "sform_code", *_FORMS]
_UNITS_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # not said, metre, millimetre, micron
_SPATIAL = 7  # bits of xyzt_units
_LAST_CODE = 5
_ROUNDING = 3 * float(np.finfo(np.float32).eps)  # up to here a quaternion counts as one of 180 degrees
_TINY_MM, _FAR_MM = 1e-6, 1e6

MOST_COSINE = 0.01  # axes that meet at less than 89.4 degrees are sheared; up to there distances are right to 0.5 %
FLATTEST = 0.1  # volume of a voxel, of what its edges would make at right angles
MOST_APART_MM = 1.0
USUAL_VOXEL_MM = (0.1, 15.0)


class Doubt(NamedTuple):
    """Something odd about the place of an image.

    Args:
        kind: `forms`, `no-orientation` or `voxel-size`.
        text: what, and what is made of it.
    """

    kind: str
    text: str


@np.errstate(all="ignore")  # what is no number, or too large for one, is refused or said
def place_of(header: nib.Nifti1Header, shape: Shape) -> Space:
    """Return the grid of an image in millimetres, with the fields that say so.

    Raises:
        InputError: in words that follow the name of the file.
    """
    for name in ("sform_code", "qform_code"):
        require(
            0 <= int(header[name]) <= _LAST_CODE,
            f"has {name} {int(header[name])}, and NIfTI knows 0 to {_LAST_CODE}; convert the scan again",
        )
    unit = int(header["xyzt_units"]) & _SPATIAL
    require(
        unit in _UNITS_MM,
        f"has lengths in unit {unit}, and NIfTI knows 1 metre, 2 millimetre, 3 micron; convert the scan again",
    )
    affine = _used_form(header, shape)
    affine[:3] *= _UNITS_MM[unit]
    _require_usable(affine, shape)
    fields = {name: np.array(header[name]) for name in _FIELDS} | {"xyzt_units": np.array(unit)}
    return Space(shape, affine, header=fields)


def repeat_place(fields: Mapping[str, Any], header: nib.Nifti1Header) -> None:
    """Write into a header what another one says of the place: both forms, their codes, and the unit."""
    for name, value in fields.items():
        if name == "pixdim":  # times and what else follows are no matter of place
            header[name][:4] = value[:4]
        else:
            header[name] = value


def find_doubts(spaces: Mapping[str, Space]) -> list[Doubt]:
    """Return what is odd about where images lie that can be used all the same.

    Args:
        spaces: name -> grid as its file says it; each text begins with the names that it is true of.
    """
    names: dict[Doubt, list[str]] = {}
    for name, space in spaces.items():
        for doubt in _doubts_of(space):
            names.setdefault(doubt, []).append(name)
    return [Doubt(doubt.kind, f"{', '.join(true_of)}: {doubt.text}") for doubt, true_of in names.items()]


@np.errstate(all="ignore")
def _doubts_of(space: Space) -> list[Doubt]:
    if space.header is None:
        return []
    doubts = []
    if forms := _compare_forms(space.header, space):
        doubts.append(Doubt("forms", forms))
    if not space.header["sform_code"] and not space.header["qform_code"]:
        text = "no orientation in the header (sform and qform codes are 0), so left and right cannot be trusted"
        doubts.append(Doubt("no-orientation", text))
    low_mm, high_mm = USUAL_VOXEL_MM
    if min(space.spacing_mm) < low_mm or max(space.spacing_mm) > high_mm:
        text = f"voxels of {_sizes(space.spacing_mm)} mm, as no scan of a head has; look at size and unit in the header"
        doubts.append(Doubt("voxel-size", text))
    return doubts


def _compare_forms(fields: Mapping[str, Any], space: Space) -> str | None:
    """Say where a sform and what stands beside it lie apart."""
    if not fields["sform_code"]:
        return None
    scale = _UNITS_MM[int(fields["xyzt_units"])]
    if not fields["qform_code"]:
        sizes = fields["pixdim"][1:4] * scale
        if np.allclose(sizes, space.spacing_mm, rtol=0.01, atol=0):  # not so for NaN
            return None
        return f"voxels of {_sizes(sizes)} mm by pixdim and of {_sizes(space.spacing_mm)} mm by sform; sform is used"
    qform = _qform(fields)
    if qform is None:
        return "the qform is no rotation; sform is used"
    qform[:3] *= scale
    apart_mm = np.linalg.norm(Space(space.shape, qform).corners_mm() - space.corners_mm(), axis=1).max()
    if apart_mm <= MOST_APART_MM:
        return None
    return f"sform and qform lie up to {apart_mm:.3g} mm apart; sform is used, and other programs may use qform"


def _used_form(header: Mapping[str, Any], shape: Shape) -> np.ndarray:
    if header["sform_code"]:
        sform = np.eye(4)
        sform[:3] = [header["srow_x"], header["srow_y"], header["srow_z"]]
        return sform
    sizes = np.array(header["pixdim"][1:4], dtype=np.float64)
    require(
        np.isfinite(sizes).all() and (sizes > 0).all(),
        f"has voxels of {_sizes(sizes)} mm by its header (pixdim); convert the scan again",
    )
    if not header["qform_code"]:
        return np.asarray(shape_zoom_affine(shape, sizes))
    qform = _qform(header)
    if qform is None:
        msg = "does not say where its voxels lie (its qform is no rotation); convert the scan again"
        raise InputError(msg)
    return qform


def _qform(header: Mapping[str, Any]) -> np.ndarray | None:
    """Return the affine of the qform in the header's own unit, or None where it cannot be one."""
    turn = np.array([header[f"quatern_{axis}"] for axis in "bcd"], dtype=np.float64)
    sizes = np.array(header["pixdim"][1:4], dtype=np.float64)
    rest = 1 - turn @ turn
    if not (np.isfinite(sizes).all() and (sizes > 0).all() and rest > -_ROUNDING):  # not so for NaN
        return None
    sizes[2] *= -1 if header["pixdim"][0] == -1 else 1
    affine = np.eye(4)
    affine[:3, :3] = quat2mat([np.sqrt(rest) if rest > _ROUNDING else 0.0, *turn]) * sizes
    affine[:3, 3] = [header[f"qoffset_{axis}"] for axis in "xyz"]
    return affine if np.isfinite(affine).all() else None


def _require_usable(affine: np.ndarray, shape: Shape) -> None:
    edges = affine[:3, :3]
    sizes = np.linalg.norm(edges, axis=0)
    directions = edges / sizes
    far_mm = np.abs(Space(shape, affine).corners_mm()).max()
    require(
        np.isfinite(directions).all() and sizes.min() > _TINY_MM and far_mm < _FAR_MM,
        "does not say where its voxels lie (no usable affine); convert the scan again",
    )  # not so for NaN
    require(
        abs(np.linalg.det(directions)) >= FLATTEST,
        "does not say where its voxels lie (its affine is nearly singular); convert the scan again",
    )
    cosine = np.abs(directions.T @ directions - np.eye(3)).max()
    if cosine > MOST_COSINE:
        degrees = np.degrees(np.arccos(cosine))
        msg = f"is sheared: two of its axes meet at {degrees:.1f} degrees; resample it to a grid of right angles"
        raise InputError(msg)


def _sizes(sizes: Sequence[float] | np.ndarray) -> str:
    return " x ".join(f"{size:.3g}" for size in sizes)
