"""Which files predictions would write, and whether those are their own."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.text.errors import InputError, UsageError, prefix_errors, require
from braintumornet.core.text.names import file_key
from braintumornet.output.label_file import label_rule
from braintumornet.output.measures_table import require_own_table
from braintumornet.tasks.task import Task

KEPT_BY_OTHERS = ("config.yaml", "split.json", "plan.json", "study.yaml")  # files of runs and studies


def require_no_overwriting(folder: Path, cohort: Cohort, tasks: Sequence[Task], probabilities: bool) -> None:
    """Refuse predictions of which one would overwrite another, a file of a case, or one of a run or study.

    Args:
        folder: for the files.
        cohort: the cases.
        tasks: of the run that predicts.
        probabilities: whether these are written too.

    Raises:
        UsageError: the folder is that of a run or study.
        InputError: two cases and tasks would have the same file, or one that a case is read from; or the folder holds
            another table under the name of that of the measures.
    """
    kept = next((name for name in KEPT_BY_OTHERS if (folder / name).exists()), None)
    if kept is not None:
        own = folder / "predictions"
        msg = f"{folder} holds the {kept} of a run or study; choose a folder of its own, such as {own}"
        raise UsageError(msg)
    require_own_table(folder)
    read = {file.resolve(): case.id for case in cohort for file in case.files().values()}
    writers: dict[str, tuple[str, str]] = {}
    for case in cohort:
        for task, path in _written(PredictionFolder(folder), case.id, tasks, probabilities):
            other = writers.setdefault(file_key(path.name), (case.id, task))
            require(
                other == (case.id, task),
                f"case {other[0]}, task {other[1]} and case {case.id}, task {task} would both be written to "
                f"{path.name}; rename one of them, or predict them into folders of their own",
            )
            if path.resolve() in read:
                owner = read[path.resolve()]
                msg = f"{path} would be overwritten, which case {owner} is read from; choose another folder"
                raise InputError(msg)


def require_own_files(tasks: Sequence[Task]) -> None:
    """Refuse tasks whose predictions would be written into each other's files.

    Masks lie in `<case>_<task>.nii.gz`, or for each region in `<case>_<task>_<region>.nii.gz`, probabilities and
    entropies in `<case>_<task>_prob.nii.gz` and `_entropy`; some file systems take large letters for small ones.

    Raises:
        ValueError: names the two.
    """
    owners: dict[str, str] = {}
    for task in tasks:
        parts = ["prob", "entropy", *task.answered] if task.gives == "maps" else []
        for file in (task.name, *(f"{task.name}_{part}" for part in parts)):
            other = owners.setdefault(file.lower(), task.name)
            require(
                other == task.name,
                f"tasks: the files of {other!r} and {task.name!r} would have the same names; rename one",
                ValueError,
            )


def require_label_scheme(tasks: Sequence[Task], label_scheme: str | None) -> None:
    """Refuse a label scheme in whose numbers the masks of some task cannot be written.

    Raises:
        UsageError: names the task.
        InputError: the label scheme is not known.
    """
    for task in tasks:
        if label_scheme is not None and task.gives == "maps":
            with prefix_errors(f"task {task.name!r}: "):
                label_rule(task.answered, label_scheme)


def _written(
    place: PredictionFolder, case_id: str, tasks: Sequence[Task], probabilities: bool
) -> Iterator[tuple[str, Path]]:
    yield "", place.summary(case_id)
    yield "", place.page(case_id)
    for task in tasks:
        if task.gives != "maps":
            continue
        if label_rule(task.answered) is not None:
            yield task.name, place.labels(case_id, task.name)
        yield from ((task.name, place.labels(case_id, task.name, region)) for region in task.answered)
        if probabilities:
            yield task.name, place.probabilities(case_id, task.name)
        yield task.name, place.entropy(case_id, task.name)
