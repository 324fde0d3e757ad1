"""Numbered samples and the presence of their labels."""

from collections import Counter

import numpy as np
import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.case import Cohort
from braintumornet.data.examples import Example, read_examples
from braintumornet.data.loaders import PatchDataset, build_loader
from braintumornet.data.settings import DataSettings
from braintumornet.data.store import Store


@pytest.fixture(scope="module")
def store(tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.of_tasks(tmp_path_factory.mktemp("store"), tiny.tasks, tiny.sequences)


@pytest.fixture(scope="module")
def examples(phantoms: Cohort, tiny: ExperimentConfig, store: Store) -> list[Example]:
    return read_examples(phantoms, tiny.tasks, store, memory_gib=1)


def test_a_number_stands_for_one_sample(examples: list[Example], tiny: ExperimentConfig) -> None:
    first, second = (PatchDataset(examples, tiny.tasks, tiny.data, seed=1)[17] for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert not np.array_equal(first.image, PatchDataset(examples, tiny.tasks, tiny.data, seed=2)[17].image)


def test_every_case_comes_once_before_any_comes_again(examples: list[Example], tiny: ExperimentConfig) -> None:
    dataset = PatchDataset(examples, tiny.tasks, tiny.data, seed=1)
    counts = Counter(dataset[number].case_id for number in range(12))
    assert set(counts.values()) == {2}


def test_a_loader_that_starts_later_gives_the_later_batches(examples: list[Example], tiny: ExperimentConfig) -> None:
    all_batches = list(build_loader(examples, tiny.tasks, tiny.data, 0, range(4)))
    later = list(build_loader(examples, tiny.tasks, tiny.data, 0, range(2, 4)))
    assert torch.equal(all_batches[2].image, later[0].image)
    assert torch.equal(all_batches[3].targets["tumour"], later[1].targets["tumour"])


@pytest.mark.parametrize("memory_gib", [0, 1])
def test_workers_change_nothing(
    memory_gib: float, examples: list[Example], phantoms: Cohort, tiny: ExperimentConfig, store: Store
) -> None:
    settings = tiny.data.model_copy(update={"workers": 2})
    alone = list(build_loader(examples, tiny.tasks, tiny.data, 0, range(4)))
    others = read_examples(phantoms, tiny.tasks, store, memory_gib)
    helped = list(build_loader(others, tiny.tasks, settings, 0, range(4)))
    assert all(torch.equal(a.image, b.image) for a, b in zip(alone, helped, strict=True))
    assert all(torch.equal(a.targets["tumour"], b.targets["tumour"]) for a, b in zip(alone, helped, strict=True))


def test_the_marker_counts_only_where_the_tumour_is(examples: list[Example], tiny: ExperimentConfig) -> None:
    example = examples[0]
    whole = DataSettings(patch=example.space.shape, centres="uniform")
    assert PatchDataset([example], tiny.tasks, whole, 0)[0].present["genotype"]
    corner = DataSettings(patch=(2, 2, 2), centres="uniform")
    assert not PatchDataset([example], tiny.tasks, corner, 0)[0].present["genotype"]


def test_a_case_without_a_genotype_trains_its_mask_only(examples: list[Example], tiny: ExperimentConfig) -> None:
    last = examples[-1]
    settings = DataSettings(patch=last.space.shape, centres="uniform")
    sample = PatchDataset([last], tiny.tasks, settings, 0)[0]
    assert not sample.present["genotype"]
    assert sample.present["tumour"].all()


def test_masks_in_the_batch_are_those_of_the_file(examples: list[Example], tiny: ExperimentConfig) -> None:
    example = examples[0]
    sample = PatchDataset([example], tiny.tasks, DataSettings(patch=example.space.shape, centres="uniform"), 0)[0]
    volumes = sample.targets["tumour"].sum(axis=(1, 2, 3))
    assert volumes[0] > volumes[1] > volumes[2] > 0  # WT holds TC holds ET
