"""Whether anybody ever saw how well a network does on patients whose labels an expert drew."""

from collections.abc import Iterable, Mapping

from braintumornet.core.run_records import SplitRecord
from braintumornet.core.text.names import is_phantom

NEVER = "never validated on patients with expert labels"
UNKNOWN = "not known whether it was validated on patients with expert labels"
NO_PATIENT = "trained on no patient: on synthetic heads (phantoms) alone"


def describe_validation(split: SplitRecord, tasks: Iterable[str]) -> dict[str, str]:
    """Return task -> on whom it was validated when its weights were chosen.

    Args:
        split: of the run; those of imported networks, and of runs of before, do not say everything.
        tasks: names.

    Example:
        >>> split = SplitRecord(train=["a"], val=[], test=[], cohort="c", validated={})
        >>> describe_validation(split, ["glioma"])
        {'glioma': 'never validated on patients with expert labels'}
    """
    return {task: _of_task(split, task) for task in tasks}


def _of_task(split: SplitRecord, task: str) -> str:
    if not split.train:
        return UNKNOWN  # it was imported
    if split.validated is None:
        return NEVER if _on_phantoms_alone(split) else UNKNOWN
    found = split.validated.get(task)
    if found is None or not found.patients:
        return NEVER
    return f"validated on {found.patients} patient{'' if found.patients == 1 else 's'} with expert labels"


def _on_phantoms_alone(split: SplitRecord) -> bool:
    """Say whether no patient can have been among those that were validated on, of a run that does not tell labels."""
    cohorts = [name for name, sides in split.cohorts.items() if "val" in sides]
    return not split.val or (bool(cohorts) and all(map(is_phantom, cohorts)))


def join_validation(by_task: Mapping[str, str]) -> str:
    """Return what is said of several tasks as one text.

    Example:
        >>> join_validation({"glioma": "validated on 12 patients with expert labels", "idh": NEVER})
        'glioma: validated on 12 patients with expert labels; idh: never validated on patients with expert labels'
        >>> join_validation({"glioma": NEVER, "mets": NEVER})
        'never validated on patients with expert labels'
    """
    texts = dict.fromkeys(by_task.values())
    return next(iter(texts)) if len(texts) == 1 else "; ".join(f"{task}: {text}" for task, text in by_task.items())
