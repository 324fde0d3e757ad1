"""Grey levels that vary within a tissue: two of them in patches, and a texture on top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.contrasts import RANGES
from braintumornet.phantom.smooth_noise import Axes, smooth_noise
from braintumornet.phantom.tissue_layers import WHOLE, Layer
from braintumornet.volumes.brain import Box

_CELLS_MM = (3.5, 6.0, 11.0, 22.0, 45.0)
_TAKES_UP_AGENT = ("vessel", "dura", "choroid", "enhancing")
# the same scale as `RANGES`; wider, and log-uniform, so that faint enhancement is as frequent as strong
_WIDE: dict[str, tuple[tuple[float, float], ...]] = {
    "white": ((0.95, 1.05), (0.95, 1.05), (0.62, 0.95), (0.74, 1.02)),
    "grey": ((0.70, 0.96), (0.72, 0.98), (0.90, 1.12), (0.92, 1.12)),
    "deep": ((0.75, 0.98), (0.78, 1.00), (0.74, 0.98), (0.82, 1.08)),
    "limbic": ((0.68, 0.95), (0.70, 0.97), (0.95, 1.30), (1.00, 1.45)),
    "csf": ((0.06, 0.40), (0.06, 0.42), (1.70, 3.60), (0.04, 0.38)),
    "oedema": ((0.64, 1.00), (0.66, 1.02), (1.10, 2.40), (1.10, 2.10)),
    "solid": ((0.55, 1.00), (0.58, 1.08), (1.05, 2.50), (1.00, 2.30)),
    "infiltrating": ((0.55, 1.00), (0.57, 1.02), (1.10, 2.60), (1.10, 2.40)),
    "myxoid": ((0.36, 0.85), (0.38, 0.88), (1.50, 3.20), (0.70, 2.30)),
    "necrosis": ((0.28, 0.92), (0.30, 0.95), (1.25, 3.30), (0.40, 2.50)),
    "enhancing": ((0.58, 1.10), (1.10, 3.20), (0.95, 2.40), (0.90, 2.40)),
    "gliosis": ((0.62, 0.98), (0.65, 1.00), (0.95, 1.70), (1.05, 1.90)),
}
_TUMOUR = ("oedema", "solid", "infiltrating", "myxoid", "necrosis", "cyst", "enhancing", "blood")
_SPREAD, _TUMOUR_SPREAD = 0.05, 0.18  # standard deviation of the logarithm of a tissue's second level
_GRAIN, _TUMOUR_GRAIN = 0.03, 0.07


@dataclass(frozen=True, eq=False)
class UnevenLevel:
    """How bright a tissue is, here and there.

    Args:
        pair: two levels in each sequence (2, sequences).
        patches: which pattern parts them.
        sharpness: how sharply.
        grain: share by which the texture moves each sequence (sequences,).
        texture: which pattern that is.
    """

    pair: np.ndarray
    patches: int
    sharpness: float
    grain: np.ndarray
    texture: int

    def field(self, sequence: str, patterns: Sequence[np.ndarray], box: Box) -> np.ndarray:
        """Return the level at each voxel of a box (d, h, w), float32."""
        column = SEQUENCES.index(sequence)
        first, second = self.pair[:, column]
        mixed = np.clip(np.float32(self.sharpness) * patterns[self.patches][box] + np.float32(0.5), 0, 1)
        level: np.ndarray = first + (second - first) * mixed
        level *= np.maximum(1 + self.grain[column] * patterns[self.texture][box], np.float32(0.2))
        return level


def draw_uneven_levels(rng: np.random.Generator) -> dict[str, UnevenLevel]:
    """Draw how bright every tissue is, there or not, so that a tumour does not change how the rest of a head looks."""
    levels = {}
    for tissue, narrow in RANGES.items():
        levels[tissue] = _draw_level(rng, tissue, _WIDE.get(tissue, narrow))
    for tissue in ("infiltrating", "limbic"):  # which generator 1 has not
        levels[tissue] = _draw_level(rng, tissue, _WIDE[tissue])
    return levels


def _draw_level(rng: np.random.Generator, tissue: str, ranges: Sequence[tuple[float, float]]) -> UnevenLevel:
    low, high = np.log(np.maximum(np.asarray(ranges).T, 1e-3))
    in_tumour = tissue in _TUMOUR
    level = np.exp(rng.uniform(low, high))
    other = level * np.exp(rng.normal(0, _TUMOUR_SPREAD if in_tumour else _SPREAD, len(level)))
    if tissue == "air":
        other = level
    pair = np.stack([level, other]).astype(np.float32)
    if tissue in _TAKES_UP_AGENT:  # contrast agent only adds
        pair[:, 1] = np.maximum(pair[:, 1], pair[:, 0])
    grain = rng.normal(0, _TUMOUR_GRAIN if in_tumour else _GRAIN, len(level)).astype(np.float32)
    patches, texture = rng.integers(1, len(_CELLS_MM)), rng.integers(0, 3)
    return UnevenLevel(pair, int(patches), float(rng.uniform(0.3, 3.0)), grain, int(texture))


def draw_patterns(rng: np.random.Generator, axes: Axes) -> list[np.ndarray]:
    """Draw the patterns (D, H, W) that levels follow, from fine to coarse."""
    return [smooth_noise(rng, axes, cell_mm) for cell_mm in _CELLS_MM]


def paint_uneven(
    layers: Sequence[Layer],
    levels: Mapping[str, UnevenLevel],
    patterns: Sequence[np.ndarray],
    sequence: str,
) -> np.ndarray:
    """Return one sequence's image (D, H, W), float32: the layers over white matter."""
    image = levels["white"].field(sequence, patterns, WHOLE)
    for layer in layers:
        part = image[layer.box]
        if part.size:
            part += layer.share * (levels[layer.tissue].field(sequence, patterns, layer.box) - part)
    return image
