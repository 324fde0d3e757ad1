"""Networks that were trained when the norms of what markers read were the backbone's still answer alike."""

import pytest
import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.networks.multi_task_network import MultiTaskNetwork

BACKBONES = {
    "resunet": {"kind": "resunet", "width": 8, "blocks_down": [1, 1], "blocks_up": [1], "norm": "batch"},
    "deepmedic": {"kind": "deepmedic", "widths": [4, 5], "factors": [3], "residual": [2], "fc_widths": [6, 7]},
}


@pytest.fixture(params=BACKBONES)
def config(request: pytest.FixtureRequest, tiny: ExperimentConfig) -> ExperimentConfig:
    return ExperimentConfig.from_content(
        {**tiny.model_dump(mode="json"), "backbone": BACKBONES[request.param]}, "earlier"
    )


def with_earlier_names(state: dict[str, Tensor], backbone: str, first_read: int) -> dict[str, Tensor]:
    """Return a state as it was written then: one norm for each scale, whatever heads read it."""

    def earlier(name: str) -> str:
        if ".norms." not in name:
            return name
        _, _, _, number, _, statistic = name.split(".")
        scale = int(number) + first_read
        return (
            f"backbone.scale_norms.{scale}.{statistic}" if backbone == "resunet" else f"backbone.scale_norm.{statistic}"
        )

    return {earlier(name): tensor for name, tensor in state.items()}


@pytest.mark.parametrize("roi", ["tumour", "patch"])
def test_the_statistics_of_norms_are_found(config: ExperimentConfig, roi: str) -> None:
    tumour, genotype = config.tasks
    tasks = [tumour, genotype.model_copy(update={"roi": roi})]
    network, again = (MultiTaskNetwork(config.backbone, tasks, 2) for _ in range(2))
    margin = config.backbone.valid_margin + config.backbone.context_margin
    image = torch.randn(2, 2, *(16 + 2 * margin,) * 3)
    network(image)  # moves the statistics
    finest = {"backbone.scale_norms.0.running_mean": torch.zeros(8)}  # was written whether it was read or not
    first_read = 1 if roi == "patch" and config.backbone.kind == "resunet" else 0
    again.load_state_dict(finest | with_earlier_names(network.state_dict(), config.backbone.kind, first_read))
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in network.state_dict().items())
    with torch.no_grad():
        assert torch.equal(network.eval()(image)["genotype"], again.eval()(image)["genotype"])


def test_a_network_without_markers_does_without_them(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks[:1], 2)
    network.load_state_dict({**network.state_dict(), "backbone.scale_norm.running_mean": torch.zeros(5)})
