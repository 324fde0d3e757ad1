"""Random numbers of each part of a network by itself: a part that is added or left out changes no other's."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch

CPU = torch.device("cpu")


def draw_base() -> int:
    """Draw the number that the streams of all parts follow from, from torch's own stream."""
    return int(torch.randint(2**62, (), device=CPU))


@contextmanager
def own_stream(base: int, part: str, device: torch.device = CPU) -> Iterator[None]:
    """Let what is random in here follow from the base and the part's name alone, and leave torch's stream as it is.

    Args:
        base: from `draw_base`.
        part: its name, such as `heads.genotype`.
        device: where random numbers are drawn, beside the CPU.

    Example:
        >>> with own_stream(7, "heads.genotype"):
        ...     alone = torch.rand(2)
        >>> with own_stream(7, "backbone"):
        ...     _ = torch.rand(5)
        >>> with own_stream(7, "heads.genotype"):
        ...     torch.equal(torch.rand(2), alone)
        True
    """
    seed = int.from_bytes(hashlib.sha256(f"{base}/{part}".encode()).digest()[:8])
    generators = _generators(device)  # not torch.random.fork_rng, which takes a third of a millisecond
    states = [generator.get_state() for generator in generators]
    for generator in generators:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def _generators(device: torch.device) -> list[torch.Generator]:
    if device.type != "cuda":
        return [torch.default_generator]
    index = torch.cuda.current_device() if device.index is None else device.index
    return [torch.default_generator, torch.cuda.default_generators[index]]
