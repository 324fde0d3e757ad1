"""Which lesions the truth has, and which predicted components answer each."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from braintumornet.evaluation.lesion_settings import LesionSettings
from braintumornet.evaluation.pair import MaskPair

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
    grown, lesions = _label_grown(pair, settings.dilation_mm, structure)
    components, _ = ndimage.label(pair.prediction, structure)
    of_truth, of_prediction = grown[pair.truth], components[pair.prediction]
    below = grown[pair.prediction]  # the lesion, if any, in whose reach each predicted voxel lies
    codes = np.unique(below[below > 0].astype(np.int64) * (of_prediction.max(initial=0) + 1) + of_prediction[below > 0])
    touching = np.stack(np.divmod(codes, of_prediction.max(initial=0) + 1), axis=1) - 1
    return LesionMatch(
        lesions=np.where(pair.truth, grown, 0),
        components=components,
        lesion_voxels=np.bincount(of_truth, minlength=lesions + 1)[1:],
        component_voxels=np.bincount(of_prediction, minlength=1)[1:],
        touching=touching,
        common_voxels=np.bincount(grown[pair.truth & pair.prediction], minlength=lesions + 1)[1:],
    )


def _label_grown(pair: MaskPair, dilation_mm: float, structure: np.ndarray) -> tuple[np.ndarray, int]:
    margin, steps = _steps(dilation_mm, pair.space.spacing_mm)
    grown = np.pad(pair.truth, [(size, size) for size in margin])
    start = np.ravel_multi_index(tuple((pair.truth_border + margin).T), grown.shape)
    strides = np.array([grown.shape[1] * grown.shape[2], grown.shape[2], 1])
    flat = grown.reshape(-1)  # a view
    for step in steps @ strides:  # the inside is there already: only the border grows
        flat[start + step] = True
    labels, count = ndimage.label(grown, structure)
    x, y, z = (slice(size, -size or None) for size in margin)
    return labels[x, y, z], count


def _steps(dilation_mm: float, spacing_mm: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the margin (3,) and all steps (N, 3) in voxels within the body that a mask is grown by.

    Steps to 18 neighbours, n times, reach all voxels no further than n along each axis and 2 n along all together.
    """
    margin = np.floor(np.divide(dilation_mm, spacing_mm) + 1e-6).astype(int)
    steps = np.stack(np.meshgrid(*(np.arange(-size, size + 1) for size in margin), indexing="ij"), axis=-1)
    steps = steps.reshape(-1, 3)
    return margin, steps[np.abs(steps * spacing_mm).sum(axis=1) <= 2 * dilation_mm + 1e-6]
