"""From tissue to grey level: how bright each tissue is in each sequence, within what scanners and people show."""

from collections.abc import Sequence

import numpy as np

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.tissue_layers import Layer

# Lowest and highest level in t1n, t1c, t2w, t2f; 1 is white matter on T1 and cortex on T2. Wide, because a network
# that has seen all of it is not surprised by a real scanner.
RANGES: dict[str, tuple[tuple[float, float], ...]] = {
    "white": ((0.97, 1.03), (0.97, 1.03), (0.60, 0.85), (0.72, 0.98)),
    "grey": ((0.65, 0.93), (0.68, 0.96), (0.92, 1.08), (0.88, 1.08)),
    "deep": ((0.72, 0.96), (0.75, 1.00), (0.74, 0.98), (0.78, 1.05)),
    "csf": ((0.12, 0.42), (0.12, 0.45), (1.50, 2.60), (0.06, 0.45)),
    "oedema": ((0.55, 0.88), (0.58, 0.92), (1.20, 1.80), (1.25, 1.85)),
    "solid": ((0.50, 0.88), (0.55, 0.98), (1.05, 1.70), (1.12, 1.75)),
    "myxoid": ((0.35, 0.65), (0.38, 0.70), (1.40, 2.20), (1.25, 1.85)),
    "necrosis": ((0.22, 0.62), (0.22, 0.72), (1.20, 2.40), (0.20, 1.75)),
    "cyst": ((0.15, 0.55), (0.15, 0.58), (1.60, 2.60), (0.15, 1.40)),
    "enhancing": ((0.50, 0.92), (1.20, 2.60), (0.90, 1.60), (0.90, 1.90)),
    "vessel": ((0.50, 1.20), (1.10, 3.00), (0.15, 0.70), (0.15, 0.90)),
    "dura": ((0.45, 0.90), (0.65, 1.70), (0.40, 0.95), (0.40, 1.10)),
    "choroid": ((0.45, 0.80), (1.00, 2.30), (0.90, 1.70), (0.60, 1.40)),
    "gliosis": ((0.70, 0.95), (0.72, 0.98), (1.00, 1.50), (1.08, 1.60)),
    "flow": ((0.20, 0.60), (0.20, 0.70), (0.80, 2.00), (0.50, 1.20)),
    "calcification": ((0.15, 1.15), (0.15, 1.20), (0.05, 0.45), (0.05, 0.50)),
    "blood": ((0.80, 1.60), (0.85, 1.70), (0.30, 1.60), (0.40, 1.70)),
    "bone": ((0.05, 0.30), (0.05, 0.32), (0.05, 0.25), (0.05, 0.25)),
    "marrow": ((0.60, 1.30), (0.60, 1.40), (0.30, 0.80), (0.30, 0.80)),
    "scalp": ((0.80, 1.90), (0.85, 2.00), (0.50, 1.30), (0.40, 1.30)),
    "air": ((0.00, 0.01), (0.00, 0.01), (0.00, 0.01), (0.00, 0.01)),
    "vitreous": ((0.12, 0.35), (0.12, 0.35), (1.60, 2.60), (0.08, 0.45)),
}


def draw_levels(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw how bright every tissue is: name -> (sequences,), in the order of `SEQUENCES`.

    They are drawn for all tissues, there or not, so that a tumour does not change how the rest of the head looks.
    Contrast agent only adds: what takes it up is never darker on t1c than on t1n.
    """
    ranges = np.asarray(list(RANGES.values()))  # (tissues, sequences, 2)
    drawn = rng.uniform(ranges[..., 0], ranges[..., 1]).astype(np.float32)
    levels = dict(zip(RANGES, drawn, strict=True))
    for tissue in ("vessel", "dura", "choroid", "enhancing"):
        levels[tissue][1] = max(levels[tissue][:2])
    return levels


def paint(layers: Sequence[Layer], levels: dict[str, np.ndarray], sequence: str, shape: Sequence[int]) -> np.ndarray:
    """Return one sequence's image (D, H, W), float32: the layers over white matter."""
    column = SEQUENCES.index(sequence)
    image = np.full(shape, levels["white"][column], np.float32)
    for layer in layers:
        part = image[layer.box]
        part += layer.share * (levels[layer.tissue][column] - part)
    return image
