"""A case as a network sees it, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, InputError
from braintumornet.data.store.case_images import read_case
from braintumornet.volumes.nifti import read_volume, write_volume
from braintumornet.volumes.volume import Volume

SEQUENCES = ("t1c", "t2f")


def test_the_image_is_normalised_and_cut_to_the_brain(phantoms: Cohort) -> None:
    images, masks = read_case(phantoms.cases[0], SEQUENCES, masks=["seg"])
    assert images.image.shape == (2, *images.space.shape)
    assert abs(np.median(images.image[0][images.brain])) < 1
    assert np.all(images.image[:, ~images.brain] == 0)
    assert masks["seg"].shape == images.space.shape


def test_world_positions_survive_cutting_and_resampling(phantoms: Cohort) -> None:
    case = phantoms.cases[0]
    for spacing in (None, (4.0, 4.0, 4.0)):
        images, masks = read_case(case, SEQUENCES, spacing, masks=["seg"])
        seen = np.argwhere(masks["seg"] > 0).mean(0)
        full = read_volume(case.targets["seg"])
        expected = full.space.affine @ [*np.argwhere(full.array > 0).mean(0), 1]
        np.testing.assert_allclose(images.space.affine @ [*seen, 1], expected, atol=1.0)  # mm; voxels of 5 mm


def test_an_absent_sequence_is_zero_and_said(phantoms: Cohort) -> None:
    case = phantoms.cases[0]
    without = replace(case, images={"t2f": case.images["t2f"]})
    images, _ = read_case(without, SEQUENCES)
    assert images.present.tolist() == [False, True]
    assert np.all(images.image[0] == 0)


def test_labels_outside_the_brain_mask_are_kept(phantoms: Cohort, tmp_path: Path) -> None:
    case = phantoms.cases[0]
    mask = read_volume(case.targets["seg"])
    mask.array[0, 0, 0] = 2
    write_volume(mask, tmp_path / "seg.nii.gz")
    _, masks = read_case(replace(case, targets={"seg": tmp_path / "seg.nii.gz"}), SEQUENCES, masks=["seg"])
    assert masks["seg"][0, 0, 0] == 2


def test_a_label_on_another_grid_is_refused(phantoms: Cohort, tmp_path: Path) -> None:
    case = phantoms.cases[0]
    shifted = Space((32, 32, 32), np.diag([5.0, 5.0, 4.0, 1.0]))
    write_volume(Volume(np.zeros((32, 32, 32), np.uint8), shifted), tmp_path / "seg.nii.gz")
    with pytest.raises(GeometryError, match=rf"case {case.id}: the mask seg\.nii\.gz and .* lie on different grids"):
        read_case(replace(case, targets={"seg": tmp_path / "seg.nii.gz"}), SEQUENCES, masks=["seg"])


def test_a_case_without_a_wanted_sequence_is_refused(phantoms: Cohort) -> None:
    case = phantoms.cases[0]
    only_t1n = replace(case, images={"t1n": case.images["t1n"]})
    with pytest.raises(InputError, match=f"case {case.id}: has none of the sequences t1c, t2f; it has t1n"):
        read_case(only_t1n, SEQUENCES)


@pytest.mark.parametrize("value", [-0.5, -1024.0, np.nan])
def test_a_constant_background_changes_nothing_but_is_said(phantoms: Cohort, tmp_path: Path, value: float) -> None:
    case = replace(phantoms.cases[0], brainmask=None)
    image = read_volume(case.images["t2f"])
    write_volume(Volume(np.where(image.array == 0, np.float32(value), image.array), image.space), tmp_path / "a.nii.gz")
    plain, _ = read_case(case, SEQUENCES)
    found, _ = read_case(replace(case, images={**case.images, "t2f": tmp_path / "a.nii.gz"}), SEQUENCES)
    np.testing.assert_array_equal(found.brain, plain.brain)
    np.testing.assert_allclose(found.image, plain.image, atol=1e-4)
    told = "not a number" if np.isnan(value) else f"{value:g}"
    assert found.notes == (f"t2f: the background is {told}, not zero; taken as zero",)
    assert plain.notes == ()


def test_what_counts_as_brain_is_judged(phantoms: Cohort) -> None:
    images, _ = read_case(phantoms.cases[0], SEQUENCES)
    assert images.facts is not None
    assert images.facts.brain_ml == pytest.approx(images.brain.sum() * 0.125)
    assert not images.facts.skull


def test_an_empty_brain_is_refused(tmp_path: Path) -> None:
    write_volume(Volume(np.zeros((16, 16, 16), np.float32), Space((16, 16, 16), np.eye(4))), tmp_path / "a.nii.gz")
    with pytest.raises(InputError, match="case a: has an empty brain"):
        read_case(Case("a", "a", "x", {"t1c": tmp_path / "a.nii.gz"}), SEQUENCES)


def test_single_slices_are_refused_with_a_reason(shared_data: Path) -> None:
    folder = shared_data / "brats2013-slices2d" / "brats2013_HG0003"
    case = Case("HG0003", "HG0003", "x", {"t1c": folder / "brats2013_HG0003_t1c.nii.gz"})
    with pytest.raises(InputError, match="176 x 216 x 1 voxels; expected a volume of at least 8 slices"):
        read_case(case, SEQUENCES)


def test_the_skull_is_judged_in_the_voxels_of_the_files(tmp_path: Path) -> None:
    """In voxels of 6 mm it can hardly be seen; what a network wants to see says nothing of the file."""
    places = np.moveaxis(np.indices((110, 110, 110)), 0, -1) * 2.0 - 110
    radius = np.linalg.norm(places, axis=-1)
    head = np.select([radius < 72, radius < 80, radius < 90], [100, 12, 150], 0).astype(np.float32)
    head[head > 0] += np.random.default_rng(0).normal(size=int((head > 0).sum()))  # few values would be a mask's
    write_volume(Volume(head, Space(head.shape, np.diag([2.0, 2.0, 2.0, 1.0]))), tmp_path / "t1c.nii.gz")
    case = Case("head", "p", "c", {"t1c": tmp_path / "t1c.nii.gz"})
    fine, coarse = read_case(case, ["t1c"])[0], read_case(case, ["t1c"], (6.0, 6.0, 6.0))[0]
    assert coarse.facts == fine.facts
    assert coarse.facts is not None
    assert coarse.facts.skull
