"""Numbered samples and the presence of their labels."""

from collections import Counter

import numpy as np
import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.case import Cohort
from braintumornet.data.examples import Example, read_example
from braintumornet.data.loaders import PatchDataset, build_loader
from braintumornet.data.settings import DataSettings


@pytest.fixture(scope="module")
def examples(phantoms: Cohort, tiny: ExperimentConfig) -> list[Example]:
    return [read_example(case, tiny.tasks, tiny.sequences, None) for case in phantoms]


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


def test_workers_change_nothing(examples: list[Example], tiny: ExperimentConfig) -> None:
    settings = tiny.data.model_copy(update={"workers": 1})
    alone = list(build_loader(examples, tiny.tasks, tiny.data, 0, range(2)))
    helped = list(build_loader(examples, tiny.tasks, settings, 0, range(2)))
    assert all(torch.equal(a.image, b.image) for a, b in zip(alone, helped, strict=True))


def test_the_marker_counts_only_where_the_tumour_is(examples: list[Example], tiny: ExperimentConfig) -> None:
    example = examples[0]
    whole = DataSettings(patch=example.labels.shape, centres="uniform")
    assert PatchDataset([example], tiny.tasks, whole, 0)[0].present["genotype"]
    corner = DataSettings(patch=(2, 2, 2), centres="uniform")
    assert not PatchDataset([example], tiny.tasks, corner, 0)[0].present["genotype"]


def test_a_case_without_a_genotype_trains_its_mask_only(examples: list[Example], tiny: ExperimentConfig) -> None:
    last = examples[-1]
    settings = DataSettings(patch=last.labels.shape, centres="uniform")
    sample = PatchDataset([last], tiny.tasks, settings, 0)[0]
    assert not sample.present["genotype"]
    assert sample.present["tumour"].all()


def test_masks_in_the_batch_are_those_of_the_file(examples: list[Example], tiny: ExperimentConfig) -> None:
    example = examples[0]
    sample = PatchDataset([example], tiny.tasks, DataSettings(patch=example.labels.shape, centres="uniform"), 0)[0]
    volumes = sample.targets["tumour"].sum(axis=(1, 2, 3))
    assert volumes[0] > volumes[1] > volumes[2] > 0  # WT holds TC holds ET
