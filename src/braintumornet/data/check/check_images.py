"""What is wrong with the voxels of images and of the brain mask."""

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np

from braintumornet.core.text.errors import InputError
from braintumornet.data.check.findings import Finding, Kind, Severity
from braintumornet.volumes.brain import measure_contrast
from braintumornet.volumes.image_kind import MASK_VALUES, count_values

FEW_ZEROS, MANY_ZEROS = 0.02, 0.25  # share of the brain in which an image shows nothing


def check_images(images: Mapping[str, np.ndarray]) -> list[Finding]:
    """Find images that show nothing, or that are masks.

    Args:
        images: sequence -> (D, H, W).
    """
    findings = []
    for sequence, image in images.items():
        low, high = float(image.min()), float(image.max())
        if low == high:
            text = f"{sequence} is empty: every voxel is {low:g}; export it again, or leave its cell blank"
            findings.append(Finding(Kind.EMPTY_IMAGE, Severity.ERROR, text))
        elif (count := count_values(image)) <= MASK_VALUES:
            text = f"{sequence} holds {count} different values ({low:g} to {high:g}): it is a mask, not an image"
            findings.append(Finding(Kind.IMAGE_IS_MASK, Severity.ERROR, text))
    return findings


def shows_something(image: np.ndarray) -> bool:
    """Say whether an image (D, H, W) is neither empty nor a mask."""
    return float(image.min()) != float(image.max()) and count_values(image) > MASK_VALUES


def check_same_contents(contents: Mapping[str, str], sequences: Iterable[str]) -> list[Finding]:
    """Find one image under two names within a case; two tumour masks may agree, an image or brain mask may not.

    Args:
        contents: column -> hash of the voxels.
        sequences: which columns are images.
    """
    images = set(sequences)
    findings = []
    for one, other in combinations(contents, 2):
        both_masks = one not in images and other not in images and "brainmask" not in (one, other)
        if contents[one] == contents[other] and not both_masks:
            text = f"{one} and {other} show the same voxels; one of the two was copied under a wrong name"
            findings.append(Finding(Kind.SAME_CONTENT, Severity.ERROR, text))
    return findings


def check_brain(brainmask: np.ndarray) -> list[Finding]:
    """Find a brain mask (D, H, W) that is empty."""
    if (brainmask > 0.5).any():
        return []
    text = "brainmask is empty: no voxel is above 0.5; make it again, or leave its cell blank"
    return [Finding(Kind.EMPTY_BRAIN, Severity.ERROR, text)]


def check_contrast(images: Mapping[str, np.ndarray], brain: np.ndarray) -> list[Finding]:
    """Find images that are the same in nearly all of the brain.

    Args:
        images: sequence -> (D, H, W); an empty one is a finding of its own.
        brain: boolean (D, H, W).
    """
    findings = []
    for sequence, image in images.items():
        if brain.any() and image.min() != image.max():
            try:
                measure_contrast(image[brain])
            except InputError as error:
                findings.append(Finding(Kind.EMPTY_IMAGE, Severity.ERROR, f"{sequence} {error}"))
    return findings


def check_coverage(images: Mapping[str, np.ndarray], brain: np.ndarray) -> list[Finding]:
    """Find images that are zero in part of the brain, as where the field of view was smaller.

    Args:
        images: sequence -> (D, H, W); an empty one is a finding of its own.
        brain: boolean (D, H, W).
    """
    if not brain.any():  # a finding of its own, too
        return []
    shares = {s: float((image[brain] == 0).mean()) for s, image in images.items() if image.any()}
    zeros = [f"{sequence} in {100 * share:.0f} %" for sequence, share in shares.items() if share > FEW_ZEROS]
    if not zeros:
        return []
    severity = Severity.WARNING if max(shares.values()) > MANY_ZEROS else Severity.NOTE
    text = f"some of the brain is not shown: zero there are {', '.join(zeros)} of its voxels"
    return [Finding(Kind.COVERAGE, severity, text)]
