"""Which tasks a case is for, told by one of the tasks itself: the router."""

from collections.abc import Sequence

from braintumornet.core.text.errors import require
from braintumornet.core.text.names import require_among
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import outlines_of, segmentations

AUTO = "auto"
"""What the choice of the router is called where a person could name tasks."""


def find_router(name: str, tasks: Sequence[Task]) -> ClassificationTask:
    """Return the classification task of this name after checking that its classes choose between segmentation tasks.

    Raises:
        ValueError: there is no such task, nothing to choose, nothing to choose for a class, or a class whose tumour the
            task is never shown.
    """
    routers = {task.name: task for task in tasks if isinstance(task, ClassificationTask)}
    require_among(name, routers, f"inference.router: there is no classification task {name!r}", ValueError)
    router = routers[name]
    outlining = segmentations(tasks)
    shown = [task.name for task in outlines_of(router, tasks)]
    require(
        any(router.target in task.where for task in outlining),
        f"inference.router: no segmentation task says `where: {{{router.target}: ...}}`, so nothing is to be chosen",
        ValueError,
    )
    for value in router.classes:
        fitting = [task.name for task in outlining if task.allows(router.target, value)]
        require(
            fitting,
            f"inference.router: no segmentation task is for {router.target} {value!r}; drop the class or add a task",
            ValueError,
        )
        require(
            router.roi != "tumour" or set(shown) & set(fitting),
            f"inference.router: task {name!r} is shown no tumour of {router.target} {value!r}; add "
            f"{' or '.join(fitting)} to its tumour_from, or set roi: patch",
            ValueError,
        )
    return router


def routed_tasks(router: ClassificationTask, found: str, tasks: Sequence[Task]) -> list[str]:
    """Return the names of the tasks that are for cases of a class, the router's own included.

    Example:
        >>> from braintumornet.tasks.segmentation import SegmentationTask
        >>> hgg = SegmentationTask(name="hgg", regions=("WT",), where={"pathology": "hgg"})
        >>> mets = SegmentationTask(name="mets", regions=("TC",), where={"pathology": "mets"})
        >>> router = ClassificationTask(name="kind", target="pathology", classes=("hgg", "mets"), roi="patch")
        >>> routed_tasks(router, "mets", [hgg, mets, router])
        ['mets', 'kind']
    """
    return [task.name for task in tasks if task is router or task.allows(router.target, found)]
