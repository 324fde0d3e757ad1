"""Folding changes no answer."""

import torch
from monai.networks.blocks.segresnet_block import ResBlock
from torch import nn

from braintumornet.networks.fold_residual_blocks import fold_residual_blocks
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.networks.resunet import ResUNet
from braintumornet.tasks.segmentation import SegmentationTask


def test_a_folded_network_answers_as_before_with_fewer_norms() -> None:
    torch.manual_seed(0)
    task = SegmentationTask(name="tumour", regions=("WT", "TC"))
    for norm in ("batch", "group"):
        backbone = ResUNet(width=8, norm=norm, blocks_down=(1, 2), blocks_up=(1,))
        network = MultiTaskNetwork(backbone, [task], sequences=2)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm3d):  # as after a training
                module.running_mean.normal_()
                module.running_var.uniform_(0.3, 3)
                module.weight.data.uniform_(-2, 2)
                module.bias.data.normal_()
        network.eval()
        image = torch.randn(2, 2, 16, 24, 16)
        with torch.inference_mode():
            before = network(image)["tumour"].clone()
            after = fold_residual_blocks(network)(image)["tumour"]
        torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)
        blocks = [module for module in network.modules() if isinstance(module, ResBlock)]
        assert len(blocks) == 4
        assert all(isinstance(block.norm2, nn.Identity) == (norm == "batch") for block in blocks)
