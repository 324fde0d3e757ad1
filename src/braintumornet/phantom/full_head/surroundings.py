"""What the detailed shell of a head is measured with: distances outwards from the brain, thicknesses, random blobs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.head_coordinates import Head, Triple
from braintumornet.phantom.smooth_noise import radial, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer

MASK_FLUID_MM = 1.5
"""How far a brain mask reaches into the fluid around the brain: about as far as masks of HD-BET and of BraTS do."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The space around a brain.

    Args:
        head: where the voxels lie.
        outwards_mm: distance from the brain's surface (D, H, W); negative inside.
        outside: share of each voxel that is not brain (D, H, W).
        gap_mm: width of the CSF between brain and dura (D, H, W).
        dura_mm: thickness of the dura (D, H, W).
        skull_mm: thickness of the skull (D, H, W).
        child: whether the head is that of a child below 6 years, whose skull is thin and whose marrow is red.
    """

    head: Head
    outwards_mm: np.ndarray
    outside: np.ndarray
    gap_mm: np.ndarray
    dura_mm: np.ndarray
    skull_mm: np.ndarray
    child: bool

    @property
    def edge_mm(self) -> float:
        """Half a voxel: over which a border is smeared to either side."""
        return 0.5 * self.head.voxel_mm

    @property
    def skull_depth_mm(self) -> np.ndarray:
        """How deep each voxel lies under the outer surface of the skull (D, H, W)."""
        depth: np.ndarray = self.gap_mm + self.dura_mm + self.skull_mm - self.outwards_mm
        return depth

    @property
    def mask_distance_mm(self) -> np.ndarray:
        """Distance to the surface of a brain mask (D, H, W), which holds the nearest fluid but no dura."""
        distance: np.ndarray = self.outwards_mm - np.minimum(self.gap_mm, np.float32(MASK_FLUID_MM))
        return distance

    def blob(self, rng: np.random.Generator, tissue: str, centre: Triple, radii: Triple, rough: float = 0.15) -> Layer:
        """Return an ellipsoid of a tissue with an uneven margin; the brain is spared."""
        box = self.head.box(centre, np.multiply(radii, 1 + 2 * rough) + self.edge_mm)
        part = self.head.cut(box)
        reach = radial(part.position, tuple(centre), tuple(radii))
        if part.position.size:
            reach += np.float32(rough) * smooth_noise(rng, part.axes, 0.8 * float(np.mean(radii)) + 2)
        share = soft_step((1 - reach) * np.float32(min(radii)), self.edge_mm)
        return Layer(tissue, share * self.outside[box], box)

    def pair(
        self, rng: np.random.Generator, tissue: str, centre: Triple, radii: Triple, rough: float = 0.15
    ) -> list[Layer]:
        """Return the same blob on either side."""
        x, y, z = centre
        return [self.blob(rng, tissue, (sign * x, y, z), radii, rough) for sign in (-1, 1)]


def surface_distance_mm(head: Head, depth: np.ndarray) -> np.ndarray:
    """Return the signed distance to a surface, in mm of the grid (D, H, W); negative inside.

    To first order: depth over the length of its gradient, which is right near the surface and monotonous beyond.

    Args:
        head: where the voxels lie.
        depth: any measure of depth that is 0 at the surface and rises inwards (D, H, W).
    """
    slopes: Sequence[np.ndarray] = np.gradient(depth, *(float(axis[1] - axis[0]) for axis in head.axes))
    steepness = np.sqrt(np.square(slopes[0]) + np.square(slopes[1]) + np.square(slopes[2]))
    distance: np.ndarray = -depth / np.maximum(steepness, np.float32(0.3))
    return distance


def draw_surroundings(rng: np.random.Generator, head: Head, depth: np.ndarray, age_years: float) -> Surroundings:
    """Draw how wide the CSF is around a brain, and how thick dura and skull are.

    The gap runs from none to that of a severe atrophy; it is wider in the cisterns below the brain.

    Args:
        rng: random stream.
        head: where the voxels lie.
        depth: how deep each voxel lies under the brain's surface, in mm (D, H, W).
        age_years: children have thin skulls.
    """
    outwards = surface_distance_mm(head, depth)
    child = age_years < 6
    low, high = ((0.2, 1.5), (1.5, 4.0), (4.0, 9.0))[int(rng.choice(3, p=[0.6, 0.28, 0.12]))]
    gap = np.float32(rng.uniform(low, high)) * (1 + np.float32(0.35) * smooth_noise(rng, head.axes, 38))
    x, y, z = head.position
    cistern = np.exp(-np.square(x / 24) - np.square((y + 2) / 30) - np.square((z + 34) / 16))
    gap += np.float32(rng.uniform(1, 8)) * cistern
    below = np.exp(-np.square(x / 26) - np.square((y + 55) / 22) - np.square((z + 58) / 14))  # cisterna magna
    gap += np.float32(rng.uniform(0, 8)) * below
    gap = np.maximum(gap, np.float32(0.1))
    dura = np.float32(rng.uniform(0.5, 2.0)) * (1 + np.float32(0.3) * smooth_noise(rng, head.axes, 26))
    thickness = rng.uniform(2.0, 5.0) if child else rng.uniform(3.0, 10.0)
    skull = np.float32(thickness) * (1 + np.float32(0.25) * smooth_noise(rng, head.axes, 34))
    temporal = np.exp(-np.square((np.abs(x) - 68) / 22) - np.square((y - 12) / 38) - np.square((z + 12) / 26))
    skull *= 1 - np.float32(rng.uniform(0.1, 0.6)) * temporal
    outside = 1 - soft_step(depth, 0.5 * head.voxel_mm)
    return Surroundings(head, outwards, outside, gap, np.maximum(dura, 0.2), np.maximum(skull, 1.5), child)
