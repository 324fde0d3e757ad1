"""The atlas that cases are aligned to: a skull-stripped T1 template, its brain mask and the grid of what is written.

`--atlas` names a file, such as SRI24, to which BraTS aligns; it is CC BY-SA and not ours to ship. Without one, the
ICBM 152 template that nilearn ships is placed where SRI24 lies, on the grid of BraTS.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.output_grid import BRATS_GRID
from braintumornet.prepare.registration.affine import AffineFit, fit_affine
from braintumornet.prepare.registration.head_mask import head_mask
from braintumornet.prepare.registration.pyramid import isotropic
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.prepare.registration.rigid import Registration, RigidSettings, register_rigid, widened
from braintumornet.prepare.registration.rigid_motion import rotation_about, shift
from braintumornet.volumes.nifti import read_values
from braintumornet.volumes.skull import CLEAREST_SCORE, skull_score
from braintumornet.volumes.volume import Volume, ras_grid, to_ras

TEMPLATE = "icbm152_2009a"
TEMPLATE_ANGLES_DEGREES = (-12.663, -0.485, -0.087)
"""About R, A and S, from the grid of BraTS to the template. They and the next two were found once, by registering the
template to SRI24 with a scale; SRI24 itself is not in the package."""
TEMPLATE_SCALE = 1.0926  # the template is 1.89 litres large, more than nearly every patient's brain; SRI24 1.54 litres
TEMPLATE_SHIFT_MM = (130.178, -149.438, -44.663)

_SMALLEST_BRAIN_ML = 300.0
_BORDER_MM = 8.0  # around the brain, that an affine fit looks at
_COARSE_MM = 4.0
_BRAIN_BELOW_VERTEX_MM = 150.0
_REFINED_OF_HEAD = 6  # starts: between a head with its skull and a brain without, there are more wrong maxima


@dataclass(frozen=True, eq=False)
class Atlas:
    """A template to align brains to.

    Args:
        image: skull-stripped T1 image, RAS+ orientation; zero outside the brain.
        brainmask: boolean, on the same grid.
        name: what records call it.
        grid: that of what is written, in the axis order of its file.
    """

    image: Volume
    brainmask: Volume
    name: str
    grid: Space


def read_atlas(path: Path | None = None) -> Atlas:
    """Read the atlas in a file, or take the template that nilearn ships.

    Args:
        path: a skull-stripped T1 template, NIfTI; its grid is that of the output.

    Raises:
        InputError: the file cannot be read, or shows no brain without its skull.

    References:
        V. S. Fonov et al., Unbiased average age-appropriate atlases for pediatric studies, NeuroImage 54 (2011).
        T. Rohlfing et al., The SRI24 multichannel atlas of normal adult human brain structure, HBM 31 (2010).
    """
    return _template() if path is None else _from_file(path)


def _from_file(path: Path) -> Atlas:
    native = read_values(path)
    image = to_ras(Volume(native.array.astype(np.float32), native.space))
    brain = np.isfinite(image.array) & (image.array > 0)
    found_ml = float(brain.sum()) * image.space.voxel_ml
    if found_ml < _SMALLEST_BRAIN_ML:
        msg = f"{path} shows {found_ml:.0f} ml of tissue; expected a skull-stripped T1 template of a whole brain"
        raise InputError(msg)
    if skull_score(image.array, brain, image.space.spacing_mm) >= CLEAREST_SCORE:
        msg = f"{path} shows the skull; expected a skull-stripped template, such as sri24_t1_brain.nii.gz"
        raise InputError(msg)
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    return Atlas(Volume(np.where(brain, image.array, 0), image.space), _filled(brain, image.space), name, native.space)


def _template() -> Atlas:
    """Return the template of nilearn on the grid of BraTS, where SRI24 lies and as large as it is."""
    from nilearn.datasets import load_mni152_template

    shipped = load_mni152_template(resolution=1)
    image = to_ras(Volume(np.asarray(shipped.dataobj, np.float32), Space(shipped.shape, shipped.affine)))
    grid = ras_grid(BRATS_GRID)
    placed = resample_once(image, grid, _grid_to_template_mm(), order=1)
    return Atlas(placed, _filled(placed.array > 0, grid), TEMPLATE, BRATS_GRID)


def _grid_to_template_mm() -> np.ndarray:
    scale = np.diag([TEMPLATE_SCALE, TEMPLATE_SCALE, TEMPLATE_SCALE, 1.0])
    turned = rotation_about(TEMPLATE_ANGLES_DEGREES, np.zeros(3))
    return np.asarray(shift(np.array(TEMPLATE_SHIFT_MM)) @ scale @ turned)


def _filled(brain: np.ndarray, space: Space) -> Volume:
    return Volume(np.asarray(ndimage.binary_fill_holes(brain)), space)


def align_to_atlas(
    reference: Volume,
    brainmask: Volume | None,
    atlas: Atlas,
    seed: int = 0,
    settings: RigidSettings | None = None,
) -> Registration:
    """Find how a brain lies to the atlas, by rotation and shift alone, as BraTS does.

    Args:
        reference: any sequence, RAS+ orientation.
        brainmask: of the reference, on its grid; without one the atlas' own mask is fitted to the head first, which is
            less exact.
        atlas: what to align to.
        seed: of the points that are looked at.
        settings: of the search, default as `RigidSettings`.

    Returns:
        Whose matrix leads from the atlas to the reference.
    """
    settings = settings or RigidSettings()
    if brainmask is None:
        wide = settings.model_copy(update={"refined": _REFINED_OF_HEAD})
        rough = register_rigid(atlas.image, _upper_head(reference), atlas.brainmask, seed, wide)
        fitted = scale_to_atlas(reference, None, atlas, rough)
        brainmask = carry_brainmask(atlas, reference.space, fitted.matrix)
    brain = Volume(np.where(brainmask.array > 0, reference.array, 0), reference.space)
    return register_rigid(atlas.image, brain, atlas.brainmask, seed, settings)


def _upper_head(reference: Volume) -> Volume:
    """Return a head without what lies below the brain, so that its centre is near that of the brain."""
    coarse = head_mask(isotropic(reference, _COARSE_MM), below_vertex_mm=_BRAIN_BELOW_VERTEX_MM)
    inside = resample_once(coarse, reference.space, np.eye(4), order=0)
    return Volume(np.where(inside.array, reference.array, 0), reference.space)


def scale_to_atlas(reference: Volume, brainmask: Volume | None, atlas: Atlas, rigid: Registration) -> AffineFit:
    """Fit scale and shear as well: to judge whether a brain is plausible, and to carry the atlas' mask to a head.

    Args:
        reference: as for `align_to_atlas`.
        brainmask: likewise.
        atlas: likewise.
        rigid: what `align_to_atlas` found.
    """
    shown = reference if brainmask is None else Volume(reference.array * (brainmask.array > 0), reference.space)
    # without what lies around the brain nothing would hold the scale; around a head there is its skull
    looked_at = atlas.brainmask if brainmask is None else widened(atlas.brainmask, _BORDER_MM)
    return fit_affine(atlas.image, shown, rigid.matrix, looked_at)


def carry_brainmask(atlas: Atlas, grid: Space, atlas_to_grid_mm: np.ndarray) -> Volume:
    """Return the atlas' brain mask on another grid, as a boolean volume.

    Args:
        atlas: whose mask.
        grid: such as that of the reference.
        atlas_to_grid_mm: (4, 4) from a point of the atlas to the same point of the grid, RAS+ mm.
    """
    mask = Volume(atlas.brainmask.array.astype(np.float32), atlas.brainmask.space)
    return Volume(resample_once(mask, grid, np.linalg.inv(atlas_to_grid_mm), order=1).array > 0.5, grid)
