"""What the limits of the quality figures of a preparation catch: raw phantoms, right ones and ones with errors put in.

Whether a row is right is told by the truth, not by what was put in: a pose within 1 mm and a mask with a Dice of 0.97
are right, one beyond 2 mm or below 0.94 is wrong, and what lies between counts as neither.

OMP_NUM_THREADS=1 python benchmarks/preparation_gates.py gates.csv [CASES]
python docs/images/draw_preparation_gates.py gates.csv
"""

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np
from preparation_errors import cropped, damaged, distance, motion, slab
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import REFERENCE, RawExamination, make_raw_phantom
from braintumornet.prepare.quality.atlas_figures import atlas_figures
from braintumornet.prepare.quality.figure import Figure
from braintumornet.prepare.quality.limits import judge
from braintumornet.prepare.quality.mask_figures import mask_figures
from braintumornet.prepare.quality.mutual_information import ImagePair, mirror
from braintumornet.prepare.quality.registration_figures import (
    points_in_box,
    registration_figures,
)
from braintumornet.prepare.registration.affine import fit_affine
from braintumornet.prepare.registration.rigid import RigidSettings, register_rigid
from braintumornet.prepare.registration.rigid_motion import mean_distance_mm
from braintumornet.prepare.stripping.vote import dice, vote
from braintumornet.volumes.resample import at_spacing, resample
from braintumornet.volumes.volume import Volume, to_ras

CASES, SEED = 200, 16
REGISTERED_EVERY = 5  # cases of which images are registered, which costs most
VOXEL_MM = 4.0
SETTINGS = PhantomSettings(
    shape=(52, 60, 56), spacing_mm=(VOXEL_MM,) * 3, mix=Mix(plgg=0.4, hgg=0.3, mets=0.1, healthy=0.2)
)
SEARCH = RigidSettings(levels_mm=((VOXEL_MM / 2, VOXEL_MM / 2),), samples=30_000)  # there is nothing finer to see
RIGHT_MM, WRONG_MM = 1.0, 2.0
FINE_MM = 3.0
LOST = 0.02  # of the brain: more is cut off
RIGHT_DICE, WRONG_DICE = 0.97, 0.94
MOVING = ("t1n", "t2w", "t2f")


@dataclass(frozen=True)
class Row:
    """One figure of one case; `error` is in mm for poses, 1 - Dice for masks, and the volume's change for scales."""

    case: int
    child: bool
    injected: str
    size: float
    figure: str
    value: float
    verdict: str
    error: float
    right: str


def judge_error(error: float, right: float, wrong: float) -> str:
    return "right" if error <= right else "wrong" if error > wrong else "between"


@dataclass(frozen=True)
class Examination:
    """A raw phantom with what is used again and again."""

    index: int
    raw: RawExamination
    rng: np.random.Generator

    @property
    def fixed(self) -> Volume:
        return to_ras(self.raw.images[REFERENCE])

    @property
    def mask(self) -> Volume:
        return to_ras(self.raw.brainmask)

    @property
    def fine_mask(self) -> Volume:
        """On a grid of 3 mm, so that its border can be uneven."""
        fine = at_spacing(self.mask.space, (FINE_MM,) * 3)
        return Volume(resample(Volume(self.mask.array.astype(np.float32), self.mask.space), fine).array > 0.5, fine)

    @property
    def sequence(self) -> str:
        return MOVING[self.index % len(MOVING)]

    def rows(self, injected: str, size: float, error: float, right: str, found: list[Figure]) -> Iterator[Row]:
        child = self.raw.records.age_years < 16
        for figure in found:
            if figure.verdict != "not assessed":
                value = float("nan") if figure.value is None else figure.value
                yield Row(self.index, child, injected, size, figure.name, value, figure.verdict, error, right)


