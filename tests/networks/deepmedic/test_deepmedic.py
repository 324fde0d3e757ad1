"""DeepMedic has the sizes of the original, and answers for a voxel do not depend on the window."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

from braintumornet.config import ExperimentConfig
from braintumornet.core.text.errors import UsageError
from braintumornet.networks.deepmedic.deepmedic import PRESETS, DeepMedic, DeepMedicModule
from braintumornet.networks.deepmedic.pathway import Activation, Pathway
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.segmentation import SegmentationTask

TISSUES = ("necrosis_or_cyst", "oedema", "non_enhancing", "enhancing")
FIVE_CLASSES = SegmentationTask(name="tumour", regions=("WT",), tissues=TISSUES)


def make_network(preset: str, sequences: int = 1, **settings: object) -> MultiTaskNetwork:
    """Return a network whose norms and slopes are as if it had been trained."""
    torch.manual_seed(0)
    network = MultiTaskNetwork(DeepMedic(preset=preset, **settings), [FIVE_CLASSES], sequences).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, Activation):
            nn.init.uniform_(module.prelu.weight, -0.2, 0.4)
    return network


@pytest.mark.parametrize(("preset", "parameters"), [("2017", 0.66e6), ("0.8", 2.01e6), ("0.8-wide", 5.15e6)])
def test_the_presets_have_the_parameters_of_the_original(preset: str, parameters: float) -> None:
    network = MultiTaskNetwork(DeepMedic(preset=preset), [FIVE_CLASSES], sequences=4)
    assert sum(each.numel() for each in network.parameters()) == pytest.approx(parameters, rel=0.01)


@pytest.mark.parametrize(("number", "field"), [(0, 17), (1, 51), (2, 85)])
def test_the_pathways_see_as_far_as_in_the_original(number: int, field: int) -> None:
    module = make_network("0.8", branch_at="decoder", fc_kernel=1).backbone
    assert isinstance(module, DeepMedicModule)
    offsets = set()
    for voxel in range(module.factors[number]):  # of one cell
        image = torch.randn(
            1,
            1,
            1 + 2 * module.settings.receptive_radius,
            *[1 + 2 * module.settings.receptive_radius] * 2,
            requires_grad=True,
        )
        joined = module.features(image, ["voxels"], origin=(voxel, 0, 0)).voxels
        joined[:, number * 50 : (number + 1) * 50].sum().backward()
        assert image.grad is not None
        seen = image.grad.abs().sum((0, 1, 3, 4)).nonzero().flatten() - module.settings.receptive_radius
        assert len(seen) == 17
        offsets |= set(seen.tolist())
    assert max(offsets) - min(offsets) + 1 == field


@pytest.mark.parametrize(("preset", "patch", "answer"), [("0.8", 37, 21), ("0.8", 45, 29), ("2017", 25, 9)])
@pytest.mark.parametrize("training", [True, False])
def test_a_patch_is_answered_for_its_inner_voxels(preset: str, patch: int, answer: int, training: bool) -> None:
    network = make_network(preset, widths=(2,) * 8, fc_widths=(4, 4)).train(training)
    size = patch + 2 * network.backbone.settings.context_margin
    assert patch - 2 * network.backbone.settings.valid_margin == answer
    assert network(torch.randn(2, 1, size, size, size))["tumour"].shape == (2, 5, answer, answer, answer)


@pytest.mark.parametrize(
    ("factor", "patch", "cells"), [(3, 37, 23), (5, 37, 21), (3, 25, 19), (5, 45, 22), (3, 17, 17)]
)
def test_low_resolution_has_the_size_of_the_original(factor: int, patch: int, cells: int) -> None:
    module = make_network("0.8", factors=(factor,), widths=(2,) * 8, fc_kernel=1, fc_widths=(4, 4)).backbone
    shapes: list[torch.Size] = []
    module.pathways[1].register_forward_pre_hook(lambda _, given: shapes.append(given[0].shape))
    size = patch + 2 * module.settings.context_margin
    module.features(torch.randn(1, 1, size, size, size), ["voxels"])
    assert shapes[0][2:] == (cells, cells, cells)


def answer_in_windows(network: MultiTaskNetwork, padded: Tensor, shape: tuple[int, ...], window: int) -> Tensor:
    """Answer for a volume that is padded by the network's reach, window after window."""
    module = network.backbone
    around = 2 * (module.settings.valid_margin + module.settings.context_margin)
    found = torch.full((1, 5, *shape), torch.nan)
    for corner in product(*(range(0, size, window) for size in shape)):
        sizes = [min(window, size - start) for start, size in zip(corner, shape, strict=True)]
        d, h, w = (slice(start, start + size + around) for start, size in zip(corner, sizes, strict=True))
        answer = network.heads["tumour"](module.features(padded[:, :, d, h, w], ["voxels"], origin=corner).voxels)
        d, h, w = (slice(start, start + size) for start, size in zip(corner, sizes, strict=True))
        found[:, :, d, h, w] = answer
    return found


