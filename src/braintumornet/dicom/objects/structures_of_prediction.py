"""The masks of a prediction as structures on the grid of a series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.label_scheme import POOLED, parse_label_scheme, region_masks
from braintumornet.core.prediction_record import OutlineRecord
from braintumornet.core.space import require_same_space
from braintumornet.dicom.objects.coded_terms import rt_type_of, term_of
from braintumornet.dicom.objects.outlined_structure import Algorithm, OutlinedStructure
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.output.measures import is_of_metastases, measure_masks
from braintumornet.volumes.components import number_components
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import ras_grid, to_grid_of

MOST_LESIONS = 99
"""That become structures of their own: planning systems show each in a list."""

_COLOURS = {"WT": (0, 170, 80), "TC": (225, 130, 0), "ET": (215, 40, 40), "RC": (60, 120, 220)}
_OTHER_COLOUR = (200, 60, 200)
_LESION_COLOUR = (255, 220, 0)
_GTV_REGIONS = ("TC", POOLED, "ET", "WT")
"""Whose lesions become GTV_01 and so on, the first that is there: the core with what is necrotic in it."""


@dataclass(frozen=True, eq=False)
class TaskStructures:
    """What a task outlines.

    Args:
        regions: those that are not empty; they may overlap.
        tissues: that do not overlap, for a label map; none where the regions lie in several files.
        lesions: of one of the regions, from the largest to the smallest.
        lesions_left_out: how many there are beyond those.
        remarks: region -> why it is none of them.
    """

    regions: Sequence[OutlinedStructure]
    tissues: Sequence[OutlinedStructure]
    lesions: Sequence[OutlinedStructure]
    lesions_left_out: int
    remarks: Mapping[str, str]


def read_structures(
    task: str, outline: OutlineRecord, masks: Path, series: SeriesGrid, algorithm: Algorithm
) -> TaskStructures:
    """Read the masks of a task as structures; volumes and diameters are those of the voxels on the series.

    Args:
        task: its name.
        outline: what the prediction says of it.
        masks: folder with its files.
        series: on whose grid they lie.
        algorithm: that made them.

    Raises:
        InputError: a file cannot be read, or lies on another grid.
    """
    found: dict[str, np.ndarray] = {}
    tissues: dict[str, np.ndarray] = {}
    for file in outline.files:
        labels = _read_labels(masks / file.name, series)
        shown = dict(zip(file.regions, region_masks(labels, file.coding, file.regions), strict=True))
        found |= {region: mask for region, mask in shown.items() if region not in found}
        if set(file.regions) == set(outline.assessed):
            tissues = {tissue: labels == label for label, tissue in parse_label_scheme(file.coding).items()}
    make = _Maker(series, task, algorithm, is_of_metastases(dict(outline.where)))
    lesions, left_out = make.lesions(found)
    empty = {name: f"{name}: nothing was outlined" for name, mask in found.items() if not mask.any()}
    return TaskStructures(
        [make.whole(name, mask) for name, mask in found.items() if name not in empty],
        [make.whole(name, mask) for name, mask in tissues.items() if mask.any()],
        lesions,
        left_out,
        empty | {name: f"{name} is not assessed: it {why}" for name, why in outline.not_assessed.items()},
    )


def _read_labels(path: Path, series: SeriesGrid) -> np.ndarray:
    """Return labels (columns, rows, slices), the axes turned to run as those of the series."""
    labels = read_labels(path)
    require_same_space(labels.space, ras_grid(series.space), path.name, series.name)
    return to_grid_of(labels, series.space).array


@dataclass(frozen=True)
class _Maker:
    """Makes structures of masks (columns, rows, slices).

    Args:
        series: on whose grid they lie.
        task: that outlined them.
        algorithm: likewise.
        metastases: whether the task is for metastases alone.
    """

    series: SeriesGrid
    task: str
    algorithm: Algorithm
    metastases: bool

    def whole(self, name: str, mask: np.ndarray) -> OutlinedStructure:
        """Return a whole region or tissue."""
        return OutlinedStructure(
            name=name,
            term=term_of(name, self.metastases),
            mask=mask,
            tracking_uid=self._uid(name),
            rt_type=rt_type_of(name),
            colour=_COLOURS.get(name, _OTHER_COLOUR),
            volume_ml=int(mask.sum()) * self.series.space.voxel_ml,
        )

    def lesions(self, found: Mapping[str, np.ndarray]) -> tuple[list[OutlinedStructure], int]:
        """Return the lesions of which a gross tumour volume is proposed, and how many more there are."""
        region = next((name for name in _GTV_REGIONS if name in found and found[name].any()), None)
        if region is None:
            return [], 0
        measured = measure_masks({region: found[region]}, self.series.space, metastases=self.metastases)
        numbers, _ = number_components(found[region])
        whole, measures = self.whole(region, found[region]), measured.regions[region]
        lesions = [
            replace(
                whole,
                name=f"GTV_{lesion.number:02d}",
                mask=numbers == lesion.number,
                tracking_uid=self._uid(region, str(lesion.number)),
                colour=_LESION_COLOUR,
                volume_ml=lesion.volume_ml,
                diameters=lesion.diameters,
            )
            for lesion in measures.lesions[:MOST_LESIONS]
        ]
        return lesions, measures.number_of_lesions - len(lesions)

    def _uid(self, *what: str) -> str:
        from pydicom.uid import generate_uid

        return str(generate_uid(entropy_srcs=[self.series.series_uid, self.algorithm.fingerprint, self.task, *what]))
