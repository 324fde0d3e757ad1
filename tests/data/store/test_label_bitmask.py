"""Many masks in one volume: every bit is where it belongs, however many there are."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from braintumornet.core.cohort.case import Cohort
from braintumornet.data.data_settings import AugmentSettings, DataSettings
from braintumornet.data.sampling.loaders import PatchDataset
from braintumornet.data.sampling.patch_batch import make_batch
from braintumornet.data.store.label_bitmask import LabelBits, encode_labels
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import read_example
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.tasks.task import Task

REGIONS = ("WT", "TC", "ET", "ED", "NCR")
LABEL = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,), "ED": (2,), "NCR": (1,)}  # of brats2023


def tasks_of(regions: int) -> list[Task]:
    """Tasks that learn so many regions together, and a marker that sees the tumour of the last but one."""
    sizes = [2] * (regions // 2) + [1] * (regions % 2)
    outlines = [
        SegmentationTask(name=f"task{number}", regions=tuple(REGIONS[(number + i) % 5] for i in range(size)))
        for number, size in enumerate(sizes)
    ]
    marker = ClassificationTask(
        name="marker", target="genotype", classes=("fusion", "v600e", "other"), tumour_from=outlines[-2].name
    )
    return [*outlines, marker]


@pytest.mark.parametrize("regions", [4, 8, 15, 20, 31, 32, 33, 40, 42, 43, 50, 61, 62])
def test_every_region_is_found_again(regions: int, phantoms: Cohort) -> None:
    tasks = tasks_of(regions)
    bits = LabelBits.of_tasks(tasks)
    rng = np.random.default_rng(regions)
    mask = rng.integers(0, 4, (6, 5, 4))
    labels = encode_labels(replace(phantoms.cases[0], coding="brats2023"), bits, {"seg": mask}, mask.shape)
    assert (labels >= 0).all()
    for task in bits.tasks:
        for bit, region in zip(bits.of(task), task.regions, strict=True):
            np.testing.assert_array_equal((labels >> bit) & 1, np.isin(mask, LABEL[region]), err_msg=f"{task.name}")
    shown = bits.tasks[-2]
    assert ((labels >> bits.tumour_of(shown)) & 1).any()


@pytest.mark.parametrize("regions", [5, 33, 62])
@pytest.mark.parametrize("turn", [0.0, 1.0])
def test_targets_of_a_patch_are_those_of_each_mask(regions: int, turn: float, phantoms: Cohort, tmp_path) -> None:
    """One mask serves all tasks, so the maps of equal regions must be equal whichever bits they lie in."""
    tasks = tasks_of(regions)
    store = Store.of_tasks(tmp_path, tasks, ("t1c",))
    example = read_example(phantoms.cases[0], tasks, store)
    augment = AugmentSettings(affine=turn, rotation_degrees=30, flip=(1, 0, 0))
    settings = DataSettings(patch=(16, 16, 16), centres="foreground", augment=augment)
    dataset = PatchDataset([example], tasks, settings, seed=1)
    batch = make_batch([dataset[number] for number in range(4)])
    found: dict[str, torch.Tensor] = {}
    for task in store.bits.tasks:
        for region, target in zip(task.regions, batch.targets[task.name].unbind(1), strict=True):
            assert torch.equal(found.setdefault(region, target), target), f"{region} of {task.name}"
    assert found["WT"].any()
    assert torch.equal(found["WT"] * found["ET"], found["ET"])


def test_what_was_read_for_few_regions_keeps_its_type() -> None:
    sizes = {regions: LabelBits.of_tasks(tasks_of(regions)).dtype().itemsize for regions in (4, 8, 20, 30, 62)}
    assert sizes == {4: 1, 8: 2, 20: 4, 30: 8, 62: 8}
