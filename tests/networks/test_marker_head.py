"""A marker that sees the tumour is read where the network itself outlines one."""

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.networks.marker_head import pool
from braintumornet.networks.multi_task_network import MultiTaskNetwork


def scales() -> list[torch.Tensor]:
    return [torch.randn(2, 5, 16, 16, 16), torch.randn(2, 7, 4, 4, 4)]


def test_without_an_outline_the_bottleneck_is_averaged() -> None:
    fine, coarse = scales()
    torch.testing.assert_close(pool([fine, coarse]), coarse.mean((2, 3, 4)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_or_all_tumour_the_whole_patch_counts(share: float) -> None:
    fine, coarse = scales()
    expected = torch.cat([fine.mean((2, 3, 4)), coarse.mean((2, 3, 4))], dim=1)
    torch.testing.assert_close(pool([fine, coarse], torch.full((2, 3, 16, 16, 16), share)), expected)


@pytest.mark.parametrize("region", [0, 1])
def test_the_mean_is_that_of_the_places_with_any_region(region: int) -> None:
    fine, coarse = scales()
    tumour = torch.zeros(2, 2, 16, 16, 16)
    tumour[:, region, 8:12, 0:4, 4:8] = 1  # place (2, 0, 1) of the coarse map
    expected = torch.cat([fine[:, :, 8:12, 0:4, 4:8].mean((2, 3, 4)), coarse[:, :, 2, 0, 1]], dim=1)
    torch.testing.assert_close(pool([fine, coarse], tumour), expected, rtol=0, atol=0.05)


def test_the_marker_teaches_the_outline_nothing(tiny: ExperimentConfig) -> None:
    network = MultiTaskNetwork(tiny.backbone, tiny.tasks, 2)
    network(torch.randn(1, 2, 16, 16, 16), ["genotype"])["genotype"].sum().backward()
    assert all(parameter.grad is None for parameter in network.heads["tumour"].parameters())


def test_the_answer_about_a_marker_does_not_depend_on_what_else_is_asked(tiny: ExperimentConfig) -> None:
    network = MultiTaskNetwork(tiny.backbone, tiny.tasks, 2).eval()
    image = torch.randn(1, 2, 16, 16, 16)
    torch.testing.assert_close(network(image, ["genotype"])["genotype"], network(image)["genotype"])


def test_with_the_truth_at_hand_the_marker_is_read_there(tiny: ExperimentConfig) -> None:
    network = MultiTaskNetwork(tiny.backbone, tiny.tasks, 2).eval()
    image, truth = torch.randn(1, 2, 16, 16, 16), torch.zeros(1, 3, 16, 16, 16)
    truth[..., :8] = 1
    there = network(image, ["genotype"], {"tumour": truth})["genotype"]
    elsewhere = network(image, ["genotype"], {"tumour": truth.flip(-1)})["genotype"]
    assert not torch.allclose(there, elsewhere)
    torch.testing.assert_close(network(image, truth={"tumour": truth})["tumour"], network(image)["tumour"])


@pytest.mark.parametrize("teaches", ["all_scales", "coarsest_scale"])
def test_fine_scales_are_read_and_taught_only_where_that_is_wanted(tiny: ExperimentConfig, teaches: str) -> None:
    outline, marker = tiny.tasks
    tasks = [outline, marker.model_copy(update={"teaches": teaches})]
    network = MultiTaskNetwork(tiny.backbone, tasks, 2).eval()
    features = network.backbone.features(torch.randn(1, 2, 16, 16, 16), {"voxels", "scales"})
    for each in features.scales:
        each.retain_grad()
    shown = network._shown(marker.name, features)
    network.heads[marker.name](shown.scales, torch.ones(1, 3, 16, 16, 16)).square().sum().backward()
    taught = [each.grad is not None and bool(each.grad.any()) for each in features.scales]
    assert taught[-1]
    weights = next(network.heads[marker.name][-2].parameters())
    assert weights.shape[1] == sum(tiny.backbone.build(2).scale_widths)  # it reads them all
    direct = [each.requires_grad for each in shown.scales]
    assert direct == ([True, True] if teaches == "all_scales" else [False, True])