def of_poses(seen: Examination) -> Iterator[Row]:
    """The true pose with the error of a good registration, one shifted or turned, and the mirrored image."""
    fixed, moving, true = seen.fixed, to_ras(seen.raw.images[seen.sequence]), seen.raw.motions[seen.sequence]
    points_mm = points_in_box(fixed)
    pair = ImagePair(fixed, moving, points_mm)
    middle = pair.centre_mm
    shift_mm, degrees = np.exp(seen.rng.uniform(0, np.log((20, 15))))
    for injected, size, error in (
        ("none", 0.0, motion(seen.rng, 0.3, 0.3, middle)),
        ("shift", shift_mm, motion(seen.rng, shift_mm, 0, middle)),
        ("rotation", degrees, motion(seen.rng, 0, degrees, middle)),
    ):
        error_mm = mean_distance_mm(error, np.eye(4), points_mm)
        ring = pair.ring(true @ error)
        offset_mm = mean_distance_mm(pair.motion(ring.offset_steps), np.eye(4), points_mm)
        found = [judge("local optimum", ring.beaten), judge("distance to optimum", offset_mm)]
        if injected == "none":
            found.append(judge("handedness", 1 - pair.climb(true @ error @ mirror(middle)) / ring.centre))
        yield from seen.rows(injected, size, error_mm, judge_error(error_mm, RIGHT_MM, WRONG_MM), found)
    wrong_way = Volume(np.ascontiguousarray(moving.array[::-1]), moving.space)
    centre = moving.space.affine @ [*(np.subtract(moving.space.shape, 1) / 2), 1]
    pose = mirror(centre[:3]) @ true @ mirror(middle)  # a proper motion, such as a registration finds
    pair = ImagePair(fixed, wrong_way, points_mm)
    found = [judge("handedness", 1 - pair.climb(pose @ mirror(middle)) / pair.climb(pose))]
    yield from seen.rows("mirrored", 1, np.inf, "wrong", found)


