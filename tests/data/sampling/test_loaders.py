"""Numbered samples and the presence of their labels."""

from collections import Counter

import numpy as np
import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.data.data_settings import AugmentSettings, DataSettings
from braintumornet.data.sampling.loaders import PatchDataset, build_loader, sample_numbers
from braintumornet.data.sampling.patch_batch import PatchSamples, make_batch
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import TrainingCase, read_examples
from braintumornet.tasks.batch import Batch
from braintumornet.training.distributed import start_processes


@pytest.fixture(scope="module")
def store(tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.of_tasks(tmp_path_factory.mktemp("store"), tiny.tasks, tiny.sequences)


@pytest.fixture(scope="module")
def examples(phantoms: Cohort, tiny: ExperimentConfig, store: Store) -> list[TrainingCase]:
    return read_examples(phantoms, tiny.tasks, store, memory_gib=1)


def batch_of(example: TrainingCase, tiny: ExperimentConfig, patch: tuple[int, int, int], **augment: object) -> Batch:
    settings = DataSettings(patch=patch, centres="uniform", augment=AugmentSettings(**augment))
    return make_batch([PatchDataset([example], tiny.tasks, settings, 0)[0]])


def test_a_number_stands_for_one_sample(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    first, second = (PatchDataset(examples, tiny.tasks, tiny.data, seed=1)[17] for _ in range(2))
    assert torch.equal(first.image, second.image)
    assert not torch.equal(first.image, PatchDataset(examples, tiny.tasks, tiny.data, seed=2)[17].image)


def test_every_case_comes_once_before_any_comes_again(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    dataset = PatchDataset(examples, tiny.tasks, tiny.data, seed=1)
    counts = Counter(dataset[number].case_id for number in range(12))
    assert set(counts.values()) == {2}


def test_a_loader_that_starts_later_gives_the_later_batches(
    examples: list[TrainingCase], tiny: ExperimentConfig
) -> None:
    all_batches = list(build_loader(examples, tiny.tasks, tiny.data, 0, sample_numbers(range(4), 2)))
    later = list(build_loader(examples, tiny.tasks, tiny.data, 0, sample_numbers(range(2, 4), 2)))
    assert torch.equal(all_batches[2].image, later[0].image)
    assert torch.equal(all_batches[3].targets["tumour"], later[1].targets["tumour"])


@pytest.mark.parametrize(("late", "memory_gib"), [(False, 0), (True, 1)])
def test_neither_workers_nor_memory_nor_where_patches_are_varied_change_them(
    late: bool, memory_gib: float, examples: list[TrainingCase], phantoms: Cohort, tiny: ExperimentConfig, store: Store
) -> None:
    alone = list(build_loader(examples, tiny.tasks, varied(tiny), 0, sample_numbers(range(2), 2)))
    others = read_examples(phantoms, tiny.tasks, store, memory_gib)
    helped = list(build_loader(others, tiny.tasks, varied(tiny, workers=2), 0, sample_numbers(range(2), 2), late=late))
    for first, second in zip(alone, helped, strict=True):
        assert_same(first, second.to(torch.device("cpu")))


def test_late_batches_are_made_by_moving_them(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    (cuts,) = build_loader(examples, tiny.tasks, varied(tiny), 0, sample_numbers(range(1), 2), late=True)
    assert isinstance(cuts, PatchSamples)
    moved = start_processes(tiny).to_device(cuts)  # what Fabric's loaders do with each batch
    (expected,) = build_loader(examples, tiny.tasks, varied(tiny), 0, sample_numbers(range(1), 2))
    assert_same(moved, expected)


def varied(tiny: ExperimentConfig, workers: int = 0) -> DataSettings:
    augment = AugmentSettings(
        flip=(0.5, 0.5, 0.5),
        affine=0.5,
        rotation_degrees=20,
        elastic_mm=2,
        gamma_sd=0.2,
        noise_sd=0.1,
        sequence_dropout=0.3,
    )
    return tiny.data.model_copy(update={"workers": workers, "augment": augment})


def assert_same(first: Batch, second: Batch) -> None:
    assert first.case_ids == second.case_ids
    assert torch.equal(first.image, second.image)
    assert torch.equal(first.present_sequences, second.present_sequences)
    for name in first.targets:
        assert torch.equal(first.targets[name], second.targets[name])
        assert torch.equal(first.present[name], second.present[name])


def test_the_marker_counts_only_where_the_tumour_is(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    example = examples[0]
    assert batch_of(example, tiny, example.space.shape).present["genotype"]
    assert not batch_of(example, tiny, (2, 2, 2)).present["genotype"]


@pytest.mark.parametrize("scale", [0.7, 1.3])
def test_a_magnified_tumour_must_show_as_large_a_share(
    scale: float, examples: list[TrainingCase], tiny: ExperimentConfig
) -> None:
    whole = examples[0].space.shape
    assert batch_of(examples[0], tiny, whole, affine=1.0, scale=(scale, scale)).present["genotype"]


def test_a_case_without_a_genotype_trains_its_mask_only(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    batch = batch_of(examples[-1], tiny, examples[-1].space.shape)
    assert not batch.present["genotype"]
    assert batch.present["tumour"].all()


def test_a_dropped_sequence_is_empty_and_said_to_be_absent(
    examples: list[TrainingCase], tiny: ExperimentConfig
) -> None:
    batch = batch_of(examples[0], tiny, (32, 32, 32), sequence_dropout=1.0)
    (present,) = batch.present_sequences
    assert present.sum() == 1
    assert not batch.image[0][~present].any()
    assert batch.image[0][present].any()


def test_a_region_is_not_learned_from_a_patch_without_what_it_requires(
    examples: list[TrainingCase], tiny: ExperimentConfig
) -> None:
    settings = tiny.data.model_copy(update={"augment": AugmentSettings(sequence_dropout=0.5)})
    dataset = PatchDataset(examples, tiny.tasks, settings, seed=0)
    batch = make_batch([dataset[number] for number in range(24)])
    t1c, t2f = batch.present_sequences.T
    told = batch.present["tumour"]  # WT, TC, ET
    assert not t1c.all()
    assert not t2f.all()
    assert told[:, :2].all()
    assert torch.equal(told[:, 2], t1c)


def test_masks_in_the_batch_are_those_of_the_file(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    (masks,) = batch_of(examples[0], tiny, examples[0].space.shape).targets["tumour"]
    volumes = masks.sum(dim=(1, 2, 3))
    assert volumes[0] > volumes[1] > volumes[2] > 0  # WT holds TC holds ET


def test_a_patch_is_cut_where_it_was_drawn(examples: list[TrainingCase], tiny: ExperimentConfig) -> None:
    cut = PatchDataset(examples[:1], tiny.tasks, tiny.data, seed=1)[0]
    image, labels = examples[0].images().image, examples[0].labels()
    d, h, w = (slice(start, start + 16) for start in cut.start)
    batch = make_batch([cut])
    np.testing.assert_array_equal(batch.image[0], image[:, d, h, w])
    np.testing.assert_array_equal(batch.targets["tumour"][0, 0], labels[d, h, w] & 1)
