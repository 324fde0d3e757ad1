import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.registration.affine import fit_affine
from braintumornet.prepare.registration.head_mask import head_mask
from braintumornet.prepare.registration.rigid_motion import shift
from braintumornet.volumes.volume import Volume, to_ras


def test_the_neck_is_left_out_and_the_skull_filled():
    space = Space((50, 50, 80), np.diag([5.0, 5.0, 5.0, 1.0]))
    x, y, z = (index - size / 2 for index, size in zip(np.indices(space.shape) * 5.0, (250, 250, 400), strict=True))
    radius = np.sqrt(x**2 + y**2 + (z - 80) ** 2)
    head = (radius < 95) & ~((radius > 75) & (radius < 85))  # a dark skull
    neck = (np.hypot(x, y) < 60) & (z < 80)
    mask = head_mask(Volume(np.where(head | neck, 500.0, 10.0), space)).array
    assert mask[radius < 90].all()
    top_mm = z[mask].max()
    assert 170 <= top_mm - z[mask].min() <= 190
    wide = head_mask(Volume(np.where(head | neck, 500.0, 10.0), space), margin_mm=10).array
    assert wide[mask].all()
    assert wide.sum() > 1.1 * mask.sum()


def test_an_affine_fit_finds_how_large_a_brain_is(adult):
    t1c = to_ras(adult.images["t1c"])
    brain = Volume(t1c.array * (to_ras(adult.brainmask).array > 0), t1c.space)
    larger = np.diag([1.1, 1.1, 1.1, 1.0])
    grown = Volume(brain.array, Space(brain.space.shape, larger @ brain.space.affine))
    found = fit_affine(brain, grown, shift(np.array([2.0, -2.0, 1.0])))
    assert abs(found.volume_ratio - 1.1**3) < 0.03
