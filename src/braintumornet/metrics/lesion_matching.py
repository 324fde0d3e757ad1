"""Which lesions the truth has, and which predicted components answer each."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from braintumornet.core.tolerance import upper
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.metrics.mask_pair import MaskPair

RANKS = {6: 1, 18: 2, 26: 3}  # neighbours -> SciPy's connectivity


@dataclass(frozen=True, eq=False)
class LesionMatch:
    """Lesions and components of a pair of masks, counted from 1 in the volumes and from 0 in the arrays.

    Args:
        lesions: number of the lesion at each voxel of the truth, 0 elsewhere, (D, H, W).
        components: number of the component at each voxel of the prediction, 0 elsewhere, (D, H, W).
        lesion_voxels: of each lesion, (L,).
        component_voxels: of each component, (C,).
        touching: pairs (lesion, component) that touch, (P, 2).
        common_voxels: of each lesion, those that are predicted, (L,).
    """

    lesions: np.ndarray
    components: np.ndarray
    lesion_voxels: np.ndarray
    component_voxels: np.ndarray
    touching: np.ndarray
    common_voxels: np.ndarray

    @property
    def answer_voxels(self) -> np.ndarray:
        """Voxels of all components that touch each lesion, (L,)."""
        lesion, component = self.touching.T
        voxels: np.ndarray = np.bincount(lesion, self.component_voxels[component], minlength=len(self.lesion_voxels))
        return voxels

    def answers(self, lesion: int) -> np.ndarray:
        """Say of each number in `components` whether it touches a lesion, (1 + C,); the background does not."""
        flags = np.zeros(1 + len(self.component_voxels), dtype=bool)
        flags[1 + self.touching[self.touching[:, 0] == lesion, 1]] = True
        return flags

    def false_voxels(self) -> list[int]:
        """Return the voxels of each component that touches no lesion."""
        false = np.ones(len(self.component_voxels), dtype=bool)
        false[self.touching[:, 1]] = False
        return [int(voxels) for voxels in self.component_voxels[false]]


def match_lesions(pair: MaskPair, settings: LesionSettings) -> LesionMatch:
    """Find the lesions of the truth, the components of the prediction, and which of them touch.

    A lesion is a component of the grown truth: what it grew from is one lesion, and it is itself the union of their
    grown masks, so that a predicted component touches the grown lesion where the two share a voxel.

    Args:
        pair: the masks.
        settings: what counts as a lesion.
    """
    structure = ndimage.generate_binary_structure(3, RANKS[settings.neighbours])
    grown, lesions = _label_grown(pair, upper(settings.dilation_mm), structure)  # 3 mm are three voxels of 1 mm
    components, count = ndimage.label(pair.prediction, structure)
    of_truth, of_prediction = grown[pair.truth], components[pair.prediction]
    below = grown[pair.prediction]  # the lesion, if any, in whose reach each predicted voxel lies
    factor = np.int64(count + 1)
    codes = below[below > 0] * factor + of_prediction[below > 0]
    codes = np.unique(codes[np.diff(codes, prepend=-1) != 0])  # most voxels say the same as the one before
    touching = np.stack(np.divmod(codes, factor), axis=1) - 1
    return LesionMatch(
        lesions=np.where(pair.truth, grown, 0),
        components=components,
        lesion_voxels=np.bincount(of_truth, minlength=lesions + 1)[1:],
        component_voxels=np.bincount(of_prediction, minlength=count + 1)[1:],
        touching=touching,
        common_voxels=np.bincount(grown[pair.truth & pair.prediction], minlength=lesions + 1)[1:],
    )


def _label_grown(pair: MaskPair, dilation_mm: float, structure: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the components of the grown truth, (D, H, W), and their number."""
    spacing_mm = np.asarray(pair.space.spacing_mm)
    margin = np.floor(dilation_mm / spacing_mm).astype(int)
    labels, count = ndimage.label(_grow(np.pad(pair.truth, margin[:, None]), dilation_mm, spacing_mm), structure)
    x, y, z = (slice(size, -size or None) for size in margin)
    return labels[x, y, z], count


def _grow(mask: np.ndarray, dilation_mm: float, spacing_mm: np.ndarray) -> np.ndarray:
    """Grow a mask (D, H, W) that nowhere comes nearer to the edge than it grows.

    Steps to 18 neighbours, n times, reach all voxels no further than n along each axis and 2 n along all together.
    The body is put together from runs along the last axis; in the flat array each is one roll of the whole.
    """
    sides = [np.arange(-size, size + 1) for size in np.floor(dilation_mm / spacing_mm[:2]).astype(int)]
    used_mm = np.add.outer(*(np.abs(side) * mm for side, mm in zip(sides, spacing_mm[:2], strict=True)))
    reach = np.floor(np.minimum(dilation_mm, 2 * dilation_mm - used_mm) / spacing_mm[2]).astype(int)
    runs = [mask.ravel()]
    for size in range(1, reach.max(initial=0) + 1):
        runs.append(np.roll(runs[0], size) | np.roll(runs[0], -size) | runs[-1])
    grown = np.zeros_like(runs[0])
    for x, y in zip(*np.nonzero(reach >= 0), strict=True):
        step = (sides[0][x] * mask.shape[1] + sides[1][y]) * mask.shape[2]
        grown |= np.roll(runs[reach[x, y]], step)  # the edges are empty: nothing comes round
    return grown.reshape(mask.shape)
