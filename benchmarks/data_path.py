"""One training patch of 128x128x112 voxels, four sequences and its mask: ours beside two usual ways, in one run.

    python benchmarks/data_path.py [COHORT] [--rounds 7]

COHORT is a folder or table of cases with four sequences and a mask; default the real case in ../shared/data, else a
phantom of 240x240x155 voxels. Each way draws half of its patches around the tumour. The ways take turns, so that a busy
machine slows all alike, and CPU time is given, which hardly depends on what else runs. Files lie in the system's cache:
what is timed is unpacking, cutting and scaling, not the disk.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import blosc2
import monai.transforms as mt
import numpy as np
import torch
from monai.data import CacheDataset
from rich.console import Console
from rich.table import Table

from braintumornet.core.cohort.case import Case
from braintumornet.data.sampling.patch_sampler import draw_centre
from braintumornet.data.store.case_images import read_case
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import TrainingCase, read_example
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.tasks.segmentation import SegmentationTask

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "brats2021-gli"
SEQUENCES = ("t1n", "t1c", "t2w", "t2f")
TASK = SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))
PATCH = (128, 128, 112)
PATCHES_PER_ROUND = 8

Way = Callable[[np.random.Generator], object]
"""Reads one patch."""


def choose_case(cohort: Path | None, folder: Path) -> Case:
    if cohort is not None or SHARED.is_dir():
        return (read_cohort(cohort) if cohort else read_cohort(SHARED, coding="brats2023")).cases[0]
    head = PhantomSettings(shape=(240, 240, 155), spacing_mm=(1.0, 1.0, 1.0))
    return write_phantoms(folder, head, cases=1, seed=0).cases[0]


def our_way(example: TrainingCase) -> Way:
    def read(rng: np.random.Generator) -> None:
        centre = draw_centre(rng, example, PATCH, "foreground")
        example.cut(centre - np.array(PATCH) // 2, PATCH)

    return read


def monai_way(case: Case, *, with_indices: bool) -> Way:
    keys = ["image", "label"]
    load = [
        mt.LoadImaged(keys),
        mt.EnsureChannelFirstd(keys),
        mt.NormalizeIntensityd("image", nonzero=True, channel_wise=True),
    ]
    indices = {"fg_indices_key": "label_fg_indices", "bg_indices_key": "label_bg_indices"} if with_indices else {}
    crop = mt.RandCropByPosNegLabeld(keys, "label", PATCH, pos=1, neg=1, num_samples=1, **indices)
    steps = [*load, mt.FgBgToIndicesd("label"), crop] if with_indices else [*load, crop]
    item = {"image": [case.images[sequence] for sequence in SEQUENCES], "label": next(iter(case.targets.values()))}
    dataset = CacheDataset([item], mt.Compose(steps), progress=False, num_workers=1)
    return lambda rng: dataset[0]


def nnunet_way(case: Case, folder: Path) -> Way:
    """Keep float32 z-scores in blosc2 with the codec, blocks and chunks that nnU-Net 2.8 chooses for this patch."""
    images, masks = read_case(case, SEQUENCES, masks=list(case.targets))
    mask = next(iter(masks.values())).astype(np.int8)[None]
    folder.mkdir()
    layouts = {
        "image": (images.image, (1, 128, 128, 96), (1, 32, 32, 32)),
        "mask": (mask, mask.shape, (1, 64, 64, 32)),
    }
    settings = {"codec": blosc2.Codec.LZ4HC, "clevel": 5, "filters": [blosc2.Filter.NOFILTER], "nthreads": 1}
    for name, (array, chunks, blocks) in layouts.items():
        path = str(folder / f"{name}.b2nd")
        blosc2.asarray(array, urlpath=path, chunks=chunks, blocks=blocks, cparams=settings)
    foreground = np.argwhere(mask[0])
    shape = np.array(mask.shape[1:])

    def read(rng: np.random.Generator) -> None:
        wanted = foreground[rng.integers(len(foreground))] if rng.random() < 0.5 else rng.integers(shape)
        start = np.clip(wanted - np.array(PATCH) // 2, 0, np.maximum(shape - PATCH, 0))
        place = tuple(slice(int(s), int(s) + size) for s, size in zip(start, PATCH, strict=True))
        for name in ("image", "mask"):
            array = blosc2.open(str(folder / f"{name}.b2nd"), mode="r", mmap_mode="r", dparams={"nthreads": 1})
            array[(slice(None), *place)]

    return read


def measure(ways: dict[str, Way], rounds: int) -> dict[str, list[float]]:
    """Return CPU milliseconds per patch of each round."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(rounds + 1):
        for name, way in ways.items():
            rng = np.random.default_rng(round_number)
            start = time.process_time()
            for _ in range(PATCHES_PER_ROUND):
                way(rng)
            if round_number:  # the first warms up
                found[name].append((time.process_time() - start) / PATCHES_PER_ROUND * 1000)
    return found


def cpu_ms(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return (time.process_time() - start) * 1000


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("cohort", nargs="?", type=Path)
    arguments.add_argument("--rounds", type=int, default=7)
    given = arguments.parse_args()
    torch.set_num_threads(1)
    blosc2.set_nthreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case = choose_case(given.cohort, folder / "phantom")
        task = TASK.model_copy(update={"target": next(iter(case.targets))})
        store = Store.of_tasks(folder / "store", [task], SEQUENCES)
        made = cpu_ms(lambda: store.open(case))
        found = cpu_ms(lambda: store.open(case))
        on_disk = read_example(case, [task], store)
        in_memory = read_example(case, [task], store, room=on_disk.stored.nbytes)
        decoded = statistics.median(cpu_ms(on_disk.stored.decode) for _ in range(given.rounds))
        ways = {
            "store, case in memory": our_way(in_memory),
            "store, case on disk": our_way(on_disk),
            "blosc2 float32, as nnU-Net": nnunet_way(case, folder / "nnunet"),
            "MONAI CacheDataset with indices": monai_way(case, with_indices=True),
            "MONAI CacheDataset": monai_way(case, with_indices=False),
        }
        times = measure(ways, given.rounds)
        disk = {
            "store, case on disk": megabytes(store.folder),
            "blosc2 float32, as nnU-Net": megabytes(folder / "nnunet"),
        }
    table = Table("way", "CPU ms per patch, median", "least to most", "MB on disk", title=case.id)
    for way, values in times.items():
        size = f"{disk[way]:.1f}" if way in disk else ""
        table.add_row(way, f"{statistics.median(values):.1f}", f"{min(values):.1f} to {max(values):.1f}", size)
    console = Console()
    console.print(table)
    console.print(
        f"entry made in {made / 1000:.1f} CPU s, found again in {found:.0f} CPU ms, decoded in {decoded:.0f} CPU ms"
    )
    console.print(f"box of {on_disk.space.shape}; {on_disk.stored.nbytes / 1e6:.0f} MB in memory")


if __name__ == "__main__":
    main()
