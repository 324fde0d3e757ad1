"""Intensities of a patch: what is zero, which is no brain, stays zero."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from braintumornet.data.transforms.augment import Augmentation
from braintumornet.data.transforms.splines import SmoothField

BLUR_REACH = 2.0  # standard deviations


def vary_intensity_(image: Tensor, augmentation: Augmentation) -> None:
    """Change the intensities of a patch in place.

    Args:
        image: float32 (S, D, H, W), zero where there is no brain.
        augmentation: what to do.

    Example:
        >>> from dataclasses import replace
        >>> from braintumornet.data.transforms.augment import draw_augmentation
        >>> from braintumornet.data.data_settings import AugmentSettings
        >>> nothing = draw_augmentation(np.random.default_rng(0), AugmentSettings(), np.array([True]), np.full(3, 64.0))
        >>> patch = torch.tensor([0.0, 1.0, 2.0]).view(1, 1, 1, 3)
        >>> vary_intensity_(patch, replace(nothing, shift=np.array([0.5])))
        >>> patch.flatten()
        tensor([0.0000, 1.5000, 2.5000])
    """
    field = None
    if augmentation.field is not None:
        _, d, h, w = image.shape
        field = SmoothField(augmentation.field, (d, h, w), image.device).block(slice(d))
    noise = torch.Generator(image.device).manual_seed(augmentation.noise_seed)
    space = _Workspace(torch.empty_like(image[0]), torch.empty_like(image[0]), noise)
    for channel, sequence in enumerate(image):
        if augmentation.dropped[channel]:
            sequence.zero_()
        elif _changes(augmentation, channel):
            _vary(sequence, augmentation, channel, None if field is None else field[channel], space)


@dataclass(frozen=True)
class _Workspace:
    """Memory that is used for one sequence after the other, since asking for it anew costs more than using it."""

    inside: Tensor
    scratch: Tensor
    noise: torch.Generator


def _changes(augmentation: Augmentation, channel: int) -> bool:
    a = augmentation
    factors = (a.gamma[channel], a.contrast[channel], a.gain[channel], *a.coarseness)
    summands = (a.shift[channel], a.blur_voxels, a.noise_sd)
    return a.field is not None or any(factor != 1 for factor in factors) or any(summand != 0 for summand in summands)


def _vary(image: Tensor, augmentation: Augmentation, channel: int, field: Tensor | None, space: _Workspace) -> None:
    """Change one sequence (D, H, W) in place, in the order in which a scanner would."""
    inside = torch.sign(image, out=space.inside).abs_()  # 1 in the brain, else 0, in the type that multiplies fastest
    if augmentation.blur_voxels > 0:
        blur_(image, augmentation.blur_voxels, space.scratch)
    if augmentation.coarseness != (1.0, 1.0, 1.0):
        image.copy_(coarsen(image, augmentation.coarseness))
    image.mul_(inside)
    if augmentation.gamma[channel] != 1:
        bend_(image, inside, float(augmentation.gamma[channel]))
    factor, summand = float(augmentation.gain[channel]), float(augmentation.shift[channel])
    if augmentation.contrast[channel] != 1:
        contrast = float(augmentation.contrast[channel])
        mean = float(image.sum() / inside.sum().clamp(min=1))
        factor, summand = factor * contrast, summand + factor * (1 - contrast) * mean
    if factor != 1:
        image.mul_(factor)
    if summand != 0:
        image.add_(inside, alpha=summand)
    if field is not None:
        image.add_(field)
    if augmentation.noise_sd > 0:
        image.add_(space.scratch.normal_(generator=space.noise), alpha=augmentation.noise_sd)
    if field is not None or augmentation.noise_sd > 0:
        image.mul_(inside)


def blur_(image: Tensor, sd_voxels: float, scratch: Tensor) -> None:
    """Blur an image (D, H, W) in place with a Gaussian that mirrors what lies beyond the faces.

    Args:
        image: one sequence.
        sd_voxels: standard deviation.
        scratch: memory of the same shape.
    """
    reach = int(BLUR_REACH * sd_voxels + 0.5)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sd_voxels) ** 2)
    weights /= weights[0] + 2 * weights[1:].sum()
    before, after = image, scratch
    for axis, size in enumerate(image.shape):
        torch.mul(before, float(weights[0]), out=after)
        for distance, weight in enumerate(map(float, weights[1:]), start=1):
            near = min(distance, size)
            rest = size - near
            after.narrow(axis, near, rest).add_(before.narrow(axis, 0, rest), alpha=weight)
            after.narrow(axis, 0, rest).add_(before.narrow(axis, near, rest), alpha=weight)
            for face in (0, rest):
                after.narrow(axis, face, near).add_(before.narrow(axis, face, near).flip(axis), alpha=weight)
        before, after = after, before
    image.copy_(before)


def coarsen(image: Tensor, edges: tuple[float, float, float]) -> Tensor:
    """Return an image (D, H, W) as if its voxels had been larger: averaged in larger voxels, interpolated back.

    Args:
        image: one sequence.
        edges: of the larger voxels, in voxels, along each axis.
    """
    shape = image.shape
    sizes = [max(1, round(size / edge)) for size, edge in zip(shape, edges, strict=True)]
    for axis in (0, 1):
        image = _average(image, axis, sizes[axis])
    if sizes[2] < shape[2]:  # along rows, a product is faster than picking single voxels
        identity = torch.eye(shape[2], device=image.device)
        image = image @ _interpolate(_average(identity, 0, sizes[2]), 0, shape[2]).T
    for axis in (1, 0):
        image = _interpolate(image, axis, shape[axis])
    return image


def _average(image: Tensor, axis: int, size: int) -> Tensor:
    """Return an axis at a lower resolution: each new voxel is the mean of samples spread evenly over it."""
    there = image.shape[axis]
    if size == there:
        return image
    samples = int(np.ceil(there / size))
    within = (torch.arange(samples, device=image.device) + 0.5) / samples
    positions = (torch.arange(size, device=image.device)[:, None] + within) * (there / size)
    indices = positions.long().clamp_(max=there - 1)  # (size, samples)
    total = image.index_select(axis, indices[:, 0])
    for sample in range(1, samples):
        total += image.index_select(axis, indices[:, sample])
    return total.mul_(1 / samples)


def _interpolate(image: Tensor, axis: int, size: int) -> Tensor:
    """Return an axis at a higher resolution, linearly."""
    there = image.shape[axis]
    if size == there:
        return image
    positions = ((torch.arange(size, device=image.device) + 0.5) * (there / size) - 0.5).clamp_(0, there - 1)
    low = positions.long()
    weight = (positions - low).view([-1 if a == axis else 1 for a in range(image.ndim)])
    lower, upper = image.index_select(axis, low), image.index_select(axis, (low + 1).clamp_(max=there - 1))
    return torch.lerp(lower, upper, weight, out=lower)


def bend_(image: Tensor, inside: Tensor, exponent: float) -> None:
    """Bend an image's grey scale in place; mean and SD in the brain stay, so brightness keeps its meaning.

    Args:
        image: one sequence (D, H, W), zero outside the brain.
        inside: 1 in the brain, else 0.
        exponent: of the gamma curve, from the darkest voxel of the brain on.
    """
    count = float(inside.sum())
    if count < 2:
        return
    lowest = float(image.amin())
    if lowest >= 0:  # then the zeros outside are darker than the brain
        lowest = float(image.masked_fill(inside == 0, torch.inf).amin())
    mean, sd = _mean_and_sd(image, count)
    image.sub_(lowest).clamp_(min=0).log_().mul_(exponent).exp_().mul_(inside)  # log and exp are faster than pow
    bent_mean, bent_sd = _mean_and_sd(image, count)
    scale = sd / bent_sd if bent_sd > 0 else 0.0
    image.mul_(scale).add_(inside, alpha=mean - bent_mean * scale)


def _mean_and_sd(image: Tensor, count: float) -> tuple[float, float]:
    """Return mean and SD over so many voxels of an image that is zero elsewhere; far faster than `torch.std_mean`."""
    mean = float(image.sum()) / count
    square = float(torch.linalg.vector_norm(image)) ** 2 / count
    return mean, max(square - mean**2, 0.0) ** 0.5
