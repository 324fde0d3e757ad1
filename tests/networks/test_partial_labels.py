"""Heads and regions without a label are left alone; a healthy case is a label."""

import torch

from braintumornet.config import ExperimentConfig
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.losses import task_losses
from braintumornet.tasks.segmentation import SegmentationTask


def make_batch(regions: list[bool], marker: bool, tumour: bool = True) -> Batch:
    """Return two patches of which only the labels given are present."""
    target = torch.zeros(2, 3, 16, 16, 16)
    target[:, :, 4:9, 4:9, 4:9] = float(tumour)
    return Batch(
        image=torch.randn(2, 2, 16, 16, 16),
        present_sequences=torch.ones(2, 2, dtype=torch.bool),
        targets={"tumour": target, "genotype": torch.tensor([0, 1])},
        present={"tumour": torch.tensor([regions, regions]), "genotype": torch.tensor([marker, marker])},
        case_ids=("a", "b"),
    )


def backward(config: ExperimentConfig, batch: Batch, network: MultiTaskNetwork | None = None) -> MultiTaskNetwork:
    """Take one backward pass of the plain sum of the losses."""
    torch.manual_seed(0)
    network = network or MultiTaskNetwork(config.backbone, config.tasks, 2)
    tumour, _ = config.tasks
    criteria = {"tumour": tumour.criterion([]), "genotype": lambda logits, target, present: logits.sum()}
    losses = task_losses(network(batch.image), batch, criteria)
    torch.stack(list(losses.values())).sum().backward()
    return network


def test_an_absent_head_gets_no_gradient(tiny: ExperimentConfig) -> None:
    network = backward(tiny, make_batch([True, True, True], marker=False))
    assert all(parameter.grad is None for parameter in network.heads["genotype"].parameters())
    assert any(parameter.grad.abs().sum() > 0 for parameter in network.heads["tumour"].parameters())


def test_the_optimiser_does_not_move_an_absent_head(tiny: ExperimentConfig) -> None:
    network = backward(tiny, make_batch([True, True, True], marker=True))
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1)
    optimizer.step()  # now the moments of both heads are filled
    optimizer.zero_grad(set_to_none=True)
    before = [parameter.clone() for parameter in network.heads["genotype"].parameters()]
    shared = [parameter.clone() for parameter in network.shared_parameters()]
    backward(tiny, make_batch([True, True, True], marker=False), network)
    optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(before, network.heads["genotype"].parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(shared, network.shared_parameters(), strict=True))


def test_an_absent_region_gets_exactly_zero(tiny: ExperimentConfig) -> None:
    network = backward(tiny, make_batch([True, False, True], marker=False))
    last_layer = network.heads["tumour"][-1]
    per_region = last_layer.weight.grad.flatten(1).abs().sum(1)  # (R,)
    assert per_region[1] == 0
    assert last_layer.bias.grad[1] == 0
    assert (per_region[[0, 2]] > 0).all()


def test_a_batch_without_labels_has_no_loss(tiny: ExperimentConfig) -> None:
    batch = make_batch([False, False, False], marker=False)
    assert task_losses({}, batch, {name: lambda *_: torch.tensor(1.0) for name in batch.targets}) == {}


def test_a_healthy_case_moves_the_head(tiny: ExperimentConfig) -> None:
    network = backward(tiny, make_batch([True, True, True], marker=False, tumour=False))
    assert network.heads["tumour"][-1].bias.grad.abs().min() > 0


def test_a_healthy_case_moves_the_head_through_the_papers_dice_when_a_tumour_is_in_the_batch() -> None:
    task = SegmentationTask(name="tumour", regions=("WT",), loss="dice", dice_reduction="batch")
    logits = torch.zeros(2, 1, 4, 4, 4, requires_grad=True)
    target = torch.zeros(2, 1, 4, 4, 4)
    target[0, 0, :2] = 1
    task.criterion([])(logits, target, torch.tensor([[True], [True]])).backward()
    assert (logits.grad[1] > 0).all()  # towards less tumour everywhere


def test_per_sample_the_papers_dice_learns_nothing_from_a_healthy_case() -> None:
    task = SegmentationTask(name="tumour", regions=("WT",), loss="dice", dice_reduction="sample")
    logits = torch.zeros(1, 1, 4, 4, 4, requires_grad=True)
    task.criterion([])(logits, torch.zeros(1, 1, 4, 4, 4), torch.tensor([[True]])).backward()
    assert logits.grad.abs().max() == 0
