"""What every backbone promises, a user's own included."""

from collections.abc import Collection
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from braintumornet.config import ExperimentConfig, parse_config
from braintumornet.networks.network import Backbone, BackboneModule, Features, MultiTaskNetwork, Place
from braintumornet.networks.resunet import ResUNet
from braintumornet.tasks.task import Level


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
        self.scale_widths = (width,)
        self.layer = nn.Conv3d(sequences, width, 3, padding=1)

    def features(self, image: Tensor, levels: Collection[Level], origin: Place = (0, 0, 0)) -> Features:
        features = self.layer(image)
        return Features(voxels=features, scales=(features,))

    def voxel_branch(self) -> tuple[nn.Module, int]:
        return nn.Identity(), self.width

    def marker_branch(self, features: int) -> tuple[nn.Module, int]:
        return nn.Sequential(nn.Linear(features, 3), nn.ReLU()), 3


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
        "fork": "pathway",
    },
    "deepmedic": {"kind": "deepmedic", "widths": [6, 8], "factors": [3], "residual": [2], "fc_widths": [9, 9]},
    "deepmedic, own classifiers": {
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


def make_images(config: ExperimentConfig, number: int, *answer: int) -> Tensor:
    """Return images of two sequences of which a network answers for so many voxels."""
    margin = config.backbone.inset + config.backbone.context
    return torch.randn(number, 2, *(size + 2 * margin for size in answer))


def test_one_output_per_task(config: ExperimentConfig) -> None:
    outputs = MultiTaskNetwork(config.backbone, config.tasks, 2)(make_images(config, 2, 16, 8, 24))
    assert {name: tuple(out.shape) for name, out in outputs.items()} == {
        "tumour": (2, 3, 16, 8, 24),
        "genotype": (2, 3),
    }


def test_only_the_tasks_asked_for_answer(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks, 2).eval()
    image = make_images(config, 1, 16, 16, 16)
    alone = network(image, ["genotype"])
    assert list(alone) == ["genotype"]
    assert torch.equal(alone["genotype"], network(image)["genotype"])


def test_all_tasks_together_reach_every_parameter(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks, 2)
    sum(out.square().mean() for out in network(make_images(config, 2, 16, 16, 16)).values()).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_settings_survive_the_configuration_file(config: ExperimentConfig) -> None:
    again = parse_config(config.model_dump(mode="json"), "again")
    assert again == config
    assert again.fingerprint() == config.fingerprint()


def test_the_papers_network_has_the_size_of_segresnet() -> None:
    module = ResUNet().build(1)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert parameters == pytest.approx(18.8e6, rel=0.01)  # MONAI's SegResNet with 32 filters
    features = module.features(torch.zeros(1, 1, 16, 16, 16), ["scales"])
    # 32 filters doubled three times, size halved three times
    assert [(*s.shape[1:3],) for s in features.scales] == [(32, 16), (64, 8), (128, 4), (256, 2)]


def test_the_contract_runs_over_every_known_kind() -> None:
    assert {settings["kind"] for settings in SMALL.values()} >= set(Backbone.kinds())