def of_registrations(seen: Examination) -> Iterator[Row]:
    """Registrations as they come: of a whole image, of one that is cut to a slab, or of one that lies far away."""
    fixed, moving = seen.fixed, to_ras(seen.raw.images[seen.sequence])
    true, points_mm = seen.raw.motions[seen.sequence], points_in_box(fixed)
    injected, size = ("none", "slab", "far")[seen.index // REGISTERED_EVERY % 3], 0.0
    if injected == "slab":
        size = seen.rng.uniform(0.12, 0.4)
        moving = slab(seen.rng, moving, size)
    elif injected == "far":
        size = seen.rng.uniform(30, 90)
        away = motion(seen.rng, size, seen.rng.uniform(20, 70), points_mm.mean(axis=0))
        moving, true = Volume(moving.array, Space(moving.space.shape, away @ moving.space.affine)), away @ true
    there = register_rigid(fixed, moving, settings=SEARCH)
    back = register_rigid(moving, fixed, settings=SEARCH, points_of=there.points_of)
    error_mm = mean_distance_mm(there.matrix, true, points_mm)
    found = registration_figures(fixed, moving, there, back)
    yield from seen.rows(f"registered {injected}", size, error_mm, judge_error(error_mm, RIGHT_MM, WRONG_MM), found)


def of_masks(seen: Examination) -> Iterator[Row]:
    """Masks of one tool: volume, pieces, edge; and how well those of three sequences agree when one is wrong."""
    mask = seen.fine_mask
    distances = {name: distance(seen.rng, mask) for name in MOVING}
    poses = dict.fromkeys(distances, np.eye(4))
    wrong = list(damaged(seen.rng, seen.fixed, mask))
    compared = (wrong[0], wrong[1 + seen.index % (len(wrong) - 1)])
    for injected, size, array in wrong:
        error = 1 - dice(array, mask.array)
        found = mask_figures(replace(mask, array=array), None, {}, {})
        if injected in [name for name, _, _ in compared]:
            theirs = distances | {MOVING[0]: distance(seen.rng, replace(mask, array=array))}
            found.append(judge("mask agreement", vote(theirs, poses, mask.space).agreement))
        yield from seen.rows(injected, size, error, judge_error(error, 1 - RIGHT_DICE, 1 - WRONG_DICE), found)
    for share in (0.0, seen.rng.uniform(0.03, 0.4)):
        grid = cropped(seen.rng, mask, share)
        found = mask_figures(mask, None, {REFERENCE: grid}, {REFERENCE: np.eye(4)})
        lost = 1 - resample(Volume(mask.array.astype(np.float32), mask.space), grid).array.sum() / mask.array.sum()
        right = judge_error(lost, 0.0, LOST)
        yield from seen.rows("cut off", share, lost, right, [f for f in found if f.name == "brain cut off"])


def of_atlas(seen: Examination, atlas: Examination) -> Iterator[Row]:
    """The fit to an atlas, of masks that are right and wrong, and of voxels of a wrong size."""
    fixed, mask = seen.fixed, seen.mask
    template, shown = stripped(atlas), stripped(seen)
    around = ndimage.binary_dilation(atlas.mask.array, iterations=2)  # the border holds the scale
    wide = Volume(around, atlas.mask.space)
    rigid = register_rigid(template, shown, atlas.mask, settings=SEARCH).matrix
    affine = fit_affine(template, shown, rigid, wide).matrix
    for injected, size, array in damaged(seen.rng, fixed, mask):
        error = 1 - dice(array, mask.array)
        found = atlas_figures(replace(mask, array=array), atlas.mask, rigid, affine)
        yield from seen.rows(injected, size, error, judge_error(error, 1 - RIGHT_DICE, 1 - WRONG_DICE), found[:2])
        if injected == "none":
            yield from seen.rows("none", 1, 0, "right", found[2:])
    stretch = float(seen.rng.choice([0.7, 0.75, 0.8, 1.2, 1.25, 1.3]))
    scale = np.diag([stretch, stretch, stretch, 1])
    large = Volume(shown.array, Space(shown.space.shape, scale @ shown.space.affine))
    refitted = fit_affine(template, large, scale @ rigid, wide).matrix
    found = atlas_figures(mask, atlas.mask, rigid, refitted)
    yield from seen.rows("scale", stretch, abs(stretch**3 - 1), "wrong", found[2:])
    away = motion(seen.rng, seen.rng.uniform(8, 20), seen.rng.uniform(8, 20), points_in_box(fixed).mean(axis=0))
    found = atlas_figures(mask, atlas.mask, away @ rigid, affine)
    yield from seen.rows("atlas pose", 1, np.inf, "wrong", found[:1])


def stripped(seen: Examination) -> Volume:
    return Volume(seen.fixed.array * seen.mask.array, seen.fixed.space)


def make_case(seed: int, index: int, settings: PhantomSettings = SETTINGS) -> Examination:
    return Examination(index, make_raw_phantom(seed, settings, index), np.random.default_rng((seed, index)))


def measure(index: int, atlas: Examination | None) -> Iterator[Row]:
    """All rows of a case: those that need no registration, or with an atlas the others."""
    seen = make_case(SEED, index)
    if atlas is None:
        yield from of_poses(seen)
        yield from of_masks(seen)
    else:
        yield from of_registrations(seen)
        yield from of_atlas(seen, atlas)


def main(path: Path, cases: int) -> None:
    atlas = make_case(SEED + 1, 0, SETTINGS.model_copy(update={"mix": Mix(healthy=1)}))  # none of the cases
    start = time.process_time()
    jobs = [(index, None) for index in range(cases)] + [(index, atlas) for index in range(0, cases, REGISTERED_EVERY)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Row)])
        for number, (index, wanted) in enumerate(jobs):
            writer.writerows(astuple(row) for row in measure(index, wanted))
            file.flush()
            print(f"{number + 1} of {len(jobs)}, {(time.process_time() - start) / 60:.1f} CPU minutes", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else CASES)
