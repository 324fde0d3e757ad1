"""A training on heads that it makes for itself: what a head is, who shows it when, and that nothing is seen twice."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError
from braintumornet.data.sampling.loaders import build_loader, sample_numbers
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import read_example
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.training.fresh_phantoms import AT_ONCE, FreshHeads, InTurn, choose_cohort
from braintumornet.training.trainer import fit

HEAD = {"shape": [32, 36, 30], "spacing_mm": [5.0, 5.0, 5.0], "mix": {"hgg": 0.6, "mets": 0.2, "healthy": 0.2}}
CONTENT = {
    "sequences": ["t1c", "t2f"],
    "phantoms": {
        "generator": 2,
        "seed": 3,
        "head": HEAD,
        "patches": 2,
        "written": 4,
        "validation": {"cases": 2, "seed": 4, "generator": 3, "head": {**HEAD, "mix": {"hgg": 1.0}}},
        "pathology": {"hgg": "glioma", "healthy": "healthy"},
    },
    "tasks": [
        {
            "kind": "segmentation",
            "name": "glioma",
            "regions": ["WT", "TC"],
            "where": {"pathology": ["glioma", "healthy"]},
        }
    ],
    "data": {"patch": [16, 16, 16], "batch_size": 4, "spacing_mm": [5.0, 5.0, 5.0]},
    "backbone": {"kind": "resunet", "width": 8, "blocks_down": [1, 1], "blocks_up": [1]},
    "training": {"steps": 4, "save_every": 2, "precision": "float32", "accelerator": "cpu", "validate_every": 4},
}


@pytest.fixture(scope="module")
def config() -> ExperimentConfig:
    return ExperimentConfig.from_content(CONTENT, "fresh")


@pytest.fixture(scope="module")
def trained(config: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = RunFolder(tmp_path_factory.mktemp("fresh") / "run")
    fit(config, choose_cohort(config, None, run, resume=False), run)
    return run


def test_a_head_is_what_would_be_read_if_it_had_been_written(config: ExperimentConfig, trained: RunFolder) -> None:
    written = [case for case in choose_cohort(config, None, trained, resume=True) if case.split == "train"]
    heads = FreshHeads(config, len(written))
    store = Store.of_tasks(trained.path / "store", config.tasks, config.sequences, config.data.spacing_mm)
    for case, head in zip(written, heads, strict=True):
        read = read_example(case, config.tasks, store)
        assert head.case.cells == {**case.cells, "split": None}
        assert torch.equal(head.voxels.image, read.entry.decode().image)
        assert np.array_equal(head.labels(), read.labels())
        assert np.allclose(head.space.affine, read.space.affine)
        assert head.tumour_voxels == read.tumour_voxels
        assert head.centre_classes == read.centre_classes
        assert {name: flags.tolist() for name, flags in head.present.items()} == {
            name: flags.tolist() for name, flags in read.present.items()
        }
        for code, size in read.stored.class_sizes.items():
            assert head.stored.class_sizes[code] == size
            assert np.array_equal(head.stored.class_voxel(code, size - 1), read.stored.class_voxel(code, size - 1))


def test_a_batch_shows_different_heads_and_no_head_comes_back(config: ExperimentConfig) -> None:
    draw, steps = InTurn(patches=2), 3 * AT_ONCE
    batches = [[draw.case_of(number) for number in numbers] for numbers in sample_numbers(range(steps), 4)]
    assert all(len(set(batch)) == 4 for batch in batches)
    shown = Counter(head for batch in batches for head in batch)
    begun_and_ended = [head for head in shown if AT_ONCE <= head < len(shown) - AT_ONCE]
    assert {shown[head] for head in begun_and_ended} == {2}
    assert set(range(len(shown) - AT_ONCE)) <= set(shown)
    assert max(shown) < draw.heads(4 * steps)
    last = {head: max(i for i, batch in enumerate(batches) if head in batch) for head in shown}
    first = {head: min(i for i, batch in enumerate(batches) if head in batch) for head in shown}
    alive = [sum(first[head] <= i <= last[head] for head in shown) for i in range(steps)]
    assert max(alive) <= AT_ONCE  # so few must be kept in memory


def test_heads_make_way_one_after_the_other_so_that_making_them_keeps_pace() -> None:
    draw = InTurn(patches=12)
    begun = sorted({draw.case_of(number): number for number in reversed(range(960))}.values())[AT_ONCE:]
    assert max(later - earlier for earlier, later in pairwise(begun)) <= 2 * 12  # all eight at once would be 96


def test_every_kind_of_head_is_told_as_the_configuration_has_it(config: ExperimentConfig) -> None:
    told = Counter(head.case.pathology for head in (FreshHeads(config, 24)[number] for number in range(24)))
    assert set(told) == {"glioma", "mets", "healthy"}  # mets is not renamed
    assert told["glioma"] > told["mets"]


def test_batches_do_not_depend_on_how_many_processes_make_them(config: ExperimentConfig) -> None:
    def images(workers: int) -> list[torch.Tensor]:
        settings = config.data.model_copy(update={"workers": workers})
        heads, numbers = FreshHeads(config, 99), sample_numbers(range(3), 4)
        return [one.image for one in build_loader(heads, config.tasks, settings, 0, numbers, draw=InTurn(2))]

    assert all(torch.equal(a, b) for a, b in zip(images(0), images(2), strict=True))


def test_phantoms_of_another_generator_validate(config: ExperimentConfig, trained: RunFolder) -> None:
    cohort = choose_cohort(config, None, trained, resume=True)
    assert {(case.split, case.attributes["generator"]) for case in cohort} == {("train", "2"), ("val", "3")}
    assert Counter(case.split for case in cohort) == {"train": 4, "val": 2}
    assert trained.read_report().best is not None


def test_samples_of_heads_beyond_those_written_are_counted(config: ExperimentConfig, trained: RunFolder) -> None:
    (samples,) = [row for row in trained.read_report().sample_counts if row.what == "samples"]
    assert (samples.group, samples.samples) == ("phantom", 4 * 4)


def test_a_training_that_goes_on_makes_the_heads_that_are_due(
    config: ExperimentConfig, trained: RunFolder, tmp_path: Path
) -> None:
    class PowerCut(Exception):  # noqa: N818
        """Stands for a power cut."""

    def stop(step: int, total: int, losses: object) -> None:
        if step == 3:
            raise PowerCut

    run = RunFolder(tmp_path / "run")
    with pytest.raises(PowerCut):
        fit(config, choose_cohort(config, None, run, resume=False), run, progress=stop)
    fit(config, choose_cohort(config, None, run, resume=True), run, resume=True)
    whole, resumed = (read_tensors(one.model)[0] for one in (trained, run))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_cases_and_phantoms_together_are_refused(config: ExperimentConfig, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="phantoms that it makes for itself; leave --cohort out, or set phantoms=null"):
        choose_cohort(config, Cohort("mine", ()), RunFolder(tmp_path), resume=False)


def test_neither_cases_nor_phantoms_are_refused(tiny: ExperimentConfig, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no cohort to train on"):
        choose_cohort(tiny, None, RunFolder(tmp_path), resume=False)


def test_a_folder_that_holds_a_run_gets_no_phantoms(config: ExperimentConfig, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.config.write_text("")
    with pytest.raises(UsageError, match="holds a run already"):
        choose_cohort(config, None, run, resume=False)
    assert not run.phantoms.exists()


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"spacing_mm": [4.0, 4.0, 4.0]}, r"phantoms.head.spacing_mm \[5.0, 5.0, 5.0\] must be data.spacing_mm, found"),
        ({"sampling": "uniform"}, "how often each kind of phantom comes is phantoms.head.mix"),
    ],
)
def test_settings_of_data_that_do_not_go_with_phantoms(changed: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        ExperimentConfig.from_content({**CONTENT, "data": {**CONTENT["data"], **changed}}, "fresh")


def test_a_pathology_that_a_table_reads_as_blank_is_refused() -> None:
    phantoms = {**CONTENT["phantoms"], "pathology": {"healthy": "none"}}
    with pytest.raises(UsageError, match="the pathology of healthy, 'none', says in a table that none is known"):
        ExperimentConfig.from_content({**CONTENT, "phantoms": phantoms}, "fresh")


def test_the_command_needs_no_cohort(btn: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    file = tmp_path / "fresh.yaml"
    file.write_text(yaml.safe_dump(CONTENT))
    code, _, text = btn("train", file, "--run", tmp_path / "run", "--set", "training.steps=1")
    assert code == 0, text
    assert (tmp_path / "run" / "phantoms" / "cohort.csv").is_file()
    code, _, text = btn("train", file, "--run", tmp_path / "other", "--hold-out", "phantom-0001")
    assert code == 2
    assert "no cohort" in text
