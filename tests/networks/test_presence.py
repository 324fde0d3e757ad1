"""A network that is told which sequences are there."""

import pytest
import torch

from braintumornet.networks.deepmedic.deepmedic import DeepMedic
from braintumornet.networks.multi_task_network import Backbone, MultiTaskNetwork, with_presence
from braintumornet.networks.resunet import ResUNet
from braintumornet.networks.transfer import Anatomy, load_matching_weights
from braintumornet.tasks.segmentation import SegmentationTask

RESUNET = ResUNet(width=8, blocks_down=(1, 1), blocks_up=(1,))
DEEPMEDIC = DeepMedic(
    preset=None, widths=(4, 4), factors=(3,), residual=(), fc_widths=(4,), fc_residual=(), dropout=(0, 0)
)
GLIOMA = SegmentationTask(name="glioma", regions=("WT", "ET"))


def make(backbone: Backbone, presence: bool) -> MultiTaskNetwork:
    torch.manual_seed(0)
    return MultiTaskNetwork(backbone, [GLIOMA], 2, presence).eval()


def image_for(backbone: Backbone) -> torch.Tensor:
    side = 8 + 2 * (backbone.valid_margin + backbone.context_margin)
    return torch.randn(3, 2, side, side, side, generator=torch.Generator().manual_seed(1))


def answer(network: MultiTaskNetwork, image: torch.Tensor, *present: list[bool]) -> torch.Tensor:
    with torch.inference_mode():
        return network(image, present=torch.tensor(present) if present else None)["glioma"]


@pytest.mark.parametrize("backbone", [RESUNET, DEEPMEDIC], ids=["resunet", "deepmedic"])
def test_each_sample_is_told_of_its_own_sequences(backbone: Backbone) -> None:
    network, image = make(backbone, presence=True), image_for(backbone)
    all_there, both, one = answer(network, image), [True, True], [False, True]
    torch.testing.assert_close(answer(network, image, both, both, both), all_there)
    mixed = answer(network, image, both, one, both)
    torch.testing.assert_close(mixed[[0, 2]], all_there[[0, 2]])
    assert not torch.allclose(mixed[1], all_there[1])


def test_one_row_of_flags_holds_for_all_samples() -> None:
    network, image = make(RESUNET, presence=True), image_for(RESUNET)
    with torch.inference_mode():
        once = network(image, present=torch.tensor([True, False]))["glioma"]
    torch.testing.assert_close(once, answer(network, image, *([[True, False]] * 3)))


def test_a_network_that_is_not_told_answers_as_before() -> None:
    network, image = make(RESUNET, presence=False), image_for(RESUNET)
    assert torch.equal(answer(network, image, *([[True, False]] * 3)), answer(network, image))


def test_the_memory_layout_stays() -> None:
    image = torch.zeros(2, 2, 4, 4, 4).to(memory_format=torch.channels_last_3d)
    both = with_presence(image, None)
    assert both.shape == (2, 4, 4, 4, 4)
    assert both.is_contiguous(memory_format=torch.channels_last_3d)


@pytest.mark.parametrize("backbone", [RESUNET, DEEPMEDIC], ids=["resunet", "deepmedic"])
def test_weights_of_a_network_that_was_not_told_are_taken_and_answer_alike(backbone: Backbone) -> None:
    source, image = make(backbone, presence=False), image_for(backbone)
    torch.manual_seed(5)
    network = MultiTaskNetwork(backbone, [GLIOMA], 2, presence=True).eval()
    outputs = {"glioma": GLIOMA.outputs}
    own, known = (Anatomy(backbone, ("t1c", "t2f"), outputs, presence) for presence in (True, False))
    statuses = load_matching_weights(network, own, source.state_dict(), known)
    torch.testing.assert_close(answer(network, image), answer(source, image))
    torch.testing.assert_close(answer(network, image, *([[True, False]] * 3)), answer(source, image))
    adapted = {status.how for status in statuses if status.status == "adapted"}
    assert adapted == {"presence of t1c, presence of t2f at zero"}


def test_presence_is_matched_by_sequence() -> None:
    source, image = make(RESUNET, presence=True), image_for(RESUNET)
    network, outputs = make(RESUNET, presence=True), {"glioma": GLIOMA.outputs}
    own, known = (Anatomy(RESUNET, names, outputs, True) for names in (("t2f", "t1c"), ("t1c", "t2f")))
    load_matching_weights(network, own, source.state_dict(), known)
    turned = answer(network, image.flip(1), *([[False, True]] * 3))
    torch.testing.assert_close(turned, answer(source, image, *([[True, False]] * 3)))
