"""The masks of a task as label files in the grid of the case's own images."""

from collections.abc import Mapping

import numpy as np

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction import Prediction, PredictionFolder
from braintumornet.core.prediction_record import FileRecord
from braintumornet.output.label_file import LabelRule, label_rule
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume, ras_grid, to_grid_of


def write_masks(
    prediction: Prediction,
    task: str,
    regions: tuple[str, ...],
    masks: np.ndarray,
    place: PredictionFolder,
    rule: LabelRule | None,
) -> tuple[list[FileRecord], dict[str, np.ndarray]]:
    """Write the masks of a task, and return their files, and region -> mask as it is read from these (D, H, W)."""
    files = {}
    if rule is not None:
        files[place.labels(prediction.case_id, task)] = (rule, regions, masks)
    else:
        for region, mask in zip(regions, masks, strict=True):
            own = label_rule([region])
            if own is not None:
                files[place.labels(prediction.case_id, task, region)] = (own, (region,), mask[None])
    native = prediction.native_space
    written: list[FileRecord] = []
    read: dict[str, np.ndarray] = {}  # an inner region widens the outer ones where it lies outside
    for path, (painting, names, shown) in files.items():
        labels = to_grid_of(Volume(painting.paint(names, shown), ras_grid(native)), native)
        write_volume(labels, path)
        written.append(FileRecord(name=path.name, coding=painting.coding, regions=names))
        read |= zip(names, region_masks(labels.array, painting.coding, names), strict=True)
    return written, read


def write_region_files(
    masks: Mapping[str, np.ndarray], prediction: Prediction, task: str, place: PredictionFolder
) -> list[FileRecord]:
    """Write each region into a file of its own, for programs that take one mask at a time.

    Args:
        masks: region -> mask as it is read from the label file, in the grid of the case's own images.
        prediction: whose.
        task: that outlines them.
        place: for the files.
    """
    written = []
    for region, mask in masks.items():
        rule = label_rule([region])
        if rule is not None:  # else it is no region that one label can mean
            path = place.labels(prediction.case_id, task, region)
            write_volume(Volume(mask.astype(np.uint8) * rule.labels[region], prediction.native_space), path)
            written.append(FileRecord(name=path.name, coding=rule.coding, regions=[region]))
    return written
