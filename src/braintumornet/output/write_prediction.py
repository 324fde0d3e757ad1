"""A prediction becomes label files in the grid of the case's own images, and a JSON file with its numbers."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.files.lock import locked
from braintumornet.core.prediction import RESEARCH_USE, Prediction, PredictionFolder
from braintumornet.core.prediction_record import (
    OutlineRecord,
    PredictionRecord,
    read_prediction,
)
from braintumornet.core.stage_times import stage, stage_seconds
from braintumornet.core.text.errors import InputError
from braintumornet.output.answer_records import describe_answers, describe_marker, describe_routing
from braintumornet.output.label_file import rule_of_assessed
from braintumornet.output.lesion_probabilities import add_probabilities
from braintumornet.output.mask_files import write_masks, write_region_files
from braintumornet.output.measures import is_of_metastases, measure_masks
from braintumornet.output.native_masks import maps_on, masks_on
from braintumornet.uncertainty.case_calibration import CaseCalibration
from braintumornet.uncertainty.entropy import outline_entropy
from braintumornet.volumes.nifti import write_channels, write_volume
from braintumornet.volumes.volume import Volume, ras_grid, to_grid_of

ENTROPY, REGION_FILES = "entropy", "region files"


@dataclass(frozen=True)
class _Wanted:
    """What is wanted of the outlines; the words are those of `write_prediction`."""

    probabilities: bool
    label_scheme: str | None
    also: Collection[str]


def write_prediction(
    prediction: Prediction,
    folder: Path,
    about: Mapping[str, Mapping[str, Any]],
    probabilities: bool = False,
    label_scheme: str | None = None,
    *,
    calibration: CalibrationRecord | None = None,
    also: Collection[str] = (),
) -> PredictionRecord:
    """Write a prediction and return what it says of itself, which is also written.

    Where two processes predict the same case into the same folder, all its files are those of the later one.

    Args:
        prediction: of one case.
        folder: is made if needed.
        about: task -> what a scorer must know of it, such as the column with the truth, so that the scores need no
            configuration.
        probabilities: also write the probability of each region.
        label_scheme: whose numbers the masks get; default as `label_rule` has it.
        calibration: of the run that made it, if there is one.
        also: what else to write: `ENTROPY`, where the outline of each task is unsure; `REGION_FILES`, each region in a
            file of its own.

    Returns:
        What `<case>.json` holds.

    Raises:
        InputError: a file cannot be written; nothing of the prediction is left then.
    """
    place = PredictionFolder(folder)
    with locked(place.lock(prediction.case_id)):  # so that masks and numbers are those of one prediction
        wanted = _Wanted(probabilities, label_scheme, also)
        try:
            return _write(prediction, place, about, calibration, wanted)
        except BaseException:  # such as a full disk: masks without numbers are nobody's prediction
            _remove_begun(prediction, place)
            raise


def remove_prediction(folder: Path, case_id: str) -> None:
    """Remove what an earlier prediction of a case left, so that nobody takes it for one of now.

    Args:
        folder: of predictions; need not exist.
        case_id: whose; of a damaged summary only the summary is removed, as it does not tell its files.
    """
    place = PredictionFolder(folder)
    if place.summary(case_id).is_file():
        with locked(place.lock(case_id)):
            _remove_earlier(place, case_id)


def _remove_earlier(place: PredictionFolder, case_id: str) -> None:
    files = []
    with suppress(InputError):
        files = files_of(read_prediction(place.summary(case_id)), place, probabilities=True)
    place.summary(case_id).unlink(missing_ok=True)  # first: it says that the others are there
    place.page(case_id).unlink(missing_ok=True)
    for file in files:
        if file.name.startswith(f"{case_id}_"):
            file.unlink(missing_ok=True)


def _remove_begun(prediction: Prediction, place: PredictionFolder) -> None:
    for task, maps in prediction.maps.items():
        labels = [place.labels(prediction.case_id, task, region) for region in (None, *maps.regions)]
        others = (place.probabilities(prediction.case_id, task), place.entropy(prediction.case_id, task))
        for file in (*labels, *others):
            file.unlink(missing_ok=True)


def files_of(record: PredictionRecord, place: PredictionFolder, probabilities: bool) -> list[Path]:
    """Return the files that were written with what a prediction says of itself.

    Args:
        record: of the prediction.
        place: where it lies.
        probabilities: also those of the probabilities, which it does not name.
    """
    outlines = record.segmentation.values()
    names = [file.name for outline in outlines for file in outline.files]
    files = [place.path / name for name in (*names, *(one.entropy_file for one in outlines if one.entropy_file))]
    return files + [place.probabilities(record.case_id, task) for task in record.segmentation if probabilities]


def _write(
    prediction: Prediction,
    place: PredictionFolder,
    about: Mapping[str, Mapping[str, Any]],
    calibration: CalibrationRecord | None,
    wanted: _Wanted,
) -> PredictionRecord:
    _remove_earlier(place, prediction.case_id)
    calibrated = CaseCalibration(calibration, prediction.sequences)
    outlines, notes = {}, [*prediction.notes]
    for task in prediction.maps:
        outlines[task], said = _write_outline(prediction, task, about[task], place, calibrated, wanted)
        notes += [f"{task}: {note}" for note in said]
    outlines |= _describe_not_assessed(prediction, about)
    record = PredictionRecord(
        case_id=prediction.case_id,
        use=RESEARCH_USE,
        validation=prediction.validation,
        segmentation=outlines,
        classification={
            task: describe_marker(task, classes, about[task], calibrated)
            for task, classes in prediction.classes.items()
        },
        notes=notes,
        midplane=prediction.midplane,
        sequences=prediction.sequences,
        seen_in_training=prediction.seen_in_training,
        inputs=prediction.inputs,
        provenance=prediction.provenance,
        timings_s=stage_seconds(),
    )
    if said := calibrated.describe():
        record = record.model_copy(update={"calibration": said})
    if prediction.answers:
        record = record.model_copy(update={"answers": describe_answers(prediction.answers, about)})
    if prediction.routing is not None:
        record = record.model_copy(update={"router": describe_routing(prediction.routing, about)})
    write_json(place.summary(prediction.case_id), record.as_json())
    return record


def _write_outline(
    prediction: Prediction,
    task: str,
    about: Mapping[str, Any],
    place: PredictionFolder,
    calibrated: CaseCalibration,
    wanted: _Wanted,
) -> tuple[OutlineRecord, Sequence[str]]:
    """Write the masks of a task and what else is wanted of it, and return what is said of them, and notes."""
    given, native = prediction.maps[task], prediction.native_space
    not_assessed = prediction.not_assessed.get(task, {})
    outlined = (*given.regions, *not_assessed)
    rule = rule_of_assessed(outlined, given.regions, wanted.label_scheme)
    of_metastases = is_of_metastases(about.get("where", {}))
    with stage("resample"):
        found = masks_on(ras_grid(native), given.decisive, prediction.space)
    with stage("write"):
        files, masks = write_masks(prediction, task, given.regions, found, place, rule)
        if REGION_FILES in wanted.also:
            files += write_region_files(masks, prediction, task, place)
    with stage("measure"):
        measured = measure_masks(masks, native, prediction.midplane, of_metastases, not_assessed)
    volume_ml = {region: measures.volume_ml for region, measures in measured.regions.items()}
    said = {"files": files, "volume_ml": volume_ml, "measures": measured.regions, "not_assessed": not_assessed}
    if intervals := calibrated.intervals_ml(task, volume_ml, given, prediction.space):
        said["volume_interval_ml"] = intervals
    lesions = calibrated.lesions(task)
    if lesions or wanted.probabilities or ENTROPY in wanted.also:
        with stage("resample"):
            maps = maps_on(ras_grid(native), given.probabilities, prediction.space)
        if lesions:
            turned = (to_grid_of(Volume(channel, ras_grid(native)), native).array for channel in maps)
            own = dict(zip(given.regions, turned, strict=True))
            said["measures"] = add_probabilities(measured.regions, lesions, masks, own, native.voxel_ml)
        tempered = calibrated.temper(task, maps)
        if wanted.probabilities:
            _write_probabilities(prediction, task, tempered, place)
        if ENTROPY in wanted.also:
            said["entropy_file"] = _write_entropy(prediction, task, tempered, place)
    return OutlineRecord(**{**about, "regions": outlined, **said}), measured.notes


def _describe_not_assessed(prediction: Prediction, about: Mapping[str, Mapping[str, Any]]) -> dict[str, OutlineRecord]:
    """Return what is said of the tasks of which nothing could be assessed, which write no file."""
    return {
        task: OutlineRecord(**{**about[task], "regions": list(reasons), "files": [], "not_assessed": reasons})
        for task, reasons in prediction.not_assessed.items()
        if task not in prediction.maps
    }


def _write_entropy(prediction: Prediction, task: str, maps: np.ndarray, place: PredictionFolder) -> str:
    """Write where the outline of a task is unsure, and return the name of the file."""
    path = place.entropy(prediction.case_id, task)
    write_volume(Volume(outline_entropy(maps), ras_grid(prediction.native_space)), path, prediction.native_space)
    return path.name


def _write_probabilities(prediction: Prediction, task: str, maps: np.ndarray, place: PredictionFolder) -> None:
    grid = ras_grid(prediction.native_space)
    channels = [Volume(channel, grid) for channel in maps]
    write_channels(channels, place.probabilities(prediction.case_id, task), prediction.native_space)
