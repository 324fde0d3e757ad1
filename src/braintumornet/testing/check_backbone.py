"""What a backbone promises: shapes, branches, gradients, random numbers, answers, margins, weights on disk."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from braintumornet.data.sampling.patch_sampler import PatchSize
from braintumornet.networks.checkpoint import load_weights, save_weights
from braintumornet.networks.multi_task_network import Backbone, MultiTaskNetwork
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.testing.backbone_module import check_branches, check_module, check_scales
from braintumornet.testing.contract import Contract, check_settings

TASKS = (
    SegmentationTask(name="tumour", regions=("WT", "TC", "ET")),
    SegmentationTask(name="core", regions=("TC",)),
    ClassificationTask(name="genotype", target="genotype", classes=("fusion", "v600e", "other")),
)
SEQUENCES = 2
LEAST_VOXELS = 8
"""Of an answer along each axis."""
OF_THE_WINDOW = (nn.InstanceNorm3d, nn.GroupNorm)
"""Norms with statistics of the window, whose answers depend on it in any case."""
ROUNDING = 1e-4
"""How far two computations of one number may lie apart in float32."""


def check_backbone(backbone: Backbone | type[Backbone]) -> None:
    """Check that a backbone fulfils the contract of `Backbone` and `BackboneModule`.

    Args:
        backbone: small settings, because networks are computed some twenty times; a class stands for its defaults.

    Raises:
        AssertionError: the contract is broken; the message says what is required, what was found and what to do.

    Example:
        >>> from braintumornet.networks.resunet import ResUNet
        >>> check_backbone(ResUNet(width=8, blocks_down=(1, 1), blocks_up=(1,)))
    """
    settings, contract = check_settings(backbone, Backbone)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = check_module(settings, SEQUENCES, contract)
        check_branches(module, contract)
        size = _patch_size(settings, module.multiple)
        image = torch.randn(2, SEQUENCES, *size.read)
        check_scales(module, image, contract)
        _check_random_numbers(settings, image, contract)
        _check_plan(settings, image, contract)
        network = MultiTaskNetwork(settings, TASKS, SEQUENCES)
        _check_shapes(settings, network, image, size, contract)
        _check_gradients(network, image, contract)
        network.eval()
        with torch.no_grad():
            _check_answers(network, image, contract)
            _check_weights_on_disk(settings, network, image, contract)
            if not settings.uses_origin:
                _check_origin(network, image, contract)
            if settings.valid_margin and not any(isinstance(part, OF_THE_WINDOW) for part in module.modules()):
                _check_windows(network, size, contract)


def _patch_size(settings: Backbone, multiple: int) -> PatchSize:
    """Return a patch of which the sides differ, as patches of configurations may."""
    least = -(-(LEAST_VOXELS + 2 * settings.valid_margin) // multiple)  # rounded up
    return PatchSize.around(
        (least * multiple, (least + 1) * multiple, (least + 2) * multiple),
        settings.valid_margin,
        settings.context_margin,
    )


def _check_random_numbers(settings: Backbone, image: Tensor, contract: Contract) -> None:
    networks = []
    for _ in range(2):
        torch.manual_seed(1)
        with contract.only_torch_draws():
            networks.append(MultiTaskNetwork(settings, TASKS, SEQUENCES))
            networks[-1](image)
    differing = _differing(*networks)
    contract.require(
        not differing,
        "the same seed makes the same network",
        f"other values in {differing}",
        "draw from torch's own stream, and from nothing that an earlier network leaves behind",
    )


def _check_plan(settings: Backbone, image: Tensor, contract: Contract) -> None:
    """Check that a network can be weighed without being computed, as `btn info` and a training do beforehand."""
    try:
        with torch.device("meta"):
            planned = MultiTaskNetwork(settings, TASKS, SEQUENCES).eval()
        planned(image.to("meta"))
        wrong = ", ".join(name for name, tensor in planned.state_dict().items() if not tensor.is_meta)
    except Exception as error:  # whatever a module of another's does on a device without values
        wrong = f"{type(error).__name__}: {error}"
    contract.require(
        not wrong,
        "the network can be planned on torch's meta device",
        wrong,
        "make tensors without naming a device, and let nothing depend on their values (item)",
    )


def _differing(one: nn.Module, other: nn.Module) -> str:
    there = other.state_dict()
    return ", ".join(name for name, tensor in one.state_dict().items() if not torch.equal(tensor, there[name]))


def _check_shapes(
    settings: Backbone, network: MultiTaskNetwork, image: Tensor, size: PatchSize, contract: Contract
) -> None:
    number = len(image)
    expected = {
        task.name: (number, len(task.outputs), *(size.answered if task.reads == "voxels" else ())) for task in TASKS
    }
    for precision in (torch.float32, torch.bfloat16):
        before = image.clone()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision is torch.bfloat16):
            outputs = network(image)
        found = {name: tuple(output.shape) for name, output in outputs.items()}
        contract.require(
            found == expected,
            f"a patch that reads {size.read} is answered for {size.answered} voxels",
            found,
            f"look at the branches, at valid_margin ({settings.valid_margin}) and context_margin "
            f"({settings.context_margin})",
        )
        contract.require(torch.equal(image, before), "the image is left as it is", "others values", "copy it first")
        endless = [name for name, output in outputs.items() if not output.isfinite().all()]
        contract.require(
            not endless, f"answers in {precision} are numbers", f"nan or inf in {endless}", "look for what overflows"
        )


def _check_gradients(network: MultiTaskNetwork, image: Tensor, contract: Contract) -> None:
    outputs = network(image)
    torch.autograd.backward([output.square().mean() for output in outputs.values()])
    without = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    contract.require(
        not without,
        "all tasks together teach every parameter",
        f"no gradient in {', '.join(without)}",
        "remove what is not used, or use it",
    )
    for task in TASKS:
        network.zero_grad(set_to_none=True)
        torch.autograd.backward(network(image)[task.name].square().mean())
        taught = {name for name, parameter in network.named_parameters() if parameter.grad is not None}
        wrong = [name for name in taught if name.startswith("heads.") and not name.startswith(f"heads.{task.name}.")]
        contract.require(
            not wrong,
            "a task without a label in the batch gets no gradient in its head",
            f"one in {', '.join(sorted(wrong))} from task {task.name!r}",
            "let no branch reach into another",
        )
    network.zero_grad(set_to_none=True)


def _check_answers(network: MultiTaskNetwork, image: Tensor, contract: Contract) -> None:
    """Check what a prediction relies on: the same image gives the same answer, in whatever company it comes."""
    answers = network(image)
    companies = {
        "asked again": network(image),
        "asked of some tasks only": {task.name: network(image, [task.name])[task.name] for task in TASKS},
        "alone in its batch": {name: torch.cat(parts) for name, parts in _one_by_one(network, image).items()},
        "in channels-last layout": network(image.to(memory_format=torch.channels_last_3d)),
    }
    for company, others in companies.items():
        differing = [
            name for name, answer in answers.items() if not torch.allclose(answer, others[name], ROUNDING, ROUNDING)
        ]
        contract.require(
            not differing,
            "a network that is not in training always answers the same for an image",
            f"another answer of {', '.join(differing)} {company}",
            "use dropout and statistics of the batch in training only (self.training)",
        )
    empty = network(torch.zeros_like(image))
    endless = [name for name, answer in empty.items() if not answer.isfinite().all()]
    contract.require(
        not endless,
        "an image of zeros, as a missing sequence is, has an answer",
        f"nan or inf in {', '.join(endless)}",
        "divide by no spread that may be zero",
    )


def _one_by_one(network: MultiTaskNetwork, image: Tensor) -> dict[str, list[Tensor]]:
    each = [network(one[None]) for one in image]
    return {name: [answer[name] for answer in each] for name in each[0]}


def _check_weights_on_disk(settings: Backbone, network: MultiTaskNetwork, image: Tensor, contract: Contract) -> None:
    again = MultiTaskNetwork(settings, TASKS, SEQUENCES).eval()
    with TemporaryDirectory() as folder:
        try:
            save_weights(network, Path(folder, "weights"), {})
            load_weights(again, Path(folder, "weights"))
            differing = _differing(network, again)
        except Exception as error:  # whatever a module of another's does when it is saved or loaded
            differing = f"{type(error).__name__}: {error}"
    same = not differing and all(torch.equal(answer, again(image)[name]) for name, answer in network(image).items())
    contract.require(
        same,
        "weights that were written and read make the same network",
        differing or "other answers",
        "keep all that is learned in parameters and buffers, and no tensor under two names",
    )


def _check_origin(network: MultiTaskNetwork, image: Tensor, contract: Contract) -> None:
    """Check that patches may come in batches, wherever each begins."""
    answers, others = network(image), network(image, origin=(1, 2, 3))
    differing = [name for name, answer in answers.items() if not torch.allclose(answer, others[name])]
    contract.require(
        not differing,
        "a backbone with uses_origin False answers alike wherever a patch begins",
        f"another answer of {', '.join(differing)} at another origin",
        "let uses_origin be True",
    )


def _check_windows(network: MultiTaskNetwork, size: PatchSize, contract: Contract) -> None:
    """Check that a voxel's answer does not depend on the window, which is what a valid margin is for."""
    shift = 2 * network.backbone.multiple
    larger = torch.randn(1, SEQUENCES, *(side + shift for side in size.read))
    whole = network(larger, ["tumour"])["tumour"][..., shift:, shift:, shift:]
    window = network(larger[..., shift:, shift:, shift:], ["tumour"], origin=(shift,) * 3)["tumour"]
    contract.require(
        torch.allclose(whole, window, ROUNDING, ROUNDING),
        "a backbone with a valid margin answers for a voxel in one way, wherever the window lies",
        f"answers up to {(whole - window).abs().max():.2g} apart",
        "read around the patch what the answer depends on (context_margin), and align what is subsampled with `origin`",
    )
