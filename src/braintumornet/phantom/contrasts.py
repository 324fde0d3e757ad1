"""From tissue to grey level: one image per sequence, with the scanner's bias field, blur and noise."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from braintumornet.core.names import SEQUENCES
from braintumornet.core.space import Shape
from braintumornet.phantom.fields import smooth_noise

_GREY_LEVELS: dict[str, tuple[float, ...]] = {  # in the order t1n, t1c, t2w, t2f
    "csf": (0.26, 0.26, 1.70, 0.14),
    "grey": (0.66, 0.70, 0.95, 0.88),
    "deep": (0.74, 0.78, 0.84, 0.82),
    "white": (1.00, 1.02, 0.68, 0.66),
    "oedema": (0.70, 0.72, 1.25, 1.40),
    "solid": (0.64, 0.68, 1.05, 1.10),
    "myxoid": (0.48, 0.50, 1.55, 1.45),
    "necrosis": (0.36, 0.38, 1.60, 0.50),
    "enhancing": (0.66, 1.60, 1.10, 1.15),
}
_LEVEL_OF_ONE = 400.0


@dataclass(frozen=True)
class Site:
    """A hospital's scanner: its gain, noise (share of white matter on T1) and blur."""

    gain: float
    noise: float
    blur_voxels: float


SITES: dict[str, Site] = {
    "north": Site(gain=1.0, noise=0.030, blur_voxels=0.35),
    "south": Site(gain=1.8, noise=0.045, blur_voxels=0.45),
}


def scan(
    rng: np.random.Generator, tissues: dict[str, np.ndarray], mask: np.ndarray, site: str
) -> dict[str, np.ndarray]:
    """Image a head in four sequences.

    Args:
        rng: random stream.
        tissues: tissue name -> share of the voxel (D, H, W).
        mask: the brain (D, H, W).
        site: a name from `SITES`.

    Returns:
        Sequence name -> int16 array (D, H, W): at least 1 in the brain, 0 outside.
    """
    scanner = SITES[site]
    # drawn for every tissue, there or not, so that a tumour does not change how the rest of the head looks
    variation = np.exp(rng.normal(0, 0.05, (len(_GREY_LEVELS), len(SEQUENCES))))
    levels = dict(zip(_GREY_LEVELS, np.asarray(list(_GREY_LEVELS.values())) * variation, strict=True))
    shape = (mask.shape[0], mask.shape[1], mask.shape[2])
    images = {}
    for column, sequence in enumerate(SEQUENCES):
        image = sum(share * np.float32(levels[tissue][column]) for tissue, share in tissues.items())
        images[sequence] = _acquire(rng, np.asarray(image), mask, shape, scanner)
    return images


def _acquire(rng: np.random.Generator, image: np.ndarray, mask: np.ndarray, shape: Shape, scanner: Site) -> np.ndarray:
    """Add what a scanner adds: bias field, blur, gain, Rician noise, whole grey levels."""
    image = image * np.exp(0.07 * smooth_noise(rng, shape, 2))
    image = gaussian_filter(image, scanner.blur_voxels)
    real, imaginary = scanner.noise * rng.standard_normal((2, *shape), dtype=np.float32)
    level = _LEVEL_OF_ONE * scanner.gain * float(np.exp(rng.normal(0, 0.25)))
    magnitude = level * np.hypot(image + real, imaginary)
    return np.where(mask, np.clip(np.rint(magnitude), 1, 32767), 0).astype(np.int16)
