"""Whether the voxels of images show what their headers and names say that they show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from braintumornet.core.space import require_same_space
from braintumornet.volumes.volume import Volume

MOST_LABELS = 12  # distinct whole numbers; an image of so few grey levels is a mask
CT_BELOW = -500.0  # air in Hounsfield units is -1000; no MR image goes so low
EDGE_MM = 4.0  # left out: the edge of the brain differs between sequences by registration alone
OUTLIER_MADS = 6.0
LEAST_ENHANCING = 0.002  # share of the brain
LEAST_FLUID = 0.003
CLEAR_RATIO = 2.0
HIGHEST_T1N, LOWEST_T1C = 3.0, 1.7  # 99.9th percentile over median; 1.3 to 2.6 and 1.9 to 5.2 in nine real gliomas
BRIGHT, DARK = 0.95, 0.25  # ranks among the voxels of a brain
FEWEST_VOXELS = 1000


@dataclass(frozen=True)
class ContentFinding:
    """What the voxels say.

    Args:
        verdict: `agree` with what was said of the images, `disagree`, or `unclear`.
        reason: with its figures, for a person.
        figures: name -> value, for a record.
    """

    verdict: Literal["agree", "disagree", "unclear"]
    reason: str
    figures: Mapping[str, float]


def check_image(image: Volume) -> ContentFinding:
    """Say whether an image can be one of an MR scanner: not empty, no mask, no CT.

    Args:
        image: one sequence as it came, (D, H, W), before anything was done to it.

    Example:
        >>> from braintumornet.core.space import Space
        >>> mask = np.zeros((4, 4, 4)); mask[1, 1, 1] = 1
        >>> check_image(Volume(mask, Space((4, 4, 4), np.eye(4)))).reason
        'it has 2 grey levels, all of them whole numbers, as a mask has'
    """
    low, high = float(image.array.min()), float(image.array.max())
    figures = {"lowest": low, "highest": high}
    if low == high:
        return ContentFinding("disagree", f"it is {low:g} everywhere", figures)
    if low < CT_BELOW and np.mean(image.array < CT_BELOW) > 0.01:
        return ContentFinding("disagree", f"values go down to {low:g}, as in CT", figures)
    levels = np.unique(image.array)
    figures["levels"] = float(levels.size)
    if levels.size <= MOST_LABELS and np.array_equal(levels, np.rint(levels)):
        reason = f"it has {levels.size} grey levels, all of them whole numbers, as a mask has"
        return ContentFinding("disagree", reason, figures)
    return ContentFinding("agree", f"values from {low:g} to {high:g}", figures)


def check_registered(images: Mapping[str, Volume], brain: Volume) -> dict[str, ContentFinding]:
    """Say of the sequences of a case whether they are what they are called, as far as its sequences allow.

    Args:
        images: sequence -> image; all registered, on one grid.
        brain: boolean mask on the same grid.

    Returns:
        `t1n against t1c`, `t2w against t2f`, or `t1n`, `t1c` alone -> finding; nothing of a lone t2w or t2f.

    Raises:
        GeometryError: two of them lie on different grids.
    """
    found: dict[str, ContentFinding] = {}
    if "t1n" in images and "t1c" in images:
        found["t1n against t1c"] = check_enhancement(images["t1n"], images["t1c"], brain)
    elif "t1n" in images:
        found["t1n"] = check_lone_t1(images["t1n"], "t1n", brain)
    elif "t1c" in images:
        found["t1c"] = check_lone_t1(images["t1c"], "t1c", brain)
    if "t2w" in images and "t2f" in images:
        found["t2w against t2f"] = check_fluid(images["t2w"], images["t2f"], brain)
    return found


def check_enhancement(t1n: Volume, t1c: Volume, brain: Volume) -> ContentFinding:
    """Say whether t1c enhances against t1n, and not the other way round as where the two were exchanged.

    A line is fitted from each image to the other; counted are voxels of the brain more than 6 MAD (median absolute
    deviation) above it. Contrast agent brightens vessels, choroid plexus and many tumours, and darkens nothing.

    Args:
        t1n: before contrast agent.
        t1c: after contrast agent, registered to t1n, on its grid.
        brain: boolean mask on the same grid; its outer 4 mm are left out.

    Raises:
        GeometryError: the three lie on different grids.
    """
    inside = _inside({"t1n": t1n, "t1c": t1c}, brain)
    first, second = t1n.array[inside].astype(np.float64), t1c.array[inside].astype(np.float64)
    return _weigh(
        ("t1c", _share_above_line(first, second)),
        ("t1n", _share_above_line(second, first)),
        LEAST_ENHANCING,
        "voxels enhance in {0} against {1}",
    )


def check_lone_t1(image: Volume, sequence: Literal["t1n", "t1c"], brain: Volume) -> ContentFinding:
    """Say whether a T1-weighted image without its partner is far from what its name says: enough to look at it.

    The brightest voxels of the brain are compared with its median. The ranges of `t1n` and `t1c` overlap, so that only
    what lies outside both of them is told, and nothing is ever confirmed.

    Args:
        image: T1-weighted.
        sequence: what it is said to be.
        brain: boolean mask on the same grid.

    Raises:
        GeometryError: the two lie on different grids.
    """
    require_same_space(image.space, brain.space, sequence, "the brain mask")
    inside = image.array[brain.array]
    median = float(np.median(inside)) if inside.size else 0.0
    if median <= 0:
        return ContentFinding("unclear", "the median of the brain is not above 0", {"median": median})
    ratio = float(np.percentile(inside, 99.9)) / median
    odd = ratio > HIGHEST_T1N if sequence == "t1n" else ratio < LOWEST_T1C
    said = f"the brightest voxels of the brain are {ratio:.2g} times its median"
    other = "t1c" if sequence == "t1n" else "t1n"
    reason = f"{said}, as in {other} rather than {sequence}: look at it" if odd else said
    return ContentFinding("disagree" if odd else "unclear", reason, {"bright_over_median": ratio})


def check_fluid(t2w: Volume, t2f: Volume, brain: Volume) -> ContentFinding:
    """Say whether fluid is bright in t2w and dark in t2f, and not the other way round.

    Counted are voxels of the brain among the brightest 5 % of one image and the darkest 25 % of the other:
    cerebrospinal fluid, which FLAIR suppresses; oedema and tumour are bright in both.

    Args:
        t2w: T2-weighted.
        t2f: FLAIR, registered to t2w, on its grid.
        brain: boolean mask on the same grid; its outer 4 mm are left out.

    Raises:
        GeometryError: the three lie on different grids.
    """
    inside = _inside({"t2w": t2w, "t2f": t2f}, brain)
    first, second = _ranks(t2w.array[inside]), _ranks(t2f.array[inside])
    return _weigh(
        ("t2w", float(np.mean((first > BRIGHT) & (second < DARK)))) if first.size else ("t2w", 0.0),
        ("t2f", float(np.mean((second > BRIGHT) & (first < DARK)))) if first.size else ("t2f", 0.0),
        LEAST_FLUID,
        "voxels are bright in {0} and dark in {1}",
    )


def _inside(images: Mapping[str, Volume], brain: Volume) -> np.ndarray:
    """Return the voxels of the brain without its edge, where every image shows something."""
    for name, image in images.items():
        require_same_space(image.space, brain.space, name, "the brain mask")
    depth_mm = ndimage.distance_transform_edt(np.pad(brain.array, 1), sampling=brain.space.spacing_mm)
    inside = depth_mm[1:-1, 1:-1, 1:-1] > EDGE_MM
    shown = np.logical_and.reduce([image.array != 0 for image in images.values()])
    return np.asarray(inside & shown)


def _share_above_line(x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of values above what a line through the bulk of the others foretells."""
    if x.size < FEWEST_VOXELS:
        return 0.0
    low, high = np.percentile(x, (5, 95))
    bulk = (x >= low) & (x <= high)
    if np.ptp(x[bulk]) == 0:
        return 0.0
    slope, offset = np.polyfit(x[bulk], y[bulk], 1)
    rest = y - (slope * x + offset)
    rest -= np.median(rest)
    spread = float(np.median(np.abs(rest)))
    return float(np.mean(rest > OUTLIER_MADS * spread)) if spread > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value among all, from 0 to 1; equal values have the same."""
    ordered = np.sort(values)
    return np.asarray((np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2) / max(
        1, values.size
    )


def _weigh(expected: tuple[str, float], swapped: tuple[str, float], least: float, text: str) -> ContentFinding:
    """Compare what is expected with what is expected of exchanged images."""
    (name, share), (other, reverse) = expected, swapped
    figures = {f"share_{name}": share, f"share_{other}": reverse}
    said = f"{100 * share:.2g} % of the {text.format(name, other)}, {100 * reverse:.2g} % the other way round"
    if share >= least and share > CLEAR_RATIO * reverse:
        return ContentFinding("agree", said, figures)
    if reverse >= least and reverse > CLEAR_RATIO * share:
        return ContentFinding("disagree", f"{said}: the two are probably exchanged", figures)
    return ContentFinding("unclear", said, figures)
