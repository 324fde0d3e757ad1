"""Measures of any mask, whoever made it."""

import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from braintumornet.core.cohort.label_scheme import REGIONS, annotated_regions, region_masks
from braintumornet.core.prediction_record import OutlineRecord, PredictionRecord
from braintumornet.core.space import require_same_space
from braintumornet.core.text.errors import InputWarning, UsageError, prefix_errors
from braintumornet.core.text.names import require_among, shorten
from braintumornet.output.measures import measure_masks
from braintumornet.output.measures_table import tabulate_measures
from braintumornet.volumes.midplane import find_midplane
from braintumornet.volumes.nifti import read_labels, read_space, read_volume
from braintumornet.volumes.volume import to_grid_of

if TYPE_CHECKING:
    import pandas as pd

USUAL_REGIONS = ("WT", "TC", "ET")


def measure_mask(
    mask: str | PathLike[str],
    label_scheme: str,
    *,
    regions: Sequence[str] = (),
    brainmask: str | PathLike[str] | None = None,
    metastases: bool = False,
) -> "pd.DataFrame":
    """Measure the regions and lesions of a mask in the same way as those of a prediction.

    Args:
        mask: NIfTI file with labels.
        label_scheme: what the labels mean: brats2020, brats2023, ..., binary, or JSON, label -> tissue.
        regions: regions to measure; default: those of WT, TC and ET that the label scheme can represent.
        brainmask: NIfTI file on the same grid, used to find the side of each lesion; default: no side is reported.
        metastases: judge diameters by RANO-BM instead of RANO.

    Returns:
        A table with the columns of `measures.csv`: volumes in ml, diameters and positions in mm; `case_id` is the name
            of the file.

    Raises:
        InputError: a file cannot be read, or the mask holds a label that the label scheme does not have.
        GeometryError: mask and brain mask lie on different grids.
        UsageError: the label scheme cannot represent a region.

    Warns:
        InputWarning: something was not measured.

    Example:
        >>> import tempfile
        >>> import nibabel as nib, numpy as np
        >>> labels = np.zeros((20, 20, 20), np.uint8)
        >>> labels[5:15, 5:15, 5:15] = 1  # 10 x 10 x 10 voxels of 1 mm
        >>> file = Path(tempfile.mkdtemp()) / "mask.nii.gz"
        >>> nib.save(nib.Nifti1Image(labels, np.eye(4)), file)
        >>> float(measure_mask(file, "binary").loc[0, "volume_ml"])
        1.0
    """
    path = Path(mask)
    names = _choose_regions(label_scheme, regions)
    with prefix_errors(f"{path}: "):
        labels, space = read_labels(path), read_space(path)
        turned = to_grid_of(labels, space)  # slices are counted as in the file
        masks = dict(zip(names, region_masks(turned.array, label_scheme, names), strict=True))
    midplane = None
    if brainmask is not None:
        brain = read_volume(Path(brainmask))
        require_same_space(brain.space, labels.space, Path(brainmask).name, path.name)
        midplane = find_midplane(brain.array > 0.5, brain.space)
    measured = measure_masks(masks, space, midplane, metastases)
    for note in measured.notes:
        warnings.warn(f"{path}: {note}", InputWarning, stacklevel=2)
    outline = OutlineRecord(target="mask", regions=names, files=(), measures=measured.regions)
    return tabulate_measures([PredictionRecord(case_id=path.name, segmentation={"mask": outline})])


def _choose_regions(label_scheme: str, regions: Sequence[str]) -> list[str]:
    for region in regions:
        require_among(region, REGIONS, f"region {shorten(repr(region))} is not known")
    wanted = list(regions or USUAL_REGIONS)
    told = [region for region, is_told in zip(wanted, annotated_regions(label_scheme, wanted), strict=True) if is_told]
    missing = [region for region in wanted if region not in told]
    if not told or (regions and missing):
        msg = f"label scheme {shorten(label_scheme)!r} does not tell {', '.join(missing)}; name other regions"
        raise UsageError(msg)
    return told
