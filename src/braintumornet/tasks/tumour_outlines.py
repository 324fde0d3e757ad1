"""Which segmentation tasks show a classification task where the tumour is."""

from collections.abc import Sequence

from braintumornet.core.case import Case
from braintumornet.core.text.names import suggest
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.tasks.task import Task


def outlines_of(task: Task, tasks: Sequence[Task]) -> list[SegmentationTask]:
    """Return the segmentation tasks that show a task where the tumour is; none for a task that does not look there.

    Example:
        >>> tumour = SegmentationTask(name="tumour", regions=("WT",))
        >>> idh = ClassificationTask(name="idh", target="idh", classes=("wildtype", "mutant"))
        >>> [outline.name for outline in outlines_of(idh, [tumour, idh])], outlines_of(tumour, [tumour, idh])
        (['tumour'], [])
    """
    known = [other for other in tasks if isinstance(other, SegmentationTask)]
    wanted = task.outlines(in_order_of_choice(known)) if isinstance(task, ClassificationTask) else ()
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
    return [task for task in tasks if isinstance(task, SegmentationTask) and task.name in shown]


def require_own_files(tasks: Sequence[Task]) -> None:
    """Refuse tasks whose predictions would be written into each other's files.

    Masks lie in `<case>_<task>.nii.gz`, or for each region in `<case>_<task>_<region>.nii.gz`, and probabilities in
    `<case>_<task>_prob.nii.gz`; some file systems take large letters for small ones.

    Raises:
        ValueError: names the two.
    """
    owners: dict[str, str] = {}
    for task in tasks:
        parts = ["prob", *task.regions] if isinstance(task, SegmentationTask) else []
        for file in (task.name, *(f"{task.name}_{part}" for part in parts)):
            other = owners.setdefault(file.lower(), task.name)
            if other != task.name:
                msg = f"tasks: the files of {other!r} and {task.name!r} would have the same names; rename one"
                raise ValueError(msg)


def teaches(case: Case, task: Task, tasks: Sequence[Task]) -> bool:
    """Say whether a task can learn anything from a case; one that sees the tumour must be shown where it is."""
    if not isinstance(task, ClassificationTask) or task.sees == "patch":
        return task.labelled(case)
    return task.labelled(case) and any(outline.labelled(case) for outline in outlines_of(task, tasks))


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
