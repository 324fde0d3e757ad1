"""How bright the tissues around a brain are in each sequence."""

import numpy as np

from braintumornet.phantom.contrasts import draw_levels

_FAT_SATURATED_SHARE = 0.3  # of the sequences of an examination
_FAT = ("fat", "fascia", "marrow")
_FLAT_SHARE = 0.3  # of examinations hardly tell cortex from white matter on T1, as spin echoes do

# Lowest and highest level in t1n, t1c, t2w, t2f; 1 is white matter on T1 and cortex on T2, as in contrasts.py
_RANGES: dict[str, tuple[tuple[float, float], ...]] = {
    "skin": ((0.40, 1.00), (0.45, 1.20), (0.35, 1.00), (0.35, 1.00)),
    "fat": ((1.20, 2.70), (1.20, 2.70), (0.60, 2.20), (0.50, 2.00)),
    "fascia": ((0.50, 1.80), (0.50, 1.80), (0.30, 1.50), (0.30, 1.40)),
    "muscle": ((0.40, 0.80), (0.45, 1.00), (0.22, 0.65), (0.25, 0.75)),
    "bone": ((0.02, 0.25), (0.02, 0.25), (0.02, 0.25), (0.02, 0.25)),
    "marrow": ((0.35, 1.90), (0.40, 2.00), (0.25, 1.30), (0.25, 1.20)),
    "outer dura": ((0.30, 0.95), (0.60, 2.20), (0.15, 0.85), (0.20, 1.00)),
    "sinus": ((0.20, 0.95), (1.10, 3.20), (0.08, 0.90), (0.10, 0.90)),
    "pituitary": ((0.60, 1.20), (1.10, 2.40), (0.70, 1.20), (0.60, 1.20)),
    "mucosa": ((0.45, 0.95), (0.90, 2.40), (1.10, 2.60), (0.80, 2.20)),
    "gland": ((0.60, 1.50), (0.80, 2.00), (0.60, 1.50), (0.50, 1.50)),
    "nerve": ((0.75, 1.05), (0.75, 1.10), (0.55, 1.00), (0.60, 1.05)),
    "sclera": ((0.30, 0.80), (0.40, 1.20), (0.15, 0.60), (0.15, 0.60)),
}


def draw_full_levels(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw how bright every tissue of a head is, as `contrasts.draw_levels`; fat is saturated now and then."""
    levels = draw_levels(rng)
    ranges = np.asarray(list(_RANGES.values()))  # (tissues, sequences, 2)
    drawn = rng.uniform(ranges[..., 0], ranges[..., 1]).astype(np.float32)
    levels.update(zip(_RANGES, drawn, strict=True))
    for tissue in ("outer dura", "sinus", "pituitary", "mucosa"):
        levels[tissue][1] = max(levels[tissue][:2])
    if rng.uniform() < _FLAT_SHARE:
        levels["grey"][:2] = levels["white"][:2] * np.float32(rng.uniform(0.92, 1.02))
    saturated = rng.uniform(size=4) < _FAT_SATURATED_SHARE
    for tissue in _FAT:
        levels[tissue] = np.where(saturated, levels[tissue] * np.float32(rng.uniform(0.1, 0.35)), levels[tissue])
    return levels
