"""What cannot be told, or learned, of a case that lacks sequences."""

from collections.abc import Collection, Sequence

import numpy as np

from braintumornet.tasks.task import Task


def unmet_needs(task: Task, sequences: Sequence[str], there: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return region -> sequences that it needs and that are missing; no entry for a region that can be told.

    Args:
        task: whose regions.
        sequences: that the network reads.
        there: those that the case has.

    Example:
        >>> from braintumornet.tasks.segmentation import SegmentationTask
        >>> unmet_needs(SegmentationTask(name="glioma", regions=("WT", "ET")), ("t1c", "t2f"), ("t2f",))
        {'ET': ('t1c',)}
    """
    missing = {region: tuple(n for n in names if n not in there) for region, names in task.needs(sequences).items()}
    return {region: names for region, names in missing.items() if names}


def learnable(task: Task, sequences: Sequence[str], there: Collection[str]) -> np.ndarray:
    """Say what a task can learn from a sample: bool (M,) for the maps that it learns, bool () for its one label.

    A map of a region that cannot be told is not learned. Where the maps are exclusive classes, none is: a voxel that
    might be enhancing can be given to no class.

    Args:
        task: which.
        sequences: that the network reads.
        there: those that the sample has.

    Example:
        >>> from braintumornet.tasks.segmentation import SegmentationTask
        >>> learnable(SegmentationTask(name="glioma", regions=("WT", "ET")), ("t1c", "t2f"), ("t2f",))
        array([ True, False])
    """
    unmet = unmet_needs(task, sequences, there)
    if task.learned == task.answered:
        return np.array([name not in unmet for name in task.learned])
    return np.full(len(task.learned), not unmet) if task.learned else np.array(True)
