"""Grey levels from relaxation times: the signal equations of spin echo, inversion recovery and FLAIR.

Bernstein, King, Zhou, Handbook of MRI Pulse Sequences, 2004, chapters 14 and 17.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.text.names import SEQUENCES

# T1 and T2 in ms, proton density; then how much agent raises 1/T1, in 1/s. Lowest and highest, at 1.5 to 3 T.
_TISSUES: dict[str, tuple[tuple[float, float], ...]] = {
    "white": ((620, 900), (65, 85), (0.68, 0.75), (0, 0)),
    "grey": ((1000, 1500), (85, 110), (0.80, 0.88), (0, 0.03)),
    "deep": ((880, 1250), (70, 95), (0.77, 0.85), (0, 0.03)),
    "csf": ((3200, 4500), (1200, 2200), (0.97, 1.0), (0, 0)),
    "oedema": ((1050, 1700), (110, 190), (0.84, 0.93), (0, 0.05)),
    "solid": ((1050, 1750), (95, 165), (0.82, 0.92), (0, 0.15)),
    "infiltrating": ((1000, 1700), (105, 200), (0.83, 0.92), (0, 0.05)),
    "myxoid": ((1400, 2500), (170, 400), (0.88, 0.96), (0, 0.1)),
    "necrosis": ((1300, 3000), (140, 700), (0.86, 0.98), (0, 0.2)),
    "cyst": ((2000, 4000), (300, 1500), (0.95, 1.0), (0, 0.02)),
    "enhancing": ((950, 1600), (80, 140), (0.82, 0.92), (0.35, 3.5)),
    "vessel": ((1200, 1900), (15, 60), (0.3, 0.8), (1.0, 6.0)),
    "dura": ((700, 1200), (35, 80), (0.5, 0.8), (0.2, 1.5)),
    "choroid": ((1300, 2200), (100, 250), (0.85, 0.95), (1.0, 4.0)),
    "gliosis": ((950, 1350), (95, 150), (0.78, 0.86), (0, 0.03)),
    "flow": ((1500, 3200), (300, 1500), (0.9, 1.0), (0, 0)),
    "calcification": ((600, 1300), (8, 30), (0.25, 0.5), (0, 0)),
    "limbic": ((1050, 1600), (92, 128), (0.81, 0.90), (0, 0.03)),
    "blood": ((350, 1600), (20, 160), (0.75, 0.9), (0, 0.1)),
}


@dataclass(frozen=True)
class Protocol:
    """Times of the four sequences, in ms.

    Args:
        t1_repetition: TR of t1n and t1c.
        t1_echo: TE of both.
        t1_inversion: TI of both; 0 for a spin echo.
        t2_repetition: TR of t2w.
        t2_echo: TE of t2w.
        flair_repetition: TR of t2f.
        flair_echo: TE of t2f.
        flair_inversion: TI of t2f, relative to what nulls CSF.
    """

    t1_repetition: float
    t1_echo: float
    t1_inversion: float
    t2_repetition: float
    t2_echo: float
    flair_repetition: float
    flair_echo: float
    flair_inversion: float


def draw_protocol(rng: np.random.Generator) -> Protocol:
    """Draw the times of a hospital's protocol: T1 by spin echo or by inversion recovery."""
    inverted = rng.uniform() < 0.5
    spin_echo_ms, inversion_ms = rng.uniform(380, 600), rng.uniform(1800, 2400)
    return Protocol(
        t1_repetition=float(inversion_ms if inverted else spin_echo_ms),
        t1_echo=float(rng.uniform(2.5, 4.5) if inverted else rng.uniform(8, 14)),
        t1_inversion=float(rng.uniform(850, 1050)) if inverted else 0.0,
        t2_repetition=float(rng.uniform(3000, 6500)),
        t2_echo=float(rng.uniform(75, 120)),
        flair_repetition=float(rng.uniform(7000, 11000)),
        flair_echo=float(rng.uniform(85, 140)),
        flair_inversion=float(rng.uniform(0.95, 1.05)),
    )


def draw_relaxation_levels(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw how bright every tissue is: name -> (sequences,), 1 is white matter on T1 and cortex on T2."""
    protocol = draw_protocol(rng)
    ranges = np.asarray(list(_TISSUES.values()))  # (tissues, properties, 2)
    drawn = dict(zip(_TISSUES, rng.uniform(ranges[..., 0], ranges[..., 1]), strict=True))
    levels = {name: signals(protocol, values, drawn["csf"][0]) for name, values in drawn.items()}
    one = [levels["white"][0], levels["white"][0], levels["grey"][2], levels["grey"][3]]
    return {name: (level / one).astype(np.float32) for name, level in levels.items()}


def signals(protocol: Protocol, tissue: Sequence[float] | np.ndarray, csf_t1_ms: float) -> np.ndarray:
    """Return the signal of a tissue in each sequence (sequences,).

    Args:
        protocol: times of the sequences.
        tissue: T1 and T2 in ms, density of protons relative to water, and by how much contrast agent raises 1/T1, in
            1/s.
        csf_t1_ms: of the fluid that t2f is to null.

    Example:
        >>> times = Protocol(500, 12, 0, 4000, 100, 9000, 120, 1.0)
        >>> t1n, t1c, t2w, t2f = signals(times, (4000, 1800, 1, 0), csf_t1_ms=4000)  # CSF
        >>> bool(t2w > 5 * t1n), bool(t2f < 0.01), bool(t1n == t1c)
        (True, True, True)
    """
    t1_ms, t2_ms, density, agent_per_s = tissue
    enhanced_ms = 1 / (1 / t1_ms + agent_per_s / 1000)
    by_name: Mapping[str, float] = {
        "t1n": _t1_weighted(protocol, t1_ms) * np.exp(-protocol.t1_echo / t2_ms),
        "t1c": _t1_weighted(protocol, enhanced_ms) * np.exp(-protocol.t1_echo / t2_ms),
        "t2w": (1 - np.exp(-protocol.t2_repetition / t1_ms)) * np.exp(-protocol.t2_echo / t2_ms),
        "t2f": _flair(protocol, t1_ms, csf_t1_ms) * np.exp(-protocol.flair_echo / t2_ms),
    }
    return np.array([density * by_name[name] for name in SEQUENCES])


def _t1_weighted(protocol: Protocol, t1_ms: float) -> float:
    repetition = float(np.exp(-protocol.t1_repetition / t1_ms))
    if not protocol.t1_inversion:
        return 1 - repetition
    return abs(1 - 2 * float(np.exp(-protocol.t1_inversion / t1_ms)) + repetition)


def _flair(protocol: Protocol, t1_ms: float, csf_t1_ms: float) -> float:
    nulling = csf_t1_ms * (np.log(2) - np.log1p(np.exp(-protocol.flair_repetition / csf_t1_ms)))
    inversion = float(np.exp(-protocol.flair_inversion * nulling / t1_ms))
    return abs(1 - 2 * inversion + float(np.exp(-protocol.flair_repetition / t1_ms)))
