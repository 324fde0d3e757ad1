"""Exclusive classes: a softmax over background and tissues, and regions as sums of tissues."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from braintumornet.core.cohort.case import Case
from braintumornet.tasks.losses import exclusive_cross_entropy
from braintumornet.tasks.segmentation import SegmentationTask

TASK = SegmentationTask(
    name="glioma", regions=("WT", "TC", "ET"), tissues=("non_enhancing_core", "oedema", "enhancing"), loss="ce"
)
METS = '{"1": "oedema", "2": "tumour_core"}'
PROBABILITIES = torch.tensor([0.4, 0.1, 0.2, 0.3])  # background, core, oedema, enhancing


def case(coding: str) -> Case:
    return Case("a", "a", "x", images={}, targets={"seg": Path("seg.nii.gz")}, coding=coding)


def test_the_probability_of_a_region_is_the_sum_of_its_tissues() -> None:
    maps = TASK.probabilities(PROBABILITIES.log().view(1, 4, 1, 1, 1))
    assert TASK.decode(maps[0]).probabilities.ravel().tolist() == pytest.approx([0.6, 0.4, 0.3])


def test_a_mask_is_where_the_most_probable_class_belongs_to_the_region() -> None:
    logits = 2 * torch.randn(2, 4, 5, 6, 7, generator=torch.Generator().manual_seed(0))
    best = logits.argmax(1)  # (B, D, H, W): background, core, oedema, enhancing
    expected = torch.stack([best > 0, (best == 1) | (best == 3), best == 3], dim=1)
    assert torch.equal(TASK.outline(logits), expected)
    for maps, masks in zip(TASK.probabilities(logits), expected, strict=True):
        assert np.array_equal(TASK.decode(maps).masks, masks.numpy())


def test_the_last_layer_has_a_background() -> None:
    assert TASK.last_layer(5).out_channels == 4


@pytest.mark.parametrize(
    ("coding", "present"),
    [
        ("brats2020", True),
        ("brats2023", True),
        ("brats2024gli", True),
        ("peds2024", True),
        ("binary", False),
        (METS, False),
    ],
)
def test_a_case_is_present_where_its_coding_tells_all_tissues_apart(coding: str, present: bool) -> None:
    assert TASK.present(case(coding)).tolist() == [present] * 3
    assert TASK.labelled(case(coding)) == present


def test_one_tissue_that_is_not_told_makes_the_case_absent() -> None:
    task = SegmentationTask(name="x", regions=("ET",), tissues=("necrosis_or_cyst", "non_enhancing", "enhancing"))
    assert task.present(case("brats2013")).tolist() == [True] * 3
    assert task.present(case("brats2020")).tolist() == [False] * 3


def test_cross_entropy_by_hand() -> None:
    target = torch.zeros(2, 3, 1, 1, 2)
    target[0, 2, 0, 0, 0] = 1  # enhancing, background
    logits = PROBABILITIES.log().view(1, 4, 1, 1, 1).repeat(2, 1, 1, 1, 2).requires_grad_()
    present = torch.tensor([[True] * 3, [False] * 3])
    loss = exclusive_cross_entropy(logits, target, present)
    assert loss.item() == pytest.approx(-(math.log(0.3) + math.log(0.4)) / 2)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[1].abs().max() == 0  # nobody looked
    given = torch.tensor([0.4, 0.1, 0.2, 0.3]) - torch.tensor([0, 0, 0, 1.0])
    torch.testing.assert_close(logits.grad[0, :, 0, 0, 0], given / 2)  # softmax minus truth, over two voxels


def test_the_dice_of_exclusive_classes_is_over_the_tissues() -> None:
    target = torch.zeros(1, 3, 1, 1, 1)
    target[0, 1] = 1
    logits = PROBABILITIES.log().view(1, 4, 1, 1, 1)
    present = torch.tensor([[True] * 3])
    dice = TASK.model_copy(update={"loss": "dice"}).criterion([])(logits, target, present)
    expected = (1 + 1 - 2 * 0.2 / (0.2**2 + 1) + 1) / 3
    assert dice.item() == pytest.approx(expected, abs=1e-3)
    both = TASK.model_copy(update={"loss": "dice_ce"}).criterion([])(logits, target, present)
    assert both.item() == pytest.approx(expected - math.log(0.2), abs=1e-3)


def test_a_sigmoid_head_can_learn_by_cross_entropy_alone() -> None:
    task = SegmentationTask(name="x", regions=("WT",), loss="ce")
    loss = task.criterion([])(torch.zeros(1, 1, 1, 1, 2), torch.ones(1, 1, 1, 1, 2), torch.tensor([[True]]))
    assert loss.item() == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("regions", "tissues", "message"),
    [
        (["WT"], ["oedma"], "tissue 'oedma' is not known; did you mean 'oedema'?"),
        (["WT"], ["tumour", "oedema"], "tissues: tumour, oedema overlap, so they are no exclusive classes"),
        (["ET"], ["tumour_core", "oedema"], "region 'ET' is not made up of the tissues tumour_core, oedema"),
        (["WT"], ["tumour_core"], "region 'WT' is not made up of the tissues tumour_core"),
    ],
)
def test_classes_that_cannot_be_are_refused(regions: list[str], tissues: list[str], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        SegmentationTask(name="x", regions=regions, tissues=tissues)
    assert message in str(error.value)


def test_parts_are_read_from_the_label_bits() -> None:
    assert [TASK.parts_of(region) for region in TASK.regions] == [[0, 1, 2], [0, 2], [2]]
    plain = SegmentationTask(name="x", regions=("WT", "TC"))
    assert [plain.parts_of(region) for region in plain.regions] == [[0], [1]]
    assert np.array_equal(plain.learned, ("WT", "TC"))
