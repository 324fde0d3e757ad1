"""One optimiser step and one prediction of `plgg_paper` at full size: loss, time and memory.

    python benchmarks/paper_step.py

Needs about 9 GiB where the machine computes in bf16, 16 where it does not. The phantom has 240x240x155 voxels of 1 mm,
as the images of the paper. On one core without bf16 it took 285 CPU seconds for the step with reading four cases, 16.8
GiB, and 141 CPU seconds for the prediction.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import torch

from braintumornet.config import load_config
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.device import choose_device, uses_bf16
from braintumornet.phantom.phantom_case import make_phantom
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantom
from braintumornet.training.preflight import GIB, training_bytes
from braintumornet.training.trainer import fit


def peak_gib() -> float:
    """Return the largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    head = PhantomSettings(shape=(240, 240, 155), spacing_mm=(1.0, 1.0, 1.0))
    genotypes = ("fusion", "v600e", "other", "fusion")
    heads = [make_phantom(0, head, index, genotype) for index, genotype in enumerate(genotypes)]
    cases = [write_phantom(folder, made, f"case{index}", "phantom") for index, made in enumerate(heads)]
    config = load_config("plgg_paper", ["training.epochs=1", "data.split=null"])
    bf16 = uses_bf16(config.training.precision, choose_device(config.training.accelerator))
    needed = training_bytes(config, bf16, config.data.batch_size)
    print(f"estimate: {needed / GIB:.2f} GiB for a step in {'bf16' if bf16 else 'float32'}")
    start, cpu, idle = time.perf_counter(), cpu_seconds(), peak_gib()
    losses: dict[str, float] = {}
    fit(
        config,
        Cohort("phantom", tuple(cases)),
        RunFolder(folder / "run"),
        progress=lambda step, total, values: losses.update(values),
    )
    print("loss:", ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items()))
    print(f"step, with reading four cases: {time.perf_counter() - start:.1f} s, {cpu_seconds() - cpu:.1f} CPU s")
    print(f"peak: {peak_gib():.2f} GiB, {peak_gib() - idle:.2f} above idle")
    predictor = Predictor.from_run(folder / "run")
    start, cpu = time.perf_counter(), cpu_seconds()
    prediction = predictor.predict(cases[0])
    print(f"prediction: {time.perf_counter() - start:.1f} s, {cpu_seconds() - cpu:.1f} CPU s")
    print("answer:", dict(prediction.classes["genotype"]), prediction.maps["tumour"].probabilities.shape)
    print(f"torch threads: {torch.get_num_threads()}, python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
