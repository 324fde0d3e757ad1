"""Masks as a challenge takes them: one folder with `<case>.nii.gz`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import write_bytes
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.text.errors import UsageError, require
from braintumornet.output.label_file import label_rule
from braintumornet.tasks.task import Task


def require_submission(folder: Path, predictions: Path, tasks: Sequence[Task], cohort: Cohort) -> None:
    """Refuse what cannot become a submission, before any work.

    Args:
        folder: for the masks.
        predictions: folder of the predictions.
        tasks: that are answered.
        cohort: whose files are read.

    Raises:
        UsageError: the tasks do not give exactly one mask file for each case, or the masks would take the place of
            predictions or of what is read.
    """
    outlined = [task for task in tasks if task.gives == "maps"]
    names = ", ".join(task.name for task in outlined) or "none"
    msg = f"a submission holds one mask of each case; name one task that outlines with --task (here: {names})"
    require(len(outlined) == 1, msg, UsageError)
    regions = ", ".join(outlined[0].answered)
    msg = f"a submission holds one mask of each case, and {regions} of task {names} do not fit into one"
    require(label_rule(outlined[0].answered), msg, UsageError)
    msg = f"{folder} is the folder of the predictions; give the submission a folder of its own"
    require(folder.resolve() != predictions.resolve(), msg, UsageError)
    read = {file.resolve() for case in cohort for file in case.files().values()}
    for case in cohort:
        mask = _mask(folder, case.id)
        require(mask.resolve() not in read, f"{mask} would be overwritten, but it is read; choose another", UsageError)


def write_submission(records: Iterable[PredictionRecord], place: PredictionFolder, folder: Path) -> list[Path]:
    """Write the masks of cases once more, called after the cases alone, and return the files.

    Args:
        records: of predictions with one mask file each; others are left out.
        place: where their files lie.
        folder: for the masks.

    Raises:
        InputError: a file cannot be read or written.
    """
    written = []
    for record in records:
        own = [place.labels(record.case_id, task) for task in record.segmentation]
        there = {file.name for outline in record.segmentation.values() for file in outline.files}
        masks = [file for file in own if file.name in there]
        if len(masks) == 1:
            written.append(_mask(folder, record.case_id))
            write_bytes(written[-1], masks[0].read_bytes())
    return written


def _mask(folder: Path, case_id: str) -> Path:
    return folder / f"{case_id}.nii.gz"