@torch.no_grad()
@pytest.mark.parametrize(
    ("preset", "settings"),
    [*((preset, {}) for preset in PRESETS), ("0.8", {"branch_at": "decoder"}), ("2017", {"samples": ("last",) * 3})],
)
def test_an_answer_does_not_depend_on_the_window(preset: str, settings: dict[str, object]) -> None:
    network = make_network(preset, **settings)
    shape = (10, 7, 8)
    volume = torch.randn(1, 1, *shape)
    padded = nn.functional.pad(
        volume, (network.backbone.settings.valid_margin + network.backbone.settings.context_margin,) * 6
    )
    whole = answer_in_windows(network, padded, shape, window=10)
    scale = whole.abs().max()
    for window in (4, 7):
        there = answer_in_windows(network, padded, shape, window)
        assert (there - whole).abs().max() < 1e-5 * scale


def test_a_residual_layer_adds_the_input_of_the_layer_before() -> None:
    layers = [nn.AvgPool3d(3, 1), nn.AvgPool3d(3, 1)]
    image = torch.randn(1, 1, 7, 7, 7)
    expected = layers[1](layers[0](image)) + image[..., 2:-2, 2:-2, 2:-2]
    torch.testing.assert_close(Pathway(layers, {2})(image), expected)


def test_dropout_scales_down_at_inference_instead_of_up_in_training() -> None:
    activation = Activation(1, lambda _: nn.Identity(), dropout=0.25)
    ones = torch.ones(1, 1, 16, 16, 16)
    assert activation.eval()(ones).unique().tolist() == [0.75]
    assert activation.train()(ones).unique().tolist() == [0, 1]


def test_a_new_network_has_the_first_weights_of_the_original() -> None:
    network = MultiTaskNetwork(DeepMedic(preset="2017"), [FIVE_CLASSES], sequences=4)
    for module in network.modules():
        if isinstance(module, nn.Conv3d):
            expected = (2 / module.weight[0].numel()) ** 0.5
            assert module.weight.std().item() == pytest.approx(expected, rel=0.15)
            assert module.bias is None or not module.bias.any()
        elif isinstance(module, nn.PReLU):
            assert module.weight.unique().tolist() == [pytest.approx(0.01)]


def test_heads_branch_where_they_are_told_to() -> None:
    def own(branch_at: str) -> int:
        heads = MultiTaskNetwork(DeepMedic(preset="2017", branch_at=branch_at), [FIVE_CLASSES], 4).heads
        return sum(parameter.numel() for parameter in heads.parameters())

    assert own("last_layer") == 150 * 5 + 5
    assert own("decoder") == own("last_layer") + 100 * 150 + 150 * 150 + 3 * (100 + 150 + 150)


@pytest.mark.parametrize(("written", "factors"), [(2017, (3,)), (0.8, (3, 5)), ("0.8-wide", (3, 5))])
def test_a_preset_can_be_written_as_yaml_reads_it(written: object, factors: tuple[int, ...]) -> None:
    assert DeepMedic.model_validate({"preset": written}).factors == factors


def test_what_is_given_beside_a_preset_wins() -> None:
    settings = DeepMedic(preset="2017", fc_widths=(20, 30))
    assert (settings.fc_widths, settings.factors) == ((20, 30), (3,))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "0.9"}, "preset '0.9' is not known; did you mean '0.8'?"),
        ({"factors": [4]}, "a pathway subsamples by an odd number from 3 on, found 4"),
        ({"residual": [1]}, "residual: layers are numbered from 1, and the first has none before it; expected 2 to 8"),
        ({"dropout": [0.5]}, "dropout: expected 3 probabilities"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, object], message: str, tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json") | {"backbone": {"kind": "deepmedic", **settings}}
    with pytest.raises(UsageError) as error:
        ExperimentConfig.from_content(content, "config.yaml")
    assert message in str(error.value)
