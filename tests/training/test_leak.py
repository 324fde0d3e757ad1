"""A detached head changes nothing but itself, and a head that shares changes others by its gradient only."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.training.trainer import fit

OUTLINE = {"kind": "segmentation", "name": "tumour", "regions": ["WT", "TC", "ET"]}
MARKER = {
    "kind": "classification",
    "name": "genotype",
    "target": "genotype",
    "classes": ["fusion", "v600e", "other"],
    "detach": True,
}
BACKBONES = {
    "resunet": {"norm": "group", "branch_at": "last_layer"},
    "resunet, batch norm": {"norm": "batch", "branch_at": "decoder"},
    "deepmedic": {"kind": "deepmedic", "branch_at": "last_layer"},
    "deepmedic, own classifiers": {"kind": "deepmedic", "branch_at": "decoder"},
}
SMALLEST = {
    "resunet": {"width": 8, "blocks_down": [1, 1], "blocks_up": [1], "dropout": 0.1, "marker_dropout": 0.2},
    "deepmedic": {
        "widths": [4, 5],
        "factors": [3],
        "residual": [2],
        "fc_widths": [6, 7],
        "dropout": [0, 0.5, 0.5],
        "marker_dropout": 0.2,
    },
}
WEIGHTINGS = [
    {"kind": "fixed", "weights": {"tumour": 0.7}},
    {"kind": "uncertainty"},
    {"kind": "dynamic", "epoch_steps": 1},
    {"kind": "pcgrad"},
]
Train = Callable[..., dict[str, Tensor]]


@pytest.fixture
def train(phantoms: Cohort, tmp_path: Path) -> Train:
    """Train the tasks for five steps and return all weights, statistics of norms included."""
    numbers = count()

    def run(*tasks: dict[str, Any], backbone: str = "resunet", cohort: Cohort = phantoms, **sections: Any) -> Any:
        kind = BACKBONES[backbone].get("kind", "resunet")
        content = {
            "sequences": ["t1c", "t2f"],
            "tasks": list(tasks),
            "backbone": {"kind": kind, **SMALLEST[kind], **BACKBONES[backbone]},
            **sections,
            "data": {"patch": [8, 8, 8], "batch_size": 2, "store": tmp_path / "store", **sections.get("data", {})},
            "training": {
                "steps": 5,
                "precision": "float32",
                "accelerator": "cpu",
                "max_norm": 0.05,  # every gradient is longer
                **sections.get("training", {}),
            },
        }
        folder = RunFolder(tmp_path / f"run{next(numbers)}")
        fit(ExperimentConfig.from_content(content, "leak"), cohort, folder)
        return read_tensors(folder.model)[0]

    return run


def assert_same_but(head: str, alone: dict[str, Tensor], beside: dict[str, Tensor]) -> None:
    rest = {name: tensor for name, tensor in beside.items() if not name.startswith(f"heads.{head}.")}
    assert rest.keys() == alone.keys()
    assert [name for name in alone if not torch.equal(alone[name], rest[name])] == []


@pytest.mark.parametrize("roi", ["tumour", "patch"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_an_outline_is_trained_to_the_same_weights_with_a_detached_marker(
    backbone: str, roi: str, train: Train
) -> None:
    alone = train(OUTLINE, backbone=backbone)
    assert_same_but("genotype", alone, train({**MARKER, "roi": roi}, OUTLINE, backbone=backbone))


@pytest.mark.parametrize("weighting", WEIGHTINGS, ids=lambda weighting: weighting["kind"])
def test_every_weighting_leaves_a_detached_marker_out_of_what_it_weighs(
    weighting: dict[str, Any], train: Train
) -> None:
    other = {**OUTLINE, "name": "core", "regions": ["TC"]}
    alone = train(OUTLINE, other, weighting=weighting)
    assert_same_but("genotype", alone, train(OUTLINE, other, MARKER, weighting=weighting))


@pytest.mark.parametrize("centres", ["classes", "foreground"])
def test_a_detached_outline_changes_no_sample_of_another(centres: str, train: Train) -> None:
    first, second = {**OUTLINE, "regions": ["WT"]}, {**OUTLINE, "name": "core", "regions": ["ET"], "detach": True}
    settings = {"data": {"centres": centres}, "backbone": "resunet, batch norm"}
    assert_same_but("core", train(first, **settings), train(second, first, **settings))


def test_the_marker_itself_learns(train: Train) -> None:
    before, after = (train(OUTLINE, MARKER, training={"steps": steps}) for steps in (1, 5))
    learned = [
        name for name in after if name.startswith("heads.genotype.") and not torch.equal(before[name], after[name])
    ]
    assert learned == [name for name in after if name.startswith("heads.genotype.")]


def test_a_marker_that_is_not_detached_teaches_the_shared_network(train: Train) -> None:
    alone, beside = train(OUTLINE), train(OUTLINE, {**MARKER, "detach": False})
    assert not torch.equal(alone["heads.tumour.1.weight"], beside["heads.tumour.1.weight"])


@pytest.mark.parametrize(("warm_up_steps", "taught"), [(5, False), (2, True)])
def test_a_marker_teaches_the_shared_network_once_it_is_warm(warm_up_steps: int, taught: bool, train: Train) -> None:
    beside = train(OUTLINE, {**MARKER, "detach": False, "warm_up_steps": warm_up_steps})
    same = torch.equal(train(OUTLINE)["heads.tumour.1.weight"], beside["heads.tumour.1.weight"])
    assert same != taught


@pytest.mark.parametrize("weighting", WEIGHTINGS, ids=lambda weighting: weighting["kind"])
def test_the_order_of_the_tasks_changes_nothing(weighting: dict[str, Any], train: Train) -> None:
    tasks = [
        OUTLINE,
        {**OUTLINE, "name": "core", "regions": ["TC"]},
        {**MARKER, "detach": False, "tumour_from": "tumour"},
    ]
    settings = {"backbone": "deepmedic, own classifiers", "weighting": weighting}
    there, back = train(*tasks, **settings), train(*reversed(tasks), **settings)
    assert there.keys() == back.keys()
    assert [name for name in there if not torch.equal(there[name], back[name])] == []


def test_a_marker_changes_nobodys_side(phantoms: Cohort, train: Train) -> None:
    data = {"split": {"train": 0.67, "val": 0, "test": 0.33}}
    assert_same_but("genotype", train(OUTLINE, data=data), train(OUTLINE, MARKER, data=data))


def test_a_case_that_teaches_nobody_is_not_drawn(phantoms: Cohort, train: Train) -> None:
    *others, last = phantoms.cases
    marker_alone = replace(last, targets={}, coding=None, attributes={"genotype": "fusion"})
    cohort = Cohort("with a case that has no mask", (*others, marker_alone))
    assert_same_but("genotype", train(OUTLINE, cohort=cohort), train(OUTLINE, MARKER, cohort=cohort))


@pytest.mark.parametrize("budget", [{}, {"steps": None, "epochs": 2}])
def test_a_case_that_only_a_detached_head_has_a_label_of_is_not_drawn(
    budget: dict[str, Any], phantoms: Cohort, train: Train
) -> None:
    *others, last = phantoms.cases
    marker_alone = replace(last, targets={}, coding=None, attributes={"genotype": "fusion"})
    cohort = Cohort("with a case that has no mask", (*others, marker_alone))
    settings = {"cohort": cohort, "training": budget}
    assert_same_but("genotype", train(OUTLINE, **settings), train(OUTLINE, {**MARKER, "roi": "patch"}, **settings))


def test_a_detached_head_whose_labels_are_all_elsewhere_is_refused(phantoms: Cohort, train: Train) -> None:
    pathologies = ("hgg", "mets") * 3
    cohort = Cohort("x", tuple(replace(case, pathology=p) for case, p in zip(phantoms, pathologies, strict=True)))
    hgg = {**OUTLINE, "where": {"pathology": "hgg"}}
    mets = {**OUTLINE, "name": "mets", "where": {"pathology": "mets"}, "detach": True}
    with pytest.raises(InputError, match="task 'mets' is detached, .* none of these 3 cases has a label for it; set"):
        train(hgg, mets, cohort=cohort)


def test_a_detached_outline_shows_no_other_marker_where_the_tumour_is(train: Train) -> None:
    core = {**OUTLINE, "name": "core", "regions": ["ET"], "detach": True}
    marker = {**MARKER, "detach": False}
    assert_same_but("core", train(OUTLINE, marker), train(core, OUTLINE, marker))


def test_a_detached_outline_has_no_say_in_which_weights_are_kept(phantoms: Cohort, train: Train) -> None:
    sides = ("train", "train", "train", "train", "val", "val")
    cohort = Cohort("x", tuple(replace(case, split=side) for case, side in zip(phantoms, sides, strict=True)))
    core = {**OUTLINE, "name": "core", "regions": ["TC"], "detach": True}
    settings = {"cohort": cohort, "training": {"validate_every": 2}, "data": {"patch": [32, 32, 32]}}
    assert_same_but("core", train(OUTLINE, **settings), train(OUTLINE, core, **settings))


def test_nothing_that_teaches_the_shared_network_is_refused(tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json")
    content["tasks"] = [{**task, "detach": True} for task in content["tasks"]]
    with pytest.raises(
        UsageError, match="all are detached, so that nothing would teach the shared network; set detach"
    ):
        ExperimentConfig.from_content(content, "detached")


def test_what_never_teaches_has_nothing_to_warm_up_for(train: Train) -> None:
    with pytest.raises(UsageError, match="never teaches the shared network; drop warm_up_steps or detach"):
        train(OUTLINE, {**MARKER, "warm_up_steps": 3})
