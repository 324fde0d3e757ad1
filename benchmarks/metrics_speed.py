"""How fast a case is scored: ours with lesions beside MONAI without, CPU seconds of one thread in one process.

OMP_NUM_THREADS=1 python benchmarks/metrics_speed.py [MASK --coding CODING]

The case is a phantom of 240 x 240 x 155 voxels of 1 mm, or the mask given. The prediction is the truth moved by two
voxels, frayed at its edge, with two false lesions. Both start from the label maps in memory; rounds take turns.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from monai.metrics import compute_dice, compute_hausdorff_distance, compute_surface_dice
from scipy import ndimage

from braintumornet.core.cohort.label_scheme import REGIONS, TISSUES, parse_label_scheme, region_masks
from braintumornet.core.space import Space
from braintumornet.metrics.lesion_definition import PRESETS
from braintumornet.phantom.phantom_case import make_phantom
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.scoring.masks_of_case import CaseMasks, score_regions
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

SCORED = ("WT", "TC", "ET")
SETTINGS = ScoreSettings(lesions=PRESETS["brats2023-gli"])
SHAPE = (240, 240, 155)


def read_case(mask: Path | None, coding: str) -> Volume:
    if mask is not None:
        return read_labels(mask)
    settings = PhantomSettings(shape=SHAPE, spacing_mm=(1, 1, 1), mix=Mix(hgg=1, mets=0, plgg=0))
    return Volume(make_phantom(1, settings, 0).labels.astype(np.int16), Space(SHAPE, np.eye(4)))


def disturb(labels: np.ndarray, coding: str) -> np.ndarray:
    """Return a prediction as a middling network would make it."""
    rng = np.random.default_rng(0)
    enhancing = next(code for code, tissue in parse_label_scheme(coding).items() if TISSUES[tissue] <= REGIONS["ET"])
    found = np.roll(labels, (1, -2, 1), (0, 1, 2))
    inside = ndimage.binary_erosion(found > 0)
    found = np.where(inside | (rng.random(found.shape) < 0.5), found, 0)
    for x, y, z in ((90, 60, 60), (150, 180, 90)):
        found[x : x + 5, y : y + 4, z : z + 6] = enhancing
    return found.astype(np.int16)


def ours(truth: Volume, found: np.ndarray, coding: str) -> dict[str, float]:
    """Return every score of a case, its lesions included."""
    masks = [region_masks(labels, coding, SCORED) for labels in (truth.array, found)]
    case = CaseMasks(SCORED, *masks, [True] * len(SCORED), truth.space)
    rows = score_regions("case", "tumour", case, SETTINGS).rows
    return {
        f"{row['structure']} {row.get('lesion', '')} {row['metric']}".replace("  ", " "): row["value"] for row in rows
    }


def monai(truth: Volume, found: np.ndarray, coding: str) -> dict[str, float]:
    """Return Dice, HD95 and surface Dice."""
    spacing = truth.space.spacing_mm
    masks = (region_masks(labels, coding, SCORED) for labels in (found, truth.array))
    pair = [torch.from_numpy(mask)[None] for mask in masks]
    dice = compute_dice(*pair)
    hd95 = compute_hausdorff_distance(*pair, include_background=True, percentile=95, spacing=spacing)
    surface = compute_surface_dice(*pair, [1.0] * len(SCORED), include_background=True, spacing=spacing)
    columns = {"dice": dice, "hd95_mm": hd95, "surface_dice_1mm": surface}
    return {
        f"{region} {name}": float(value[0, i]) for name, value in columns.items() for i, region in enumerate(SCORED)
    }


def seconds(score: Callable[[], object]) -> float:
    start = time.process_time()
    score()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mask", nargs="?", type=Path)
    parser.add_argument("--coding", default="brats2023")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    truth = read_case(asked.mask, asked.coding)
    found = disturb(truth.array, asked.coding)
    tools = {"ours, with lesions": ours, "MONAI, without lesions": monai}
    values = {name: score(truth, found, asked.coding) for name, score in tools.items()}
    times: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(asked.rounds):
        for name, score in tools.items():
            times[name].append(seconds(lambda score=score: score(truth, found, asked.coding)))
    share = 100 * np.count_nonzero(truth.array) / truth.array.size
    print(f"{' x '.join(map(str, truth.array.shape))} voxels, {share:.1f} % tumour, {asked.rounds} rounds")
    print(f"{'CPU seconds a case':<24} {'median':>8} {'least':>8} {'most':>8} {'scores':>8}")
    for name, own in times.items():
        print(f"{name:<24} {np.median(own):>8.3f} {min(own):>8.3f} {max(own):>8.3f} {len(values[name]):>8}")
    mine, theirs = values.values()
    worst = max(abs(mine[name] - theirs[name]) for name in theirs)
    print(f"largest difference of the scores that both give: {worst:.1g}")


if __name__ == "__main__":
    main()
