"""What a network cannot say of a case that lacks sequences, and what a reader must know then."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from braintumornet.core.prediction import RegionMap
from braintumornet.tasks.sequence_needs import unmet_needs
from braintumornet.tasks.task import Task

BRIGHT_BEFORE_CONTRAST = (
    "t1n is missing: blood and melanin are bright without contrast agent too, so part of what seems to enhance may be "
    "one of them"
)


def explain_not_assessed(
    tasks: Sequence[Task], sequences: Sequence[str], there: Collection[str]
) -> dict[str, dict[str, str]]:
    """Return task -> region -> why it cannot be assessed; no entry for a task of which all can.

    Args:
        tasks: that answer.
        sequences: that the network reads.
        there: those that the case has.

    Example:
        >>> from braintumornet.tasks.segmentation import SegmentationTask
        >>> glioma = SegmentationTask(name="glioma", regions=("WT", "ET"))
        >>> explain_not_assessed([glioma], ("t1c", "t2f"), ("t2f",))
        {'glioma': {'ET': 'needs t1c, which is missing'}}
    """
    unmet = {task.name: unmet_needs(task, sequences, there) for task in tasks}
    return {
        task: {
            region: f"needs {' and '.join(names)}, which {'is' if len(names) == 1 else 'are'} missing"
            for region, names in missing.items()
        }
        for task, missing in unmet.items()
        if missing
    }


def leave_out(answer: RegionMap, regions: Collection[str]) -> RegionMap | None:
    """Return an answer without some regions, or None where nothing is left of it."""
    kept = [index for index, region in enumerate(answer.regions) if region not in regions]
    if len(kept) == len(answer.regions):
        return answer
    if not kept:
        return None
    scores = answer.decision_scores
    names = tuple(answer.regions[index] for index in kept)
    return RegionMap(names, answer.probabilities[kept], None if scores is None else np.asarray(scores[kept]))


def note_missing(
    sequences: Sequence[str],
    there: Collection[str],
    lacked: Collection[str] | None,
    needs: Mapping[str, Collection[str]],
) -> list[str]:
    """Return what a reader must know of the sequences that a case lacks.

    Args:
        sequences: that the network reads.
        there: those that the case has.
        lacked: those that it learned to do without; None where that is not known.
        needs: region -> sequences without which nobody can tell it, of all that the network outlines.
    """
    missing = [name for name in sequences if name not in there]
    notes = [
        f"{name} is missing, and the network never learned to do without it: look twice"
        for name in missing
        if lacked is not None and name not in lacked
    ]
    if "t1n" in missing and "t1c" in there and any("t1c" in names for names in needs.values()):
        notes.append(BRIGHT_BEFORE_CONTRAST)
    return notes
