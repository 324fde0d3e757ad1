"""From images of whatever kind to predictions in their own space, in one call."""

from collections.abc import Callable, Collection
from functools import partial
from os import PathLike
from pathlib import Path

from braintumornet.api.dicom_objects import OBJECTS, require_objects_possible, write_objects_of_raw
from braintumornet.api.prediction_input import PredictionInput, needs_preparation, read_input
from braintumornet.api.predictions import Predictions
from braintumornet.api.preparation import Preparation
from braintumornet.api.raw_examinations import prepare_for, to_native
from braintumornet.api.run import Run
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.default_run import find_run
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, despite_failures, require_all
from braintumornet.inference.card.model_card import format_card
from braintumornet.inference.card.model_facts import describe_model
from braintumornet.inference.earlier_predictions import require_not_of_others
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.router import usual_tasks
from braintumornet.layouts.choose_cases import only_side, take_shard
from braintumornet.output.overwriting import require_no_overwriting
from braintumornet.output.submission import require_submission, write_submission
from braintumornet.terminal.progress import quiet_libraries

CASE_ID = "case"
"""Of files that are given by their sequences, unless it is said."""

MOST_PAGES = 20
"""Cases that each get a page unless it is said."""

PREPARED, NATIVE = "prepared", "native"
"""Folders within that of the predictions."""


def predict(
    images: PredictionInput,
    run: str | PathLike[str] | Run | None = None,
    folder: str | PathLike[str] = "predictions",
    *,
    case_id: str = CASE_ID,
    tasks: Collection[str] = (),
    split: str | None = None,
    shard: str | None = None,
    probabilities: bool = False,
    label_scheme: str | None = None,
    submission: str | PathLike[str] | None = None,
    pages: bool | None = None,
    formats: Collection[str] = (),
    entropy: bool = False,
    region_files: bool = False,
    options: InferenceOptions | None = None,
    resume: bool = False,
    overwrite: bool = False,
    raw: bool = False,
    atlas: str | PathLike[str] | None = None,
    corrections: str | PathLike[str] | None = None,
    cluster: Cluster | None = None,
    cpus: int = 1,
    gpus: float | None = None,
    progress: bool = True,
    prepared: Callable[[Preparation], object] = lambda made: None,
) -> Predictions:
    """Predict the masks and markers of one or more examinations, and write them on the grid of each case's own images.

    Raw images (DICOM, or sequences on several grids) are first prepared in the same way as the run's training data, in
    the folder `prepared` beside the predictions. The masks are also brought back to the patient's own grid, in
    `native`.

    Args:
        images: files by sequence, such as `{"t1c": "a.nii.gz", "t2f": "b.nii.gz"}`, with `brainmask` if there is one;
            or a table, a folder or zip file of images, or a cohort.
        run: folder of the run that predicts; default: the model in the package, which learned from no patient.
        folder: folder for the predictions.
        case_id: id of the case, if files are given by sequence.
        tasks: names of tasks, or `auto` to let the run's router choose; default: all tasks, or `auto` for the model in
            the package.
        split: predict only this set of the run's split: train, val or test.
        shard: `i/n` for every n-th case, starting at the i-th.
        probabilities: also write the probability of each region.
        label_scheme: label scheme of the masks, such as brats2020; default: brats2023 if it has all outlined regions.
        submission: folder to which each mask is also written as `<case>.nii.gz`, as challenges expect.
        pages: write `<case>.html` for each case, with a viewer, the measures and slices for print; default: for up to
            20 cases.
        formats: DICOM objects that are also written to `dicom`, on the series that the masks were brought back to: any
            of seg, seg-lesions, seg-labelmap, rtstruct, rtstruct-keyhole, sr.
        entropy: also write where the outline of each task is unsure, in bits.
        region_files: also write each region to its own file.
        options: how cases are read: in one pass or in windows, with mirroring, a memory limit and other runs.
        resume: skip cases that already have a prediction from the same weights, tasks and images.
        overwrite: replace predictions of other images under the same case ids, instead of raising an error.
        raw: prepare the images first in any case.
        atlas: for raw images, the file that the training data were aligned to, if it did not come with this package.
        corrections: for raw images, the table `plan.csv` in which a user corrected which image is which sequence.
        cluster: predict on this cluster instead of in this process.
        cpus: on a cluster, cores per case.
        gpus: on a cluster, GPUs per case; default: 1 if there are any.
        progress: show progress bars.
        prepared: called with the result of preparing raw images, before they are predicted.

    Returns:
        The predictions of all cases; the masks are in the folder.

    Raises:
        UsageError: the run is not finished, a task, split or shard is not known, or the label scheme or submission
            cannot hold what is outlined.
        CasesFailedError: some cases failed; the error carries the predictions of the others.
        InputError: there is no image, a file cannot be written or would overwrite another, or predictions of other
            images lie under the same case ids.

    Example:
        >>> predictions = predict({"t1c": "t1c.nii.gz", "t2f": "flair.nii.gz"})  # doctest: +SKIP
        >>> predictions["case"].volumes_ml  # doctest: +SKIP
        >>> predictions.measures  # doctest: +SKIP
    """
    network, place = _open(run), Path(folder)
    tasks = tuple(tasks) or usual_tasks(network)
    answered = PredictionRequest(network.path, place, tasks=tasks, label_scheme=label_scheme).require_possible(
        network.config
    )
    found, made = read_input(images, case_id), None
    if submission is not None:
        require_submission(Path(submission), place, answered, found.cases)
    require_objects_possible(found, formats)
    with quiet_libraries():
        if raw or needs_preparation(found.cases, network):
            with found.as_path() as path:
                prepare = partial(prepare_for, network, path, place / PREPARED, atlas=atlas, corrections=corrections)
                made = prepare(shard=shard, progress=progress)
            prepared(made)
        every, chosen = _choose_cases(found.cases, made, network.path, split, shard)
        require_no_overwriting(place, every, network.config.tasks, probabilities)
        if made is None and not (resume or overwrite):
            require_not_of_others(place, chosen, network.config)
        what = partial(network.predict, tasks=tasks, probabilities=probabilities, label_scheme=label_scheme)
        which = partial(what, entropy=entropy, region_files=region_files, options=options, resume=resume)
        where = partial(which, cluster=cluster, cpus=cpus, gpus=gpus, progress=progress)
        predictions, failures = despite_failures(partial(where, chosen, place))
        failures = (*failures, *_return_to_native(made, place, formats))
        if predictions and (pages or (pages is None and len(chosen) <= MOST_PAGES)):
            card = format_card(describe_model(network))
            failures = (*failures, *predictions.write_pages(card=card, progress=progress))
    if submission is not None:
        write_submission(predictions, PredictionFolder(place), Path(submission))
    return require_all(predictions, failures, max(len(chosen), len(failures)))


