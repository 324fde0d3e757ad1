"""Intensities of a patch: what is zero, which is no brain, stays zero."""

import numpy as np
import torch
from torch import Tensor

from braintumornet.data.augment import Augmentation
from braintumornet.data.splines import SmoothField

BLUR_REACH = 2.0  # standard deviations


def vary_intensity(image: Tensor, augmentation: Augmentation) -> Tensor:
    """Return a patch with changed intensities; the patch itself where nothing is to be changed.

    Args:
        image: float32 (S, D, H, W), zero where there is no brain.
        augmentation: what to do.
    """
    changed = [_changes(augmentation, channel) for channel in range(len(image))]
    if not any(changed):
        return image
    noise = torch.Generator(image.device).manual_seed(augmentation.noise_seed)
    field = None
    if augmentation.field is not None:
        _, d, h, w = image.shape
        field = SmoothField(augmentation.field, (d, h, w), image.device).planes(0, d)
    result = torch.empty_like(image)
    for channel, target in enumerate(result):
        if augmentation.dropped[channel]:
            target.zero_()
        elif not changed[channel]:
            target.copy_(image[channel])
        else:
            smooth = None if field is None else field[channel]
            _vary(image[channel], augmentation, channel, smooth, noise, target)
    return result


def _changes(augmentation: Augmentation, channel: int) -> bool:
    a = augmentation
    factors = (a.gamma[channel], a.contrast[channel], a.gain[channel], *a.coarseness)
    summands = (a.shift[channel], a.blur_voxels, a.noise_sd, a.dropped[channel])
    return a.field is not None or any(factor != 1 for factor in factors) or any(summand != 0 for summand in summands)


def _vary(
    source: Tensor,
    augmentation: Augmentation,
    channel: int,
    field: Tensor | None,
    noise: torch.Generator,
    target: Tensor,
) -> None:
    """Change one sequence (D, H, W), in the order in which a scanner would: resolution, contrast, field, noise."""
    inside = source.sign().abs_()  # 1 in the brain, 0 outside, in the type that multiplies fastest
    varied = source
    if augmentation.blur_voxels > 0:
        varied = blur(varied, augmentation.blur_voxels)
    if augmentation.coarseness != (1.0, 1.0, 1.0):
        varied = coarsen(varied, augmentation.coarseness)
    if augmentation.gamma[channel] != 1:
        varied = bend(varied, inside, float(augmentation.gamma[channel]))
    factor, summand = float(augmentation.gain[channel]), float(augmentation.shift[channel])
    if augmentation.contrast[channel] != 1:
        contrast = float(augmentation.contrast[channel])
        mean = float((varied * inside).sum() / inside.sum().clamp(min=1))
        factor, summand = factor * contrast, summand + factor * (1 - contrast) * mean
    if (factor, summand) != (1.0, 0.0):
        varied = torch.mul(varied, factor).add_(summand)
    if field is not None:
        varied = varied + field
    if augmentation.noise_sd > 0:
        drawn = torch.empty_like(source).normal_(generator=noise)
        varied = torch.add(varied, drawn, alpha=augmentation.noise_sd)
    torch.mul(varied, inside, out=target)


def blur(image: Tensor, sd_voxels: float) -> Tensor:
    """Return an image (D, H, W) after a Gaussian blur that mirrors what lies beyond its faces."""
    reach = int(BLUR_REACH * sd_voxels + 0.5)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sd_voxels) ** 2)
    weights /= weights[0] + 2 * weights[1:].sum()
    for axis, size in enumerate(image.shape):
        blurred = image * float(weights[0])
        for distance, weight in enumerate(map(float, weights[1:]), start=1):
            near = min(distance, size)
            rest = size - near
            blurred.narrow(axis, near, rest).add_(image.narrow(axis, 0, rest), alpha=weight)
            blurred.narrow(axis, 0, rest).add_(image.narrow(axis, near, rest), alpha=weight)
            for face in (0, rest):
                blurred.narrow(axis, face, near).add_(image.narrow(axis, face, near).flip(axis), alpha=weight)
        image = blurred
    return image


def coarsen(image: Tensor, edges: tuple[float, float, float]) -> Tensor:
    """Return an image (D, H, W) as if its voxels had been larger: averaged in larger voxels, interpolated back.

    Args:
        image: one sequence.
        edges: of the larger voxels, in voxels, along each axis.
    """
    shape = image.shape
    sizes = [max(1, round(size / edge)) for size, edge in zip(shape, edges, strict=True)]
    axes = [axis for axis in range(3) if sizes[axis] < shape[axis]]
    for axis in axes:
        image = _average(image, axis, sizes[axis])
    for axis in reversed(axes):
        image = _interpolate(image, axis, shape[axis])
    return image


def _average(image: Tensor, axis: int, size: int) -> Tensor:
    """Return an axis at a lower resolution: each new voxel is the mean of samples spread evenly over it."""
    edge = image.shape[axis] / size
    samples = int(np.ceil(edge))
    positions = (
        torch.arange(size, device=image.device)[:, None] + (torch.arange(samples, device=image.device) + 0.5) / samples
    ) * edge
    indices = positions.long().clamp_(max=image.shape[axis] - 1)  # (size, samples)
    total = image.index_select(axis, indices[:, 0])
    for sample in range(1, samples):
        total += image.index_select(axis, indices[:, sample])
    return total.mul_(1 / samples)


def _interpolate(image: Tensor, axis: int, size: int) -> Tensor:
    """Return an axis at a higher resolution, linearly."""
    there = image.shape[axis]
    positions = ((torch.arange(size, device=image.device) + 0.5) * (there / size) - 0.5).clamp_(0, there - 1)
    low = positions.long().clamp_(max=max(there - 2, 0))
    high = (low + 1).clamp_(max=there - 1)
    weight = (positions - low).to(image.dtype).view([-1 if a == axis else 1 for a in range(3)])
    if axis < 2:
        lower = image.index_select(axis, low)
        return torch.lerp(lower, image.index_select(axis, high), weight, out=lower)
    matrix = image.new_zeros(there, size)  # along rows, a product is faster than picking single voxels
    columns = torch.arange(size, device=image.device)
    matrix[low, columns] += 1 - weight.view(-1)
    matrix[high, columns] += weight.view(-1)
    return image @ matrix


def bend(image: Tensor, inside: Tensor, exponent: float) -> Tensor:
    """Return an image with a bent grey scale; mean and SD in the brain stay, so brightness keeps its meaning.

    Args:
        image: one sequence (D, H, W).
        inside: 1 in the brain, else 0.
        exponent: of the gamma curve, from the darkest voxel of the brain on.
    """
    count = float(inside.sum())
    if count < 2:
        return image
    before = image * inside
    lowest = float(before.amin())
    if lowest >= 0:  # then the zeros outside are darker than the brain
        lowest = float(image.masked_fill(inside == 0, torch.inf).amin())
    bent = image.sub(lowest).clamp_(min=0).log_().mul_(exponent).exp_().mul_(inside)
    mean, sd = _mean_and_sd(before, count)
    bent_mean, bent_sd = _mean_and_sd(bent, count)
    scale = sd / max(bent_sd, 1e-6)
    return bent.mul_(scale).add_(mean - bent_mean * scale)


def _mean_and_sd(image: Tensor, count: float) -> tuple[float, float]:
    """Return mean and SD over so many voxels of an image that is zero elsewhere; far faster than `torch.std_mean`."""
    mean = float(image.sum()) / count
    square = float(torch.linalg.vector_norm(image)) ** 2 / count
    return mean, max(square - mean**2, 0.0) ** 0.5
