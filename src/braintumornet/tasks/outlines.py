"""Which segmentation tasks show a classification task where the tumour is."""

from collections.abc import Sequence

from braintumornet.core.names import suggest
from braintumornet.tasks.base import Task
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask


def outlines_of(task: Task, tasks: Sequence[Task]) -> list[SegmentationTask]:
    """Return the segmentation tasks that show a task where the tumour is; none for a task that does not look there.

    Example:
        >>> tumour = SegmentationTask(name="tumour", regions=("WT",))
        >>> idh = ClassificationTask(name="idh", target="idh", classes=("wildtype", "mutant"))
        >>> [outline.name for outline in outlines_of(idh, [tumour, idh])], outlines_of(tumour, [tumour, idh])
        (['tumour'], [])
    """
    known = [other for other in tasks if isinstance(other, SegmentationTask)]
    wanted = task.outlines([other.name for other in known]) if isinstance(task, ClassificationTask) else ()
    return [other for other in known if other.name in wanted]


def require_outlines(tasks: Sequence[Task]) -> None:
    """Refuse a task that sees the tumour where nothing shows it.

    Raises:
        ValueError: names the task.
    """
    known = [task.name for task in tasks if isinstance(task, SegmentationTask)]
    for task in tasks:
        wanted = task.outlines(known) if isinstance(task, ClassificationTask) else ()
        if isinstance(task, ClassificationTask) and task.sees == "tumour" and not wanted:
            msg = f"task {task.name!r} sees the tumour, so it needs a segmentation task; or set sees: patch"
            raise ValueError(msg)
        for name in wanted:
            if name not in known:
                msg = f"task {task.name!r} sees the tumour, but tumour_from {name!r} is no segmentation task; "
                msg += f"{suggest(name, known)} or set sees: patch"
                raise ValueError(msg)
