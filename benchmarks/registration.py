"""How exactly heads that moved are found again: raw phantoms, adults and children, against the motion that is known.

OMP_NUM_THREADS=1 python benchmarks/registration.py [CASES] [MM] [--wrong-headers]

Each case has four sequences on grids of their own, some with slices of 3 to 6 mm in any plane; t1n, t2w and t2f are
brought to t1c. `--wrong-headers` moves each header by up to 40 mm and 30 degrees besides and cuts a tenth to three
tenths off every second field of view. An error is the mean over the brain.
"""

import sys
import time

import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import REFERENCE, RawExamination, make_raw_phantom
from braintumornet.prepare.registration.rigid import register_rigid
from braintumornet.prepare.registration.rigid_motion import angle_degrees, mean_distance_mm
from braintumornet.volumes.volume import Volume, to_ras

HEAD_MM = (194, 228, 218)
MIX = Mix(hgg=0.4, mets=0.2, plgg=0.3, healthy=0.1)
LIMITS = (1.0, 1.0)  # mm, degrees


def brain_points(raw: RawExamination) -> np.ndarray:
    space = raw.brainmask.space
    return np.argwhere(raw.brainmask.array)[::97] @ space.affine[:3, :3].T + space.affine[:3, 3]


def draw_header_error(rng: np.random.Generator) -> np.ndarray:
    axis, direction = rng.normal(size=(2, 3))
    error = np.eye(4)
    turn = axis / np.linalg.norm(axis) * rng.uniform(0, 30)
    error[:3, :3] = Rotation.from_rotvec(turn, degrees=True).as_matrix()
    error[:3, 3] = direction / np.linalg.norm(direction) * rng.uniform(0, 40)
    return error


def cut_short(volume: Volume, rng: np.random.Generator) -> Volume:
    """Return an image whose field of view ends early at one end of an axis."""
    axis, share, lower = int(rng.integers(3)), float(rng.uniform(0.1, 0.3)), bool(rng.integers(2))
    lost = int(volume.array.shape[axis] * share)
    kept = [slice(None)] * 3
    kept[axis] = slice(lost, None) if lower else slice(0, volume.array.shape[axis] - lost)
    array = np.ascontiguousarray(volume.array[tuple(kept)])
    affine = volume.space.affine.copy()
    affine[:3, 3] += affine[:3, axis] * lost * lower
    return Volume(array, Space(array.shape, affine))


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    cases, spacing_mm = int(words[0]) if words else 24, float(words[1]) if words[1:] else 2.0
    wrong = "--wrong-headers" in sys.argv
    shape = tuple(int(np.ceil(mm / spacing_mm)) for mm in HEAD_MM)
    settings = PhantomSettings(shape=shape, spacing_mm=(spacing_mm,) * 3, mix=MIX)
    rows = []
    for index in range(cases):
        raw, rng = make_raw_phantom(5, settings, index), np.random.default_rng(index)
        fixed, points = to_ras(raw.images[REFERENCE]), brain_points(raw)
        for sequence in ("t1n", "t2w", "t2f"):
            moving, truth = to_ras(raw.images[sequence]), raw.motions[sequence]
            if wrong:
                error = draw_header_error(rng)
                moving, truth = (
                    to_ras(Volume(moving.array, Space(moving.space.shape, error @ moving.space.affine))),
                    error @ truth,
                )
                moving = cut_short(moving, rng) if rng.uniform() < 0.5 else moving
            start = time.process_time()
            found = register_rigid(fixed, moving)
            seconds = time.process_time() - start
            mm, degrees = mean_distance_mm(found.matrix, truth, points), angle_degrees(found.matrix, truth)
            slices_mm = max(*fixed.space.spacing_mm, *moving.space.spacing_mm)
            rows.append((mm, degrees, seconds, slices_mm, found.agreement_mm))
            who = (
                f"{index:>3} {raw.records.kind:<8}{raw.records.age_years:>3.0f} y {sequence} slices {slices_mm:.1f} mm"
            )
            error_text = f"error {mm:.2f} mm {degrees:.2f} deg"
            print(f"{who}: {error_text}, starts within {found.agreement_mm:.1f} mm, {seconds:.1f} s", flush=True)
    summarise(np.array(rows))


def summarise(rows: np.ndarray) -> None:
    good = (rows[:, 0] < LIMITS[0]) & (rows[:, 1] < LIMITS[1])
    print(f"\n{len(rows)} registrations; below 1 mm and 1 degree: {good.sum()} ({100 * good.mean():.1f} %)")
    for name, column in (("error, mm", 0), ("error, degrees", 1), ("CPU seconds", 2)):
        parts = np.percentile(rows[:, column], (50, 90, 95, 100))
        print(f"{name:<15} median {parts[0]:.2f}, 90 % {parts[1]:.2f}, 95 % {parts[2]:.2f}, largest {parts[3]:.2f}")
    for low, high in ((0, 3), (3, 4.5), (4.5, 9)):
        part = rows[(rows[:, 3] >= low) & (rows[:, 3] < high)]
        if len(part):
            largest = f"median {np.median(part[:, 0]):.2f}, largest {part[:, 0].max():.2f} mm"
            print(f"slices of {low} to {high} mm: {len(part)}, {largest}")


if __name__ == "__main__":
    main()
