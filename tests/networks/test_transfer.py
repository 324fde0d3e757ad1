"""What a network takes from another one."""

import pytest
import torch

from braintumornet.core.text.errors import UsageError
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.networks.resunet import ResUNet
from braintumornet.networks.transfer import Anatomy, input_axes, load_matching_weights
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask

BACKBONE = ResUNet(width=8, blocks_down=(1, 1), blocks_up=(1,))
GLIOMA = SegmentationTask(name="glioma", regions=("WT", "TC"))


def make(
    sequences: tuple[str, ...], *tasks: SegmentationTask | ClassificationTask, backbone: ResUNet = BACKBONE
) -> tuple[MultiTaskNetwork, Anatomy]:
    network = MultiTaskNetwork(backbone, tasks, len(sequences))
    return network, Anatomy(backbone, sequences, {task.name: task.outputs for task in tasks})


def names_of(statuses: tuple, status: str) -> set[str]:
    return {found.name for found in statuses if found.status == status}


def test_the_same_network_is_taken_as_it_is() -> None:
    source, known = make(("t1c", "t2f"), GLIOMA)
    network, own = make(("t1c", "t2f"), GLIOMA)
    statuses = load_matching_weights(network, own, source.state_dict(), known)
    assert {status.status for status in statuses} == {"loaded"}
    assert all(torch.equal(tensor, source.state_dict()[name]) for name, tensor in network.state_dict().items())


def test_input_channels_are_matched_by_sequence() -> None:
    source, known = make(("t1c", "t2f"), GLIOMA)
    network, own = make(("t2f", "t1n", "t1c"), GLIOMA)
    (name,) = input_axes(BACKBONE, 3)
    statuses = load_matching_weights(network, own, source.state_dict(), known)
    before, after = source.state_dict()[name], network.state_dict()[name]
    torch.testing.assert_close(after[:, [2, 0]], before)
    torch.testing.assert_close(after[:, 1], before.mean(1))
    assert names_of(statuses, "adapted") == {name}
    assert next(status.how for status in statuses if status.name == name) == "sequence t1n as the mean of t1c, t2f"


def test_the_order_of_sequences_does_not_matter() -> None:
    source, known = make(("t1c", "t2f"), GLIOMA)
    network, own = make(("t2f", "t1c"), GLIOMA)
    load_matching_weights(network, own, source.state_dict(), known)
    image = torch.randn(1, 2, 8, 8, 8)
    expected = source.eval()(image)["glioma"]
    torch.testing.assert_close(network.eval()(image.flip(1))["glioma"], expected)


def test_output_rows_are_matched_by_region() -> None:
    source, known = make(("t1c",), GLIOMA)
    network, own = make(("t1c",), SegmentationTask(name="glioma", regions=("ET", "WT")))
    statuses = load_matching_weights(network, own, source.state_dict(), known)
    last, before = network.heads["glioma"][-1], source.heads["glioma"][-1]
    torch.testing.assert_close(last.weight[1], before.weight[0])
    torch.testing.assert_close(last.weight[0], before.weight.mean(0))
    torch.testing.assert_close(last.bias[0], before.bias.mean())
    assert names_of(statuses, "adapted") == {"heads.glioma.1.weight", "heads.glioma.1.bias"}


def test_a_head_that_the_source_lacks_is_new() -> None:
    source, known = make(("t1c",), GLIOMA)
    marker = ClassificationTask(name="idh", target="idh", classes=("mutant", "wild"))
    network, own = make(("t1c",), GLIOMA, marker)
    before = network.heads["idh"][-1].weight.clone()
    statuses = load_matching_weights(network, own, source.state_dict(), known)
    assert {name.split(".")[1] for name in names_of(statuses, "new")} == {"idh"}
    assert torch.equal(network.heads["idh"][-1].weight, before)


def test_a_head_can_start_from_one_of_another_name() -> None:
    backbone = ResUNet(width=8, blocks_down=(1, 1), blocks_up=(1,), branch_at="decoder")
    source, known = make(("t1c",), SegmentationTask(name="hgg", regions=("WT",)), backbone=backbone)
    network, own = make(("t1c",), SegmentationTask(name="mets", regions=("TC",)), backbone=backbone)
    statuses = load_matching_weights(network, own, source.state_dict(), known, {"mets": "hgg"})
    assert names_of(statuses, "new") == set()
    image = torch.randn(1, 1, 8, 8, 8)
    torch.testing.assert_close(network.eval()(image)["mets"], source.eval()(image)["hgg"])


def test_a_head_that_the_source_does_not_have_is_named() -> None:
    source, known = make(("t1c",), GLIOMA)
    network, own = make(("t1c",), SegmentationTask(name="mets", regions=("TC",)))
    with pytest.raises(
        UsageError, match="mets: hgg: expected one of the tasks mets and one of the source's heads glioma"
    ):
        load_matching_weights(network, own, source.state_dict(), known, {"mets": "hgg"})


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (ResUNet(width=16, blocks_down=(1, 1), blocks_up=(1,)), "backbone.width is 16 there and 8 here"),
        (ResUNet(width=8, blocks_down=(1, 1), blocks_up=(1,), norm="batch"), "backbone.norm is batch there and group"),
        (ResUNet(width=8, blocks_down=(1, 1, 1), blocks_up=(1, 1)), "backbone.blocks_down is"),
    ],
)
def test_another_architecture_is_refused_and_nothing_is_changed(backbone: ResUNet, message: str) -> None:
    source, known = make(("t1c",), GLIOMA, backbone=backbone)
    network, own = make(("t1c",), GLIOMA)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(UsageError, match=f"has another architecture: .*{message}"):
        load_matching_weights(network, own, source.state_dict(), known)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
