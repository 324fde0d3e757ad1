"""What is random in one part of a network has nothing to do with the other parts."""

import pytest
import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.networks.multi_task_network import MultiTaskNetwork

BACKBONE = {
    "kind": "deepmedic",
    "widths": [4, 5],
    "factors": [3],
    "residual": [2],
    "fc_widths": [6, 7],
    "branch_at": "decoder",
    "marker_dropout": 0.5,
}


@pytest.fixture
def config(tiny: ExperimentConfig) -> ExperimentConfig:
    """Two outlines and a marker, all of whose heads have dropout."""
    content = tiny.model_dump(mode="json")
    tumour, genotype = content["tasks"]
    return ExperimentConfig.from_content(
        {**content, "backbone": BACKBONE, "tasks": [tumour, {**tumour, "name": "core"}, genotype]}, "streams"
    )


def answers(config: ExperimentConfig, *names: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the first weights of a network with these heads, and what it answers in training."""
    torch.manual_seed(3)
    by_name = {task.name: task for task in config.tasks}
    network = MultiTaskNetwork(config.backbone, [by_name[name] for name in names], 2)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    torch.manual_seed(4)
    margin = config.backbone.valid_margin + config.backbone.context_margin
    image = torch.randn(2, 2, *(8 + 2 * margin,) * 3)
    truth = {name: torch.ones(2, 3, 8, 8, 8) for name in ("tumour", "core")}
    return state, network(image, truth=truth)


@pytest.mark.parametrize("names", [("tumour",), ("core", "tumour"), ("genotype", "core", "tumour")])
def test_heads_beside_it_change_neither_first_weights_nor_dropout(
    config: ExperimentConfig, names: tuple[str, ...]
) -> None:
    whole, answered = answers(config, "tumour", "core", "genotype")
    state, given = answers(config, *names)
    assert all(torch.equal(whole[name], tensor) for name, tensor in state.items())
    assert all(torch.equal(answered[name], given[name]) for name in names)


def test_two_heads_begin_with_different_weights(config: ExperimentConfig) -> None:
    state, _ = answers(config, "tumour", "core")
    assert not torch.equal(state["heads.tumour.1.weight"], state["heads.core.1.weight"])


def test_dropout_differs_from_pass_to_pass(config: ExperimentConfig) -> None:
    network = MultiTaskNetwork(config.backbone, config.tasks, 2)
    margin = config.backbone.valid_margin + config.backbone.context_margin
    image = torch.randn(2, 2, *(8 + 2 * margin,) * 3)
    once, again = (network(image, ["tumour"])["tumour"] for _ in range(2))
    assert not torch.equal(once, again)
