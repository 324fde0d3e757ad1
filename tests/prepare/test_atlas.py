import numpy as np
import pytest
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.atlas import Atlas, align_to_atlas, carry_brainmask, read_atlas, scale_to_atlas
from braintumornet.prepare.output_grid import BRATS_GRID
from braintumornet.prepare.registration.pyramid import isotropic
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.prepare.registration.rigid import RigidSettings
from braintumornet.prepare.registration.rigid_motion import (
    angle_degrees,
    box_points,
    mean_distance_mm,
    rotation_about,
    shift,
)
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume, axis_directions, ras_grid

QUICK = RigidSettings(samples=10_000, iterations=40)  # for images of 4 mm
MIDDLE = np.array([-120.0, 120, 75])
LAY = shift(np.array([110.0, -130.0, -60.0])) @ rotation_about((18, -7, 10), MIDDLE)  # how the patient lay


@pytest.fixture(scope="module")
def template() -> Atlas:
    pytest.importorskip("nilearn")
    return read_atlas()


@pytest.fixture(scope="module")
def coarse(template) -> Atlas:
    """Return the template in voxels of 4 mm."""
    image = isotropic(template.image, 4.0)
    mask = isotropic(Volume(template.brainmask.array.astype(np.float32), template.brainmask.space), 4.0)
    return Atlas(image, Volume(mask.array > 0.5, mask.space), "coarse", image.space)


@pytest.fixture(scope="module")
def patient(coarse) -> tuple[Volume, Volume]:
    """Return the template's brain in another head, which lies elsewhere, and its mask."""
    space = Space((60, 70, 70), np.diag([3.5, 3.5, 3.5, 1.0]))
    space.affine[:3, 3] = (LAY @ [*MIDDLE, 1])[:3] - space.affine[:3, :3] @ ((np.array(space.shape) - 1) / 2)
    brain = resample_once(coarse.image, space, np.linalg.inv(LAY), order=1).array
    mask = carry_brainmask(coarse, space, LAY)
    outside_mm = ndimage.distance_transform_edt(~mask.array, space.spacing_mm)
    scalp = np.where((outside_mm > 8) & (outside_mm < 16), 1.2 * np.percentile(brain[mask.array], 95), 0)
    noise = np.random.default_rng(0).normal(0, 0.02 * brain.max(), space.shape)
    return Volume((np.where(mask.array, brain, scalp) + np.abs(noise)).astype(np.float32), space), mask


def test_the_template_lies_on_the_grid_of_brats(template):
    assert template.grid == BRATS_GRID
    assert template.image.space == template.brainmask.space == ras_grid(BRATS_GRID)
    assert axis_directions(template.image.space) == "RAS"
    assert 1400 < template.brainmask.array.sum() / 1000 < 1600  # ml
    assert not template.image.array[~template.brainmask.array].any()


def test_the_template_lies_where_sri24_lies(template, shared_data):
    sri = read_atlas(shared_data / "atlas-sri24" / "sri24_t1_brain.nii.gz")
    assert sri.grid == template.grid
    assert sri.name == "sri24_t1_brain"
    a, b = sri.brainmask.array, template.brainmask.array
    assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.94


def test_a_brain_is_found_in_the_atlas(coarse, patient):
    image, mask = patient
    found = align_to_atlas(image, mask, coarse, settings=QUICK)
    points = box_points(coarse.brainmask.array, coarse.image.space)
    assert mean_distance_mm(found.matrix, LAY, points) < 1
    assert angle_degrees(found.matrix, LAY) < 1
    assert scale_to_atlas(image, mask, coarse, found).volume_ratio == pytest.approx(1, abs=0.03)


def test_a_head_of_unknown_brain_is_laid_on_the_atlas(coarse, patient):
    image, mask = patient
    found = align_to_atlas(image, None, coarse, settings=QUICK)
    points = box_points(coarse.brainmask.array, coarse.image.space)
    assert mean_distance_mm(found.matrix, LAY, points) < 3
    carried = carry_brainmask(coarse, image.space, found.matrix).array
    assert 2 * (carried & mask.array).sum() / (carried.sum() + mask.array.sum()) > 0.95


def test_what_is_no_template_is_refused(tmp_path, patient):
    image, _ = patient
    write_volume(image, tmp_path / "head.nii.gz")
    with pytest.raises(InputError, match="head.nii.gz shows the skull; expected a skull-stripped template"):
        read_atlas(tmp_path / "head.nii.gz")
    small = Volume(np.pad(np.ones((10, 10, 10), np.float32), 5), Space((20, 20, 20), np.eye(4)))
    write_volume(small, tmp_path / "small.nii.gz")
    with pytest.raises(InputError, match="small.nii.gz shows 1 ml of tissue; expected a skull-stripped T1 template"):
        read_atlas(tmp_path / "small.nii.gz")
    with pytest.raises(InputError, match="does not exist"):
        read_atlas(tmp_path / "missing.nii.gz")