def _open(run: str | PathLike[str] | Run | None) -> Run:
    return (run if isinstance(run, Run) else Run(find_run(run))).require_complete()


def _choose_cases(
    cases: Cohort, made: Preparation | None, run: Path, split: str | None, shard: str | None
) -> tuple[Cohort, Cohort]:
    """Return the cases of an input, or those that were prepared of it; and which of them are to be predicted."""
    if made is None:
        every = only_side(cases, run, split)
        return every, Cohort(every.name, take_shard(every.cases, shard))
    every = only_side(made.cohort, run, split) if made.cohort.cases else made.cohort
    here = {record.case_id for record in made.records}
    return every, every.select(lambda case: case.id in here)


def _return_to_native(made: Preparation | None, folder: Path, formats: Collection[str]) -> list[CaseFailure]:
    """Bring what was predicted of raw images back to the patients' own grids, and return what failed on the way."""
    if made is None:
        return []
    failed = [CaseFailure(record.case_id, record.failure) for record in made.records if record.failure]
    has_masks = any(folder.glob("*.nii.gz"))  # a network may have markers alone
    _, failures = to_native(folder, made.path, folder / NATIVE) if has_masks else ([], [])
    unwritten = write_objects_of_raw(made, folder, folder / NATIVE, folder / OBJECTS, formats) if formats else []
    return [*made.failures, *failed, *failures, *unwritten]
