"""A marker that sees the tumour is read where the network itself outlines one."""

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.networks.base import MultiTaskNetwork, focus


def test_an_outline_that_says_the_same_everywhere_changes_nothing() -> None:
    features = torch.randn(2, 5, 4, 4, 4)
    torch.testing.assert_close(focus(features, torch.full((2, 3, 16, 16, 16), 0.5)), features)


def test_without_a_tumour_the_whole_patch_counts() -> None:
    features = torch.randn(1, 5, 4, 4, 4)
    torch.testing.assert_close(focus(features, torch.zeros(1, 1, 16, 16, 16)), features)


@pytest.mark.parametrize("region", [0, 1])
def test_the_mean_is_that_of_the_places_with_any_region(region: int) -> None:
    features = torch.randn(1, 5, 4, 4, 4)
    tumour = torch.zeros(1, 2, 16, 16, 16)
    tumour[0, region, 9, 2, 5] = 1  # within place (2, 0, 1) of the features
    mean = focus(features, tumour).mean((2, 3, 4))
    torch.testing.assert_close(mean[0], features[0, :, 2, 0, 1], rtol=0, atol=0.3)


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
