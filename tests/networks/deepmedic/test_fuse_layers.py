"""A folded network answers as the one that it was made of."""

import pytest
import torch
from torch import nn

from braintumornet.networks.deepmedic.deepmedic import DeepMedic
from braintumornet.networks.deepmedic.fuse_layers import FoldedPReLU, fold_for_inference
from braintumornet.networks.deepmedic.pathway import Activation
from braintumornet.networks.device import place
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.networks.resunet import ResUNet
from braintumornet.tasks.segmentation import SegmentationTask

TASKS = [SegmentationTask(name="tumour", regions=("WT", "TC"))]


def trained(**settings: object) -> MultiTaskNetwork:
    torch.manual_seed(0)
    backbone = DeepMedic(widths=(4,) * 8, fc_widths=(6, 7), **settings)
    network = MultiTaskNetwork(backbone, TASKS, 2)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, Activation):
            for parameter in module.parameters():
                nn.init.uniform_(parameter, -0.5, 0.9)
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(parameter, 0, 0.3)
    return network


@torch.no_grad()
@pytest.mark.parametrize("branch_at", ["last_layer", "decoder"])
@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("preset", ["2017", "0.8"])
def test_folded_answers_are_equal(preset: str, norm: str, branch_at: str) -> None:
    network = trained(preset=preset, norm=norm, branch_at=branch_at)
    size = 3 + 2 * network.backbone.settings.receptive_radius
    image = torch.randn(1, 2, size, size, size)
    expected = network.eval()(image)["tumour"]
    torch.testing.assert_close(fold_for_inference(network)(image)["tumour"], expected, rtol=1e-4, atol=1e-5)


def test_only_norms_before_a_sum_are_left() -> None:
    def norms(preset: str) -> int:
        folded = fold_for_inference(trained(preset=preset))
        return sum(
            isinstance(module.norm, nn.BatchNorm3d) for module in folded.modules() if isinstance(module, Activation)
        )

    assert norms("2017") == 1  # of the joined pathways
    assert norms("0.8") == 3 * 3 + 1 + 1  # layers 3, 5 and 7 of three pathways, the join, and the sum after it


def test_a_slope_above_one_keeps_torchs_prelu() -> None:
    network = trained(preset="2017")
    steep = network.backbone.pathways[0].layers[1].activation
    nn.init.constant_(steep.prelu.weight, 1.5)
    folded = fold_for_inference(network)
    kinds = [type(m.prelu) for m in folded.backbone.pathways[0].modules() if isinstance(m, Activation)]
    assert kinds == [nn.PReLU, *[FoldedPReLU] * 6]


def test_the_network_itself_is_left_as_it_is() -> None:
    network = trained(preset="2017")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fold_for_inference(network)
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert network.training


def test_other_backbones_are_only_copied() -> None:
    network = MultiTaskNetwork(ResUNet(width=8, blocks_down=(1, 1), blocks_up=(1,)), TASKS, 2)
    assert fold_for_inference(network).state_dict().keys() == network.state_dict().keys()


@torch.no_grad()
def test_a_folded_network_answers_alike_once_it_is_placed() -> None:
    network = trained(preset="0.8").eval()
    size = 3 + 2 * network.backbone.settings.receptive_radius
    image, folded = torch.randn(1, 2, size, size, size), fold_for_inference(network)
    before = folded(image)["tumour"]
    place(folded, torch.device("cpu"))
    torch.testing.assert_close(folded(image)["tumour"], before)


@torch.no_grad()
def test_bf16_answers_are_near() -> None:
    network = trained(preset="0.8").eval()
    size = 3 + 2 * network.backbone.settings.receptive_radius
    image = torch.randn(1, 2, size, size, size)
    expected = network(image)["tumour"]
    with torch.autocast("cpu", torch.bfloat16):
        found = fold_for_inference(network)(image)["tumour"]
    assert (found - expected).abs().mean() < 0.02 * expected.abs().mean()
