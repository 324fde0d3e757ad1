"""How well the network in the package strips: Dice on raw phantoms, and against masks that another tool made.

OMP_NUM_THREADS=1 python benchmarks/skull_stripping.py [--cases 20] [--weights FILE] [--reference IMAGE MASK]...

The phantoms are those of `make_raw_phantom`: their shell is another one than that of the heads that the network learned
from. Times are CPU seconds of one thread.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from braintumornet.core.space import Space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import make_raw_phantom
from braintumornet.prepare.stripping import network
from braintumornet.prepare.stripping.brain_distance import brain_distance
from braintumornet.prepare.stripping.vote import dice, vote
from braintumornet.volumes.components import largest_component
from braintumornet.volumes.head_image import read_head
from braintumornet.volumes.nifti import read_volume
from braintumornet.volumes.resample import at_spacing, resample
from braintumornet.volumes.volume import Volume, ras_grid, to_ras

SETTINGS = PhantomSettings(
    shape=(96, 112, 108), spacing_mm=(2, 2, 2), mix=Mix(hgg=0.3, mets=0.2, plgg=0.3, healthy=0.2)
)
SEED = 2_000_003


def phantoms(cases: int) -> None:
    single: dict[str, list[float]] = {}
    voted, agreement, volume, seconds = [], [], [], []
    for index in range(cases):
        raw = make_raw_phantom(SEED, SETTINGS, index)
        grid = at_spacing(ras_grid(raw.brainmask.space), (1.5, 1.5, 1.5))
        truth = resample(to_ras(Volume(raw.brainmask.array.astype(np.float32), raw.brainmask.space)), grid).array >= 0.5
        distances = {}
        for name, image in raw.images.items():
            began = time.process_time()
            distances[name] = brain_distance(image)
            seconds.append(time.process_time() - began)
            alone = vote({name: distances[name]}, raw.motions, grid)
            single.setdefault(name, []).append(dice(alone.mask.array, truth))
        together = vote(distances, raw.motions, grid)
        voted.append(dice(together.mask.array, truth))
        agreement.append(together.agreement)
        volume.append(together.mask.array.sum() / truth.sum())
    for name, values in {
        **single,
        "all four": voted,
        "agreement of the four": agreement,
        "volume / truth": volume,
    }.items():
        low = np.percentile(values, 5)
        print(f"{name:24s} mean {np.mean(values):.4f}  5th percentile {low:.4f}  least {min(values):.4f}")
    print(f"CPU s a sequence: {np.mean(seconds):.2f}")


def reference(image: Path, mask: Path) -> None:
    head, wanted = read_head(image).volume, to_ras(read_volume(mask))
    began = time.process_time()
    distance = brain_distance(head)
    seconds = time.process_time() - began
    found = vote({"image": distance}, {"image": np.eye(4)}, Space(wanted.space.shape, wanted.space.affine))
    truth = largest_component(wanted.array > 0)  # HD-BET leaves specks outside the head
    ml = [part.sum() * wanted.space.voxel_ml for part in (found.mask.array, truth)]
    found_dice = dice(found.mask.array, truth)
    print(f"{image.name:32s} Dice {found_dice:.4f}  {ml[0]:.0f} ml, there {ml[1]:.0f} ml  {seconds:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--weights", type=Path, default=network.WEIGHTS)
    parser.add_argument("--reference", type=Path, nargs=2, action="append", default=[])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    network.WEIGHTS = asked.weights
    for image, mask in asked.reference:
        reference(image, mask)
    if asked.cases:
        phantoms(asked.cases)


if __name__ == "__main__":
    main()
