"""Our backbones keep the contract of all backbones."""

from importlib.metadata import entry_points
from typing import Literal

import pytest
import torch

from braintumornet.core.text.errors import InputWarning
from braintumornet.networks.multi_task_network import Backbone
from braintumornet.networks.resunet import ResUNet
from braintumornet.testing import check_backbone

SMALL = {
    "resunet": {"kind": "resunet", "width": 8, "blocks_down": [1, 1, 1], "blocks_up": [1, 1]},
    "resunet, batch norm": {
        "kind": "resunet",
        "width": 8,
        "blocks_down": [1, 1, 1],
        "blocks_up": [1, 1],
        "norm": "batch",
    },
    "resunet, own decoders": {
        "kind": "resunet",
        "width": 8,
        "blocks_down": [1, 1, 1],
        "blocks_up": [1, 1],
        "branch_at": "decoder",
    },
    "deepmedic": {"kind": "deepmedic", "widths": [6, 8], "factors": [3], "residual": [2], "fc_widths": [9, 9]},
    "deepmedic, own classifiers": {
        "kind": "deepmedic",
        "preset": "2017",
        "widths": [6, 8],
        "fc_widths": [9, 9],
        "norm": "instance",
        "branch_at": "decoder",
    },
}


@pytest.mark.parametrize("settings", SMALL.values(), ids=SMALL)
def test_ours_keep_the_contract(settings: dict[str, object]) -> None:
    check_backbone(Backbone.parse(settings))


def test_every_kind_of_ours_is_checked() -> None:
    ours = {entry.name for entry in entry_points(group=Backbone.group) if entry.module.startswith("braintumornet.")}
    assert {settings["kind"] for settings in SMALL.values()} == ours


def test_margins_are_found_by_their_earlier_names() -> None:
    with pytest.warns(InputWarning, match="Old.inset is now called valid_margin; rename it"):

        class Old(ResUNet):
            kind: Literal["old_backbone"] = "old_backbone"  # type: ignore[assignment]

            @property
            def inset(self) -> int:
                return 3

    del Backbone._members["old_backbone"]
    assert (Old().valid_margin, Old().context_margin) == (3, 0)


def test_the_papers_network_has_the_size_of_segresnet() -> None:
    module = ResUNet().build(1)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert parameters == pytest.approx(18.8e6, rel=0.01)  # MONAI's SegResNet with 32 filters
    features = module.features(torch.zeros(1, 1, 16, 16, 16), ["scales"])
    # 32 filters doubled three times, size halved three times
    assert [(*s.shape[1:3],) for s in features.scales] == [(32, 16), (64, 8), (128, 4), (256, 2)]
