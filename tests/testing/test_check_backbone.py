"""A backbone with one fault at a time, which its check names."""

import random
from collections.abc import Collection
from itertools import count
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from braintumornet.networks.multi_task_network import Backbone, BackboneModule, Features, Place
from braintumornet.tasks.task import Level
from braintumornet.testing import check_backbone

BUILT = count()


class Faulty(Backbone):
    """One convolution, padded or not, with a fault where one is named."""

    kind: Literal["faulty_backbone"] = "faulty_backbone"
    fault: str = ""

    @property
    def valid_margin(self) -> int:
        return -1 if self.fault == "valid_margin" else int(self.fault.startswith("unpadded"))

    @property
    def uses_origin(self) -> bool:
        return self.fault != "origin"

    def build(self, sequences: int) -> BackboneModule:
        return nn.Identity() if self.fault == "module" else FaultyModule(self.fault, sequences)


del Faulty._members["faulty_backbone"]  # known within these tests alone: see conftest.py


class FaultyModule(BackboneModule):
    multiple = 1

    def __init__(self, fault: str, sequences: int) -> None:
        super().__init__()
        self.fault = fault
        self.multiple = 0.5 if fault == "multiple" else 1
        self.scale_widths = {"widths": (5,), "no widths": 4, "order": (4, 4)}.get(fault, (4,))
        self.layer = nn.Conv3d(sequences, 4, 3, padding=int(not fault.startswith("unpadded")))
        self.branch = nn.Conv3d(4, 4, 1) if fault == "branch" else None
        self.idle = nn.Linear(1, 1) if fault == "idle" else None
        self.tied = [nn.Parameter(torch.ones(4, 4, 1, 1, 1))]  # in a list, where torch does not find it
        self.noise = torch.rand(()) if fault == "unsaved" else 0
        if fault == "device":
            self.register_buffer("seen", torch.zeros((), device="cpu"))
        if fault == "draws":
            nn.init.constant_(self.layer.bias, random.random())
        if fault == "seed":
            nn.init.constant_(self.layer.bias, next(BUILT))

    def features(self, image: Tensor, levels: Collection[Level], origin: Place = (0, 0, 0)) -> Features:
        if self.fault == "in place":
            image.mul_(2)
        features = self.layer(image) + self.noise
        if self.fault == "item" and features.mean().item() > 0:
            features = -features
        if self.fault == "origin":
            features = features + sum(origin)
        if self.fault == "batch":
            features = features - features.mean()
        if self.fault == "dropout":
            features = nn.functional.dropout(features)
        if self.fault == "spread":
            features = features / image.std((1, 2, 3, 4), keepdim=True)
        if self.fault == "bf16" and torch.is_autocast_enabled("cpu"):
            features = features * torch.inf
        if self.fault == "unpadded, of the window":
            features = features - features.mean((2, 3, 4), keepdim=True)
        scales = (features[..., ::2, ::2, ::2], features) if self.fault == "order" else (features,)
        return Features(voxels=features[..., 1:] if self.fault == "shape" else features, scales=scales)

    def voxel_branch(self) -> tuple[nn.Module, int]:
        branch = nn.Conv3d(4, 4, 1) if self.fault == "tied" else nn.Identity()
        if self.fault == "tied":
            branch.weight = self.tied[0]
        return self.branch or branch, 4

    def marker_branch(self, features: int) -> tuple[nn.Module, int]:
        return nn.Sequential(nn.Linear(features, 3), nn.ReLU()), 3


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("module", "`build` returns a BackboneModule; found Identity"),
        ("valid_margin", "`valid_margin` is a whole number of voxels from 0 on; found -1"),
        ("multiple", "`multiple` is a whole number of voxels from 1 on; found 0.5"),
        ("no widths", "`scale_widths` is a tuple"),
        ("widths", "one map for each of `scale_widths`, with so many channels; found (4,) channels"),
        ("order", "the coarsest scale is the last"),
        ("branch", "voxel_branch() makes a new module each time"),
        ("idle", "all tasks together teach every parameter; found no gradient in backbone.idle.weight"),
        (
            "tied",
            "a task without a label in the batch gets no gradient in its head; found one in heads.tumour.0.weight",
        ),
        ("unsaved", "weights that were written and read make the same network; found other answers"),
        ("device", "can be planned on torch's meta device; found "),
        ("item", "can be planned on torch's meta device; found "),
        (
            "draws",
            "random numbers come from torch's own stream, so that a run can be repeated and resumed; found that ran",
        ),
        ("seed", "the same seed makes the same network; found other values in backbone.layer.bias"),
        ("in place", "the image is left as it is"),
        ("batch", "alone in its batch; use dropout and statistics of the"),
        ("dropout", "found another answer of tumour, core, genotype asked again"),
        ("spread", "an image of zeros, as a missing sequence is, has an answer; found nan or inf in tumour"),
        ("bf16", "answers in torch.bfloat16 are numbers"),
        ("unpadded, of the window", "answers for a voxel in one way, wherever the window lies"),
        ("origin", "answers alike wherever a patch begins; found another answer of tumour, core, genotype at another"),
        ("shape", "is answered for (8, 9, 10) voxels; found"),
    ],
)
def test_a_fault_is_named(fault: str, told: str) -> None:
    with pytest.raises(AssertionError) as breach:
        check_backbone(Faulty(fault=fault))
    assert told in str(breach.value)


@pytest.mark.parametrize("fault", ["", "unpadded"])
def test_where_there_is_no_fault_nothing_is_said(fault: str) -> None:
    check_backbone(Faulty(fault=fault))


def test_a_class_stands_for_its_defaults_and_the_callers_random_numbers_stay() -> None:
    before = torch.get_rng_state()
    check_backbone(Faulty)
    assert torch.equal(torch.get_rng_state(), before)
