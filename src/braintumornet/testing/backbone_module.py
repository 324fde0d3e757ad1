"""What the module of a backbone promises by itself: its sizes, a branch for each head, its scales."""

from collections.abc import Callable

from torch import Tensor, nn

from braintumornet.networks.multi_task_network import Backbone, BackboneModule
from braintumornet.testing.contract import Contract


def check_module(settings: Backbone, sequences: int, contract: Contract) -> BackboneModule:
    """Return the module for images of so many sequences, which says its sizes as it must."""
    module = settings.build(sequences)
    contract.require(
        isinstance(module, BackboneModule),
        "`build` returns a BackboneModule",
        type(module).__name__,
        f"derive the module from {BackboneModule.__module__}.BackboneModule",
    )
    numbers = {
        "valid_margin": settings.valid_margin,
        "context_margin": settings.context_margin,
        "multiple": getattr(module, "multiple", None),
    }
    for name, number in numbers.items():
        least = int(name == "multiple")
        contract.require(
            isinstance(number, int) and number >= least,
            f"`{name}` is a whole number of voxels from {least} on",
            repr(number),
            f"set {name}",
        )
    widths = getattr(module, "scale_widths", None)
    contract.require(
        isinstance(widths, tuple) and len(widths) > 0 and all(isinstance(width, int) for width in widths),
        "`scale_widths` is a tuple with the channels of each scale that markers are read from, the coarsest last",
        repr(widths),
        "set it in the module's __init__",
    )
    return module


def check_branches(module: BackboneModule, contract: Contract) -> None:
    """Require that no two heads share a module, nor a head and the backbone."""
    last = len(module.scale_widths) - 1
    makers: dict[str, Callable[[], nn.Module]] = {
        "voxel_branch()": lambda: module.voxel_branch()[0],
        f"marker_branch({module.scale_widths[last]})": lambda: module.marker_branch(module.scale_widths[last])[0],
        f"scale_norm({last})": lambda: module.scale_norm(last),
    }
    for call, make in makers.items():
        known = list(module.modules())
        for _ in range(2):
            made = list(make().modules())
            contract.require(
                not set(made) & set(known),
                f"{call} makes a new module each time, so that a head is trained by its own task alone",
                "one that it returned before, or that is part of the backbone",
                "build it within the method",
            )
            known += made


def check_scales(module: BackboneModule, image: Tensor, contract: Contract) -> None:
    """Require that the scales of an image are as the module says."""
    features = module.features(image, ("voxels", "scales"))
    widths = tuple(scale.shape[1] for scale in features.scales)
    contract.require(
        widths == module.scale_widths,
        "`features` returns one map for each of `scale_widths`, with so many channels",
        f"{widths} channels where scale_widths says {module.scale_widths}",
        "bring the two in line",
    )
    sides = [scale.shape[2:].numel() for scale in features.scales]
    contract.require(
        sides == sorted(sides, reverse=True), "the coarsest scale is the last", f"voxels {sides}", "turn their order"
    )
