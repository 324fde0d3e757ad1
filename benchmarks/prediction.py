"""What a prediction costs: ours against MONAI's sliding window with the same network, and against ours before.

    python benchmarks/prediction.py RUN COHORT_CSV [CASE ...] [--windows N]

With `--windows N` only the first N calls of the network are computed for the ways that are not ours, and the rest is
scaled from them; their Dice is then not known. CPU seconds are of this process; give it one thread (OMP_NUM_THREADS=1).
"""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from threading import Event, Thread
from time import process_time

import numpy as np
import torch
from monai.inferers.utils import sliding_window_inference

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.workers.parallel import GIB, held_memory
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.inference.windows.network_reader import NetworkReader
from braintumornet.inference.windows.sliding_windows import slide
from braintumornet.layouts.choose_cases import load_cohorts
from braintumornet.metrics.overlap import dice
from braintumornet.networks.checkpoint import load_weights


class Counted:
    """A network that computes its first calls, and scales the time of the others from them."""

    def __init__(self, network: torch.nn.Module, name: str, most: int | None, bf16: bool) -> None:
        self.network, self.name, self.most, self.bf16 = network, name, most, bf16
        self.calls, self.windows, self.computed, self.seconds = 0, 0, 0, 0.0

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        self.calls, self.windows = self.calls + 1, self.windows + len(image)
        if self.most is not None and self.calls > self.most:
            return torch.zeros(len(image), 3, *image.shape[2:])
        began = process_time()
        with torch.autocast("cpu", torch.bfloat16) if self.bf16 else nullcontext():
            answer: torch.Tensor = self.network(image, [self.name])[self.name].float()
        self.seconds, self.computed = self.seconds + process_time() - began, self.computed + len(image)
        return answer

    @property
    def not_computed_s(self) -> float:
        """What the windows that were not computed would have taken."""
        return self.seconds * (self.windows / self.computed - 1)


def measured(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """Return what it returns, CPU seconds, and the GiB of memory above those before it."""
    stop, before, peak = Event(), held_memory(), [0]

    def watch() -> None:
        while not stop.wait(0.01):
            peak[0] = max(peak[0], held_memory())

    thread = Thread(target=watch)
    thread.start()
    began = process_time()
    result = work()
    seconds = process_time() - began
    stop.set()
    thread.join()
    return result, seconds, max(0, peak[0] - before) / GIB


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--windows", type=int)
    given = parser.parse_args()
    run = TrainedRun(given.run).require_complete()
    for case in load_cohorts([given.cohort]):
        if not given.cases or case.id in given.cases:
            images, labels = read_case(
                case, run.config.sequences, run.config.data.spacing_mm, [run.config.tasks[0].target]
            )
            truth = region_masks(labels[run.config.tasks[0].target], case.coding, run.config.tasks[0].answered)
            print(f"\n{case.id}: brain box {images.space.shape}, patch {run.config.data.patch}", flush=True)
            compare(run, images, truth, given.windows)


@torch.inference_mode()
def compare(run: TrainedRun, images: CaseImages, truth: np.ndarray, most: int | None) -> None:
    """Print a row for each way of reading one case."""
    config, (task, *_) = run.config, run.config.tasks
    plain = config.build_network()
    load_weights(plain, run.folder.model)
    plain.eval()
    mirror = {"as it is": (), "mirrored as configured": config.inference.mirror}
    bf16 = NetworkReader(plain, config).bf16
    box = torch.from_numpy(images.image)
    full = in_whole_volume(images)
    ways: dict[str, Callable[[], tuple[np.ndarray, float]]] = {}
    for how, axes in mirror.items():
        for reading in ("one", "windows"):
            reader = NetworkReader.from_run(run, InferenceOptions(reading=reading, mirror=axes))
            ways[f"ours, {reading}, {how}"] = lambda reader=reader: (
                reader.read_volume(images, [task.name])[0][task.name].numpy(),
                0.0,
            )
    for low in dict.fromkeys((False, bf16)):
        precision = "bf16" if low else "float32"
        for overlap in (0.5, 0.25):
            ways[f"MONAI, box, overlap {overlap}, {precision}"] = lambda o=overlap, low=low: monai(box, o, low)
        ways[f"MONAI, whole volume, overlap 0.5, {precision}"] = lambda low=low: monai(full, 0.5, low)

    def monai(image: torch.Tensor, overlap: float, low: bool) -> tuple[np.ndarray, float]:
        counted = Counted(plain, task.name, most, low)
        roi, four = config.data.patch, 4
        found = sliding_window_inference(image[None], roi, four, counted, overlap, mode="gaussian")
        return found[0].sigmoid().numpy(), counted.not_computed_s

    def before() -> tuple[np.ndarray, float]:
        counted = Counted(plain, task.name, most, bf16)
        views = 2 ** len(config.inference.mirror)

        def answer(part: torch.Tensor, origin: object) -> dict[str, torch.Tensor]:
            turned = [counted(part.contiguous(memory_format=torch.channels_last_3d)).sigmoid() for _ in range(views)]
            return {"map": torch.stack(turned).mean(0)}

        found = slide(box, config.data.patch, config.inference.overlap, answer, where=torch.from_numpy(images.brain))
        return found["map"].numpy(), counted.not_computed_s

    ways["ours before: windows one by one, mirrored as configured"] = before
    for name, way in ways.items():
        extra = [0.0]

        def work(way: Callable[[], tuple[np.ndarray, float]] = way, extra: list[float] = extra) -> np.ndarray:
            answer, extra[0] = way()
            return answer

        found, seconds, gib = measured(work)
        same = found.shape[1:] == truth.shape[1:] and not extra[0]
        scores = " ".join(f"{dice(t, f > 0.5):.3f}" for t, f in zip(truth, found, strict=True)) if same else "-"
        print(f"{name:58s} {seconds + extra[0]:8.1f} CPU s  {gib:5.2f} GiB  Dice {scores}", flush=True)


def in_whole_volume(images: CaseImages) -> torch.Tensor:
    """Return the images as they would be without a box around the brain, at the working spacing."""
    native, own = images.native_space, images.space
    shape = np.round(np.multiply(native.shape, native.spacing_mm) / own.spacing_mm).astype(int)
    pads = [(int(extra) // 2, int(extra) - int(extra) // 2) for extra in np.maximum(0, shape - own.shape)]
    return torch.from_numpy(np.pad(images.image, [(0, 0), *pads]))


if __name__ == "__main__":
    main()
