"""What every backbone promises, a user's own included."""

from collections.abc import Collection
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from braintumornet.config import ExperimentConfig, parse_config
from braintumornet.networks.base import Backbone, BackboneModule, MultiTaskNetwork
from braintumornet.networks.resunet import ResUNet
from braintumornet.tasks.base import Level


class OneConvolution(Backbone):
    """A backbone that a user could write."""

    kind: Literal["one_convolution"] = "one_convolution"
    width: int = 4

    def build(self, sequences: int) -> "OneConvolutionModule":
        return OneConvolutionModule(self.width, sequences)


class OneConvolutionModule(BackboneModule):
    multiple = 1

    def __init__(self, width: int, sequences: int) -> None:
        super().__init__()
        self.width = width
        self.layer = nn.Conv3d(sequences, width, 3, padding=1)

    def features(
        self, image: Tensor, levels: Collection[Level], origin: tuple[int, int, int] = (0, 0, 0)
    ) -> dict[Level, Tensor]:
        features = self.layer(image)
        return {"voxels": features, "bottleneck": features}

    def branch(self, level: Level) -> tuple[nn.Module, int]:
        pooled = nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(self.width, 3), nn.ReLU())
        return (nn.Identity(), self.width) if level == "voxels" else (pooled, 3)


SMALL = {
    "resunet": {"kind": "resunet", "width": 8, "blocks_down": [1, 1, 1], "blocks_up": [1, 1]},
    "resunet, batch norm": {
        "kind": "resunet",
        "width": 8,
        "blocks_down": [1, 1, 1],
        "blocks_up": [1, 1],
        "norm": "batch",
    },
    "deepmedic": {"kind": "deepmedic", "widths": [6, 8], "factors": [3], "residual": [2], "fc_widths": [9, 9]},
    "deepmedic, tasks part at the join": {
        "kind": "deepmedic",
        "preset": "2017",
        "widths": [6, 8],
        "fc_widths": [9, 9],
        "norm": "instance",
        "fork": "pathway",
    },
    "one_convolution": {"kind": "one_convolution"},
}


@pytest.fixture(params=SMALL)
def config(request: pytest.FixtureRequest, tiny: ExperimentConfig) -> ExperimentConfig:
    content = tiny.model_dump(mode="json")
    return parse_config({**content, "backbone": SMALL[request.param]}, "contract")


def make_image(network: MultiTaskNetwork, *answer: int, batch: int = 1) -> Tensor:
    """Return an image of two sequences that the network answers for so many voxels of."""
    around = 2 * (network.backbone.inset + network.backbone.context)
    return torch.randn(batch, 2, *(size + around for size in answer))


def test_one_output_per_task(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks, 2)
    outputs = network(make_image(network, 16, 8, 24, batch=2))
    assert {name: tuple(out.shape) for name, out in outputs.items()} == {
        "tumour": (2, 3, 16, 8, 24),
        "genotype": (2, 3),
    }


def test_only_the_tasks_asked_for_answer(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks, 2).eval()
    image = make_image(network, 16, 16, 16)
    alone = network(image, ["genotype"])
    assert list(alone) == ["genotype"]
    assert torch.equal(alone["genotype"], network(image)["genotype"])


def test_all_tasks_together_reach_every_parameter(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks, 2)
    sum(out.square().mean() for out in network(make_image(network, 16, 16, 16, batch=2)).values()).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_settings_survive_the_configuration_file(config: ExperimentConfig) -> None:
    again = parse_config(config.model_dump(mode="json"), "again")
    assert again == config
    assert again.fingerprint() == config.fingerprint()


def test_the_papers_network_has_the_size_of_segresnet() -> None:
    module = ResUNet().build(1)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert parameters == pytest.approx(18.8e6, rel=0.01)  # MONAI's SegResNet with 32 filters
    bottleneck = module.features(torch.zeros(1, 1, 16, 16, 16), ["bottleneck"])["bottleneck"]
    assert tuple(bottleneck.shape) == (
        1,
        256,
        2,
        2,
        2,
    )  # 32 filters doubled three times, size halved three times


def test_the_contract_runs_over_every_known_kind() -> None:
    assert {settings["kind"] for settings in SMALL.values()} >= set(Backbone.kinds())
