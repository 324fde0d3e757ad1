"""A single wrong bit in what a training keeps is found: nothing else is ever read in its place."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.data.store.cache_entry import StoredCase
from braintumornet.data.store.store import Store
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.training.trainer import fit

from .harness import end_of, fuzz

TASK = SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))


def flip(content: bytes, rng: np.random.Generator) -> bytes:
    """Change one bit; every second one lies in the first kilobyte, where a file says what it holds."""
    most = 1024 if rng.random() < 0.5 else len(content)
    place = int(rng.integers(min(most, len(content))))
    return content[:place] + bytes([content[place] ^ 1 << int(rng.integers(8))]) + content[place + 1 :]


def all_of(stored: StoredCase) -> str:
    """All that a training can read of an entry."""
    voxels, images = stored.decode(), stored.images()
    found = [stored.class_voxel(code, number) for code, size in stored.class_sizes.items() for number in (0, size - 1)]
    arrays = [voxels.image.numpy(), voxels.labels.numpy(), images.image, images.brain, images.present, *found]
    digest = hashlib.sha256(repr((stored.notes, stored.space, images.native_space)).encode())
    for array in arrays:
        digest.update(repr((array.dtype, array.shape)).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def test_entries_of_a_store(phantoms: Cohort, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, case = Store.of_tasks(tmp_path / "store", [TASK], ["t1c", "t2f"]), phantoms.cases[0]
    stored = store.open(case)
    whole, right = stored.path.read_bytes(), all_of(stored)

    def check(rng: np.random.Generator) -> str:
        damaged = flip(whole, rng)
        stored.path.write_bytes(damaged)
        caplog.clear()
        # a training that has opened the entry before must find it out as one that opens it now
        outcome = end_of(lambda: all_of(stored if rng.random() < 0.5 else store.open(case)))
        assert outcome.value == right
        if stored.path.read_bytes() == damaged:
            return "harmless"
        assert stored.path.read_bytes() == whole
        assert len(caplog.messages) == 1
        return "made anew"

    fuzz("flips in a store entry", check)


@pytest.fixture(scope="module")
def run(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = RunFolder(tmp_path_factory.mktemp("runs") / "run")
    fit(tiny, phantoms, run)
    return run


@pytest.mark.parametrize("name", ["model", "state"])
def test_weights(name: str, run: RunFolder) -> None:
    path = getattr(run, name)
    whole = path.read_bytes()

    def check(rng: np.random.Generator) -> str:
        path.write_bytes(flip(whole, rng))
        assert "is no readable checkpoint" in end_of(lambda: read_tensors(path)).refusal
        return "refused"

    fuzz(f"flips in {path.name}", check)
    path.write_bytes(whole)


@pytest.mark.parametrize("name", ["config", "split"])
def test_what_a_run_says_of_itself(name: str, run: RunFolder) -> None:
    path = getattr(run, name)
    whole = path.read_bytes()

    def check(rng: np.random.Generator) -> str:
        path.write_bytes(flip(whole, rng))
        outcome = end_of(lambda: Predictor.from_run(run.path).record.remarks)
        assert outcome.refusal or outcome.value == (f"{path.name} of the run changed after the weights were written",)
        return "refused" if outcome.refusal else "noted"

    fuzz(f"flips in {path.name}", check, share=0.25)
    path.write_bytes(whole)
