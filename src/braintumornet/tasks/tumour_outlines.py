"""Which segmentation tasks show other tasks where the tumour is."""

from collections.abc import Sequence

from braintumornet.core.cohort.case import Case
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import suggest
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.tasks.task import Task


def segmentations(tasks: Sequence[Task]) -> list[SegmentationTask]:
    """Return those of the tasks that can show another where the tumour is."""
    return [task for task in tasks if isinstance(task, SegmentationTask)]


def outlines_of(task: Task, tasks: Sequence[Task]) -> list[SegmentationTask]:
    """Return the segmentation tasks that show a task where the tumour is; none for a task that does not look there.

    Example:
        >>> from braintumornet.tasks.classification import ClassificationTask
        >>> tumour = SegmentationTask(name="tumour", regions=("WT",))
        >>> idh = ClassificationTask(name="idh", target="idh", classes=("wildtype", "mutant"))
        >>> [outline.name for outline in outlines_of(idh, [tumour, idh])], outlines_of(tumour, [tumour, idh])
        (['tumour'], [])
    """
    known = segmentations(tasks)
    wanted = task.outlines(in_order_of_choice(known))
    return [other for other in known if other.name in wanted]


def in_order_of_choice(outlines: Sequence[SegmentationTask]) -> list[str]:
    """Return the names of segmentation tasks, detached ones last: none of them may change what another task is shown.

    Example:
        >>> first = SegmentationTask(name="first", regions=("WT",), detach=True)
        >>> in_order_of_choice([first, SegmentationTask(name="second", regions=("WT",))])
        ['second', 'first']
    """
    return [outline.name for outline in sorted(outlines, key=lambda outline: outline.detach)]


def shown_outlines(tasks: Sequence[Task]) -> list[SegmentationTask]:
    """Return the segmentation tasks that show any task where the tumour is, in the order of the tasks."""
    shown = {outline.name for task in tasks for outline in outlines_of(task, tasks)}
    return [task for task in segmentations(tasks) if task.name in shown]


def teaches(case: Case, task: Task, tasks: Sequence[Task]) -> bool:
    """Say whether a task can learn anything from a case; one that sees the tumour must be shown where it is."""
    outlines = outlines_of(task, tasks)
    return task.labelled(case) and (not outlines or any(outline.labelled(case) for outline in outlines))


def require_outlines(tasks: Sequence[Task]) -> None:
    """Refuse a task that sees the tumour where nothing shows it.

    Raises:
        ValueError: names the task.
    """
    known = [task.name for task in segmentations(tasks)]
    for task in tasks:
        wanted = task.outlines(known)
        require(
            wanted or not task.sees_tumour,
            f"task {task.name!r} has roi: tumour, so it needs a segmentation task; or set roi: patch",
            ValueError,
        )
        for name in wanted:
            if name not in known:
                msg = f"task {task.name!r} has roi: tumour, but tumour_from {name!r} is no segmentation task; "
                msg += f"{suggest(name, known)} or set roi: patch"
                raise ValueError(msg)
