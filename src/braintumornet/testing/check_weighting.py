"""What a weighting promises: weights, gradients, absent tasks, random numbers, resuming, bf16, tasks that agree."""

import math
from collections.abc import Sequence

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from braintumornet.testing.contract import Contract, check_settings
from braintumornet.weighting.weighting import Weighting, WeightingState

TASKS = ("tumour", "genotype")
LEFT = 0.01
STEPS = 600


def check_weighting(weighting: Weighting | type[Weighting]) -> None:
    """Check that a weighting fulfils the contract of `Weighting` and `WeightingState`; this takes some seconds.

    Args:
        weighting: settings with which a few steps show all that it does, such as epochs of two steps; a class stands
            for its defaults.

    Raises:
        AssertionError: the contract is broken; the message says what is required, what was found and what to do.

    Example:
        >>> from braintumornet.weighting.fixed import FixedWeighting
        >>> check_weighting(FixedWeighting(weights={"genotype": 0.3}))
    """
    settings, contract = check_settings(weighting, Weighting)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        with contract.only_torch_draws():
            _check_weights(settings, contract)
        _check_absent(settings, contract)
        for task in TASKS:
            _check_alone(settings, task, contract)
        _check_resumed(settings, contract)
        for precision in ("32-true", "bf16-mixed"):
            _check_network(settings, precision, contract)
        _check_agreement(settings, contract)


class _Toy(nn.Module):
    """Two shared parameters and one of each task; what is best for one task is so for the other."""

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


class _Training:
    """A toy on its way down."""

    def __init__(self, settings: Weighting, contract: Contract) -> None:
        self.toy = _Toy()
        self.state: WeightingState = settings.build(TASKS)
        contract.require(
            isinstance(self.state, WeightingState),
            "`build` returns a WeightingState",
            type(self.state).__name__,
            f"derive the state from {WeightingState.__module__}.WeightingState",
        )
        self.optimizer = torch.optim.SGD([*self.toy.parameters(), *self.state.parameters()], lr=0.05)
        self.fabric = Fabric(accelerator="cpu", devices=1)

    def backward(self, tasks: Sequence[str] = TASKS) -> dict[str, float]:
        return self.state.backward(self.toy.losses(tasks), [self.toy.shared], self.fabric)

    def step(self, tasks: Sequence[str] = TASKS) -> dict[str, float]:
        weights = self.backward(tasks)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return weights


def _check_weights(settings: Weighting, contract: Contract) -> None:
    training = _Training(settings, contract)
    for tasks in (TASKS, TASKS, *[TASKS[1:]] * 5, TASKS, TASKS[:1], TASKS, TASKS):
        weights = training.step(tasks)
        contract.require(
            list(weights) == list(tasks),
            "`backward` returns the weight of each task that has a loss",
            f"weights of {', '.join(weights) or 'none'} where {' and '.join(tasks)} had one",
            "return one for each of `losses`",
        )
        contract.require(
            all(isinstance(weight, float) and math.isfinite(weight) and weight >= 0 for weight in weights.values()),
            "a weight is a finite number from 0 on, also after steps in which a task had no label",
            weights,
            "return Python's floats, and keep what was not seen out of means",
        )


def _check_absent(settings: Weighting, contract: Contract) -> None:
    training = _Training(settings, contract)
    toy = training.toy
    training.backward()
    toy.zero_grad(set_to_none=True)
    training.backward(["genotype"])
    contract.require(
        toy.own["tumour"].grad is None,
        "what belongs to a task without a loss gets no gradient",
        f"{toy.own['tumour'].grad} from a step before",
        "keep no loss, only its value (loss.detach())",
    )
    toy.zero_grad(set_to_none=True)
    detached = {"genotype": toy.own["genotype"].square() + 1}
    training.state.backward(detached, [toy.shared], training.fabric)
    contract.require(
        toy.shared.grad is None and toy.own["genotype"].grad is not None,
        "a loss that does not reach the shared parameters, as of a detached head, teaches its own alone",
        f"a gradient {toy.shared.grad} in the shared ones and {toy.own['genotype'].grad} in its own",
        "let fabric.backward find what a loss reaches",
    )


def _check_alone(settings: Weighting, task: str, contract: Contract) -> None:
    """Check that a task by itself is only made larger or smaller, in its own parameters as in the shared ones."""
    training, plain = _Training(settings, contract), _Toy()
    training.backward([task])
    torch.autograd.backward(plain.losses([task])[task])
    pairs = zip(training.toy.parameters(), plain.parameters(), strict=True)
    given = [(one.grad, other.grad) for one, other in pairs if one.grad is not None and other.grad is not None]
    cosines = [torch.cosine_similarity(one.reshape(-1), other.reshape(-1), dim=0).item() for one, other in given]
    contract.require(
        all(cosine > 1 - 1e-5 for cosine in cosines),
        f"where {task!r} is the only task with a loss, its gradient keeps its direction",
        f"cosines {[round(cosine, 3) for cosine in cosines]} to its gradient",
        "weigh a task only by a number above 0",
    )


def _check_resumed(settings: Weighting, contract: Contract) -> None:
    """Check that a restored state goes on as the one that was saved, and that states do not share what they learn."""
    one, other = _Training(settings, contract), _Training(settings, contract)
    for _ in range(5):
        one.step()
    other.toy.load_state_dict(one.toy.state_dict())
    other.state.load_state_dict({name: tensor.clone() for name, tensor in one.state.state_dict().items()})
    for number in range(3):
        weights, again = [(torch.manual_seed(number), training.step())[1] for training in (one, other)]
        contract.require(
            weights == again,
            "a restored state goes on where it was",
            f"weights {again} instead of {weights}",
            "keep what is learned in parameters, and what is remembered in buffers (register_buffer)",
        )


class _Heads(nn.Module):
    """A shared layer, and a layer of each task."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Linear(4, 4)
        self.own = nn.ModuleDict({name: nn.Linear(4, 2) for name in TASKS})

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        features = self.shared(image).relu()
        return {name: layer(features) for name, layer in self.own.items()}


def _check_network(settings: Weighting, precision: str, contract: Contract) -> None:
    fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
    network, state = _Heads(), settings.build(TASKS)
    losses = {name: out.float().square().mean() for name, out in fabric.setup(network)(torch.randn(8, 4)).items()}
    state.backward(losses, list(network.shared.parameters()), fabric)
    learning = [*network.named_parameters(), *state.named_parameters()]
    wrong = [name for name, learned in learning if learned.grad is None or not learned.grad.isfinite().all()]
    contract.require(
        not wrong,
        f"all that learns gets a finite gradient in {precision}, the weighting's own parameters too",
        f"none in {', '.join(wrong)}",
        "let `fabric` do the backward passes, and remove parameters that learn nothing",
    )


def _check_agreement(settings: Weighting, contract: Contract) -> None:
    training = _Training(settings, contract)
    before = training.toy.losses()
    for _ in range(STEPS):
        training.step()
    left = {name: (loss / before[name]).item() for name, loss in training.toy.losses().items()}
    contract.require(
        max(left.values()) < LEFT,
        f"of tasks that agree, each loss falls below {LEFT:.0%} in {STEPS} steps of plain gradient descent",
        ", ".join(f"{share:.0%} of {name}" for name, share in left.items()),
        "give no task so little weight that it no longer learns",
    )
