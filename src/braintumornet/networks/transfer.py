"""A network starts from the weights of another: what is taken as it is, what is adapted, and what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor

from braintumornet.core.plugin import Settings
from braintumornet.core.run_records import TensorRecord
from braintumornet.core.text.errors import UsageError, require
from braintumornet.networks.multi_task_network import Backbone, MultiTaskNetwork

LAST_LAYER = 1  # of a head; before it comes the branch that the backbone builds
PRESENCE = "presence of "


class TransferSettings(Settings):
    """From which run a training starts, and how its layers learn then.

    Layers are named as in the run's `transfer.json`: `backbone`, `backbone.encoder.down_layers.0`, `heads.mets`; a name
    stands for everything below it, and `*` for anything.

    Args:
        run: folder of a finished run, or `default` for the model in the package; its weights are read and never
            changed.
        heads: task -> head of that run that it starts from; default the head of the same name, if there is one.
        freeze: layers that stay as they are, statistics of their norms included.
        learning_rate_factors: layers -> what their learning rate is multiplied by; the longest name counts.
        warm_up_steps: steps in which only heads that are new, wholly or in part, learn.
    """

    run: Path
    heads: Mapping[str, str] = {}
    freeze: tuple[str, ...] = ()
    learning_rate_factors: Mapping[str, PositiveFloat] = {}
    warm_up_steps: int = Field(0, ge=0)


@dataclass(frozen=True)
class Anatomy:
    """What the tensors of a network mean.

    Args:
        backbone: its settings.
        sequences: names of the input channels.
        outputs: head -> what each of its outputs stands for.
        presence: whether a channel for each sequence that says whether it is there comes behind the sequences.
    """

    backbone: Backbone
    sequences: tuple[str, ...]
    outputs: Mapping[str, tuple[str, ...]]
    presence: bool = False

    @property
    def channels(self) -> tuple[str, ...]:
        """What each channel that the backbone reads stands for."""
        told = [f"{PRESENCE}{name}" for name in self.sequences] if self.presence else []
        return (*self.sequences, *told)


def load_matching_weights(
    network: MultiTaskNetwork,
    own: Anatomy,
    tensors: Mapping[str, Tensor],
    source: Anatomy,
    heads: Mapping[str, str] | None = None,
) -> tuple[TensorRecord, ...]:
    """Put the tensors of a trained network into another one, as far as they mean the same.

    Input channels are matched by sequence, and output rows by region or class. A channel or row that the source lacks
    starts as the mean of those that it has, the presence of a sequence at zero, so that it changes no answer before it
    has learned; what only the source has is left behind. The backbones must be alike.

    Args:
        network: is changed, wholly or not at all.
        own: what its tensors mean.
        tensors: of the source.
        source: what these mean.
        heads: task -> head of the source, where the names differ.

    Returns:
        The status of every tensor of the network.

    Raises:
        UsageError: the source has another architecture, or lacks a head that is named.
    """
    matching = _Matching(own, tensors, source, heads or {}, input_axes(own.backbone, len(own.channels)))
    matching.require_heads()
    taken = {name: matching.take(name, tensor) for name, tensor in network.state_dict().items()}
    for name in tensors:
        if name.startswith("backbone.") and name not in taken:
            raise _other_architecture(own, source, f"{name} is not here")
    network.load_state_dict({name: tensor for name, (tensor, _) in taken.items()})
    return tuple(status for _, status in taken.values())


def input_axes(backbone: Backbone, sequences: int) -> dict[str, int]:
    """Return which tensors of a network read the image, and along which axis its channels lie.

    They are those whose shape follows the number of sequences; nothing is computed to find them.
    """
    with torch.device("meta"):
        few, more = (backbone.build(number).state_dict() for number in (sequences, sequences + 1))
    return {
        f"backbone.{name}": next(axis for axis, size in enumerate(tensor.shape) if size != more[name].shape[axis])
        for name, tensor in few.items()
        if tensor.shape != more[name].shape
    }


@dataclass(frozen=True)
class _Matching:
    """Finds, for each tensor of a network, what there is of it in the source."""

    own: Anatomy
    tensors: Mapping[str, Tensor]
    source: Anatomy
    heads: Mapping[str, str]
    axes: Mapping[str, int]

    def require_heads(self) -> None:
        for task, head in self.heads.items():
            require(
                task in self.own.outputs and head in self.source.outputs,
                f"transfer.heads: {task}: {head}: expected one of the tasks {', '.join(self.own.outputs)} and one "
                f"of the source's heads {', '.join(self.source.outputs)}",
                UsageError,
            )

    def take(self, name: str, tensor: Tensor) -> tuple[Tensor, TensorRecord]:
        task = name.split(".")[1] if name.startswith("heads.") else ""
        head, shape = self.heads.get(task, task), tuple(tensor.shape)
        if task and head not in self.source.outputs:
            return tensor, TensorRecord(name=name, shape=shape, status="new", how="")
        found = self.tensors.get(name.replace(f"heads.{task}.", f"heads.{head}.", 1))
        if found is None:
            raise _other_architecture(self.own, self.source, f"{name} is not there")
        how = ""
        if name in self.axes:
            found, how = _match(found, self.axes[name], self.own.channels, self.source.channels, "sequence")
        elif name.startswith(f"heads.{task}.{LAST_LAYER}."):
            found, how = _match(found, 0, self.own.outputs[task], self.source.outputs[head], "output")
        if found.shape != tensor.shape:
            there, here = ("x".join(map(str, t.shape)) for t in (found, tensor))
            raise _other_architecture(self.own, self.source, f"{name} is {there} there and {here} here")
        return found, TensorRecord(name=name, shape=shape, status="adapted" if how else "loaded", how=how)


def _match(found: Tensor, axis: int, wanted: Sequence[str], known: Sequence[str], what: str) -> tuple[Tensor, str]:
    """Arrange the slices of a tensor by their names, and say how; blank where it stays as it is."""
    if tuple(wanted) == tuple(known) or found.shape[axis] != len(known):
        return found, ""
    slices = dict(zip(known, found.unbind(axis), strict=True))
    alike = [name for name in known if not name.startswith(PRESENCE)]
    mean = torch.stack([slices[name].float() for name in alike]).mean(0).to(found.dtype)
    new = {name: torch.zeros_like(mean) if name.startswith(PRESENCE) else mean for name in wanted}
    arranged = torch.stack([slices.get(name, new[name]) for name in wanted], dim=axis)
    unknown, dropped = [n for n in wanted if n not in slices], [n for n in known if n not in wanted]
    told = [name for name in unknown if name.startswith(PRESENCE)]
    others = [name for name in unknown if name not in told]
    parts = [f"{what} {', '.join(others)} as the mean of {', '.join(alike)}"] if others else []
    parts += [f"{', '.join(told)} at zero"] if told else []
    parts += [f"without {', '.join(dropped)}"] if dropped and not unknown else []
    return arranged, "; ".join(parts) or f"{what}s in another order"


def _other_architecture(own: Anatomy, source: Anatomy, where: str) -> UsageError:
    there, here = source.backbone.model_dump(mode="json"), own.backbone.model_dump(mode="json")
    differing = [
        f"backbone.{key} is {there.get(key, 'nothing')} there and {here.get(key, 'nothing')} here"
        for key in dict.fromkeys([*there, *here])
        if there.get(key) != here.get(key)
    ]
    msg = f"has another architecture: {'; '.join(differing[:3]) or where}; use the settings of that run, or another run"
    return UsageError(msg)
