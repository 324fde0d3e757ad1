"""What every weighting promises."""

from collections.abc import Sequence

import pytest
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from braintumornet.config import ExperimentConfig, parse_config
from braintumornet.networks.device import place
from braintumornet.networks.network import MultiTaskNetwork
from braintumornet.weighting.weighting import Weighting, WeightingState

SETTINGS = {
    "fixed": {"kind": "fixed", "weights": {"genotype": 2.0}},
    "uncertainty": {"kind": "uncertainty"},
    "dynamic": {"kind": "dynamic", "epoch_steps": 2},
    "pcgrad": {"kind": "pcgrad"},
}
TASKS = ("tumour", "genotype")


@pytest.fixture(params=SETTINGS)
def weighting(request: pytest.FixtureRequest) -> Weighting:
    return Weighting.parse(SETTINGS[request.param])


class Toy(nn.Module):
    """One shared layer and a parameter of each task; the tasks agree that (1, -2) is best."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Parameter(torch.zeros(2))
        self.own = nn.ParameterDict({name: torch.zeros(()) for name in TASKS})

    def losses(self, tasks: Sequence[str] = TASKS) -> dict[str, Tensor]:
        x, y = self.shared
        losses = {
            "tumour": (x - 1).square() + (x + y + 1).square() + (self.own["tumour"] - 3).square(),
            "genotype": 0.2 * ((y + 2).square() + (x - y - 3).square() + (self.own["genotype"] + 4).square()),
        }
        return {name: losses[name] for name in tasks}


class Training:
    """A toy on its way down."""

    def __init__(self, weighting: Weighting) -> None:
        self.toy = Toy()
        self.state = weighting.build(TASKS)
        self.optimizer = torch.optim.SGD([*self.toy.parameters(), *self.state.parameters()], lr=0.05)
        self.fabric = Fabric(accelerator="cpu")

    def step(self, tasks: Sequence[str] = TASKS) -> dict[str, float]:
        weights = self.state.backward(self.toy.losses(tasks), [self.toy.shared], self.fabric)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return weights


def test_tasks_that_agree_reach_their_common_best(weighting: Weighting) -> None:
    training = Training(weighting)
    for _ in range(600):
        training.step()
    assert training.toy.shared.tolist() == pytest.approx([1.0, -2.0], abs=1e-2)
    assert {name: own.item() for name, own in training.toy.own.items()} == pytest.approx(
        {"tumour": 3.0, "genotype": -4.0}, abs=1e-2
    )


def test_every_task_with_a_loss_has_a_weight(weighting: Weighting) -> None:
    training = Training(weighting)
    assert training.step().keys() == {"tumour", "genotype"}
    assert training.step(["genotype"]).keys() == {"genotype"}


def test_an_absent_task_is_left_alone(weighting: Weighting) -> None:
    training = Training(weighting)
    training.state.backward(training.toy.losses(["genotype"]), [training.toy.shared], training.fabric)
    assert training.toy.own["tumour"].grad is None
    assert training.toy.own["genotype"].grad is not None
    assert training.toy.shared.grad is not None


def copy(state: WeightingState, weighting: Weighting) -> WeightingState:
    again = weighting.build(TASKS)
    again.load_state_dict({name: tensor.clone() for name, tensor in state.state_dict().items()})
    return again


def test_a_restored_state_goes_on_where_it_was(weighting: Weighting) -> None:
    training = Training(weighting)
    for _ in range(5):
        training.step()
    again = copy(training.state, weighting)
    for state in (training.state, again):
        training.toy.zero_grad(set_to_none=True)
        state.backward(training.toy.losses(), [training.toy.shared], training.fabric)
    assert all(torch.equal(a, b) for a, b in zip(training.state.buffers(), again.buffers(), strict=True))
    for a, b in zip(training.state.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
        assert torch.equal(a.grad, b.grad)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_network_is_trained(weighting: Weighting, precision: str, tiny: ExperimentConfig) -> None:
    torch.manual_seed(0)
    fabric = Fabric(accelerator="cpu", precision=precision)
    network = MultiTaskNetwork(tiny.backbone, tiny.tasks, 2)
    place(network, torch.device("cpu"))
    state = weighting.build(TASKS)
    module, optimizer = fabric.setup(network, torch.optim.SGD([*network.parameters(), *state.parameters()], lr=0.1))
    shared = list(network.shared_parameters())
    outputs = module(torch.randn(2, 2, 16, 16, 16))
    losses = {name: output.float().square().mean() for name, output in outputs.items()}
    weights = state.backward(losses, shared, fabric)
    optimizer.step()
    again = module(torch.randn(2, 2, 16, 16, 16))
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert all(0 < weight < 3 for weight in weights.values())
    assert again["tumour"].float().square().mean() < losses["tumour"]


def test_settings_survive_the_configuration_file(weighting: Weighting, tiny: ExperimentConfig) -> None:
    config = parse_config({**tiny.model_dump(mode="json"), "weighting": weighting.model_dump(mode="json")}, "contract")
    assert parse_config(config.model_dump(mode="json"), "again").weighting == weighting


def test_the_contract_runs_over_every_known_kind() -> None:
    assert set(SETTINGS) == set(Weighting.kinds())
