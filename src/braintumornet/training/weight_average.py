"""The mean of the weights along the end of a training, which is steadier than the last ones.

Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", arXiv 1803.05407. After a transfer
the weights at its start may have a share, too, so that what they knew is not lost: Wortsman et al., "Robust fine-tuning
of zero-shot models", arXiv 2109.01903.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from braintumornet.networks.training_settings import WeightAverageSettings


class WeightAverage:
    """A mean of weights and of the statistics of norms that grows with each network that is added.

    Args:
        settings: which steps count.
        total: steps of the training.
        start: weights before the first step that have a share; of others, the mean has none.

    Example:
        >>> layer = nn.Linear(1, 1, bias=False)
        >>> average = WeightAverage(WeightAverageSettings(last=0.5, every=10), total=100)
        >>> for weight in (1.0, 3.0):
        ...     _ = layer.weight.data.fill_(weight)
        ...     average.add(layer)
        >>> with average.shown_in(layer):
        ...     layer.weight.item()
        2.0
        >>> layer.weight.item(), average.is_due(40), average.is_due(50), average.is_due(55), average.is_due(100)
        (3.0, False, True, False, True)
    """

    def __init__(self, settings: WeightAverageSettings, total: int, start: Mapping[str, Tensor] | None = None) -> None:
        self.settings, self.total = settings, total
        self.start = {name: tensor.detach().cpu().clone() for name, tensor in (start or {}).items()}
        self.mean: dict[str, Tensor] = {}
        self.count = 0

    def is_due(self, step: int) -> bool:
        """Say whether the weights after a step count: every so many steps of the last share, and the last ones."""
        late = step >= (1 - self.settings.last) * self.total
        return late and (step % self.settings.every == 0 or step == self.total)

    @torch.no_grad()
    def add(self, network: nn.Module) -> None:
        """Take the weights of a network into the mean; of whole numbers, such as counters, the last ones."""
        self.count += 1
        for name, tensor in network.state_dict().items():
            here = tensor.detach().cpu()  # where a state that is read again lies, whatever the network's device
            if self.count > 1 and here.is_floating_point():
                self.mean[name].lerp_(here, 1 / self.count)
            else:
                self.mean[name] = here.clone()

    @contextmanager
    def shown_in(self, network: nn.Module) -> Iterator[None]:
        """Give a network the mean for a while."""
        own = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        network.load_state_dict(self._with_start())
        try:
            yield
        finally:
            network.load_state_dict(own)

    def _with_start(self) -> dict[str, Tensor]:
        """Return the mean in which the weights at the start have their share."""
        return {
            name: tensor.lerp(self.start[name], self.settings.start)
            if name in self.start and tensor.is_floating_point()
            else tensor
            for name, tensor in self.mean.items()
        }

    def as_tensors(self) -> dict[str, Tensor]:
        """Return all that there is to remember."""
        start = {f"start.{name}": tensor for name, tensor in self.start.items()}
        mean = {f"mean.{name}": tensor for name, tensor in self.mean.items()}
        return {"count": torch.tensor(self.count), **start, **mean}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Go back to what `as_tensors` returned."""
        self.count = int(tensors["count"])
        self.start, self.mean = (
            {name.removeprefix(kind): each for name, each in tensors.items() if name.startswith(kind)}
            for kind in ("start.", "mean.")
        )
