"""Predictions as DICOM objects on the patient's own series."""

from collections.abc import Collection
from contextlib import suppress
from functools import partial
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from braintumornet.api.prediction_input import Examinations
from braintumornet.api.preparation import Preparation
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord, read_prediction
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import require_among
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.dicom.objects.object_formats import OBJECT_FORMATS, REPORT, SEG, STRUCTURE_SET
from braintumornet.dicom.objects.objects_of_prediction import write_objects
from braintumornet.dicom.objects.source_headers import require_highdicom
from braintumornet.dicom.series_grid import SeriesGrid, read_series, series_grid
from braintumornet.prepare.find_examinations import KEY
from braintumornet.prepare.input.list_files import DICOM, kind_of, list_files
from braintumornet.prepare.input.pseudonyms import find_case_of_study
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.preparation_record import FILE, PreparationRecord, read_preparation
from braintumornet.prepare.to_native import carry_to_native
from braintumornet.volumes.nifti import read_space
from braintumornet.volumes.volume import ras_grid

OBJECTS = "dicom"
"""Folder within that of the predictions."""

USUAL_FORMATS = (SEG, STRUCTURE_SET, REPORT)
_PREPARED = "prepared"


def convert(
    prediction: str | PathLike[str],
    reference: str | PathLike[str],
    folder: str | PathLike[str] | None = None,
    *,
    formats: Collection[str] = USUAL_FORMATS,
    prepared: str | PathLike[str] | None = None,
) -> list[Path]:
    """Write a prediction as DICOM objects that refer to a series, and a picture of what a planning system will see.

    The masks lie on the grid of the series, or on that of a case that was prepared from it and are then brought back.

    Args:
        prediction: `<case>.json`, or a folder with one prediction.
        reference: folder or zip file of the series.
        folder: folder for the files; default: `dicom` beside the prediction.
        formats: any of seg, seg-lesions, seg-labelmap, rtstruct, rtstruct-keyhole, sr.
        prepared: folder of the prepared cohort; default: `prepared` beside the prediction, as for raw images.

    Returns:
        The files that were written.

    Raises:
        UsageError: a format is not known, a library is missing, or the folder holds several predictions.
        InputError: the series lacks slices, or the prediction is not about it.

    Example:
        >>> files = convert("predictions/native/case.json", "dicom/t1c", formats=["seg", "rtstruct"])  # doctest: +SKIP
    """
    _require_known(formats)
    require_highdicom()
    summary = _find_summary(Path(prediction))
    record, series = read_prediction(summary), read_series(Path(reference))
    target = summary.parent / OBJECTS if folder is None else Path(folder)
    if _lie_on(record, summary.parent, series):
        return write_objects(record, summary.parent, series, target, formats)
    place = summary.parent / _PREPARED if prepared is None else Path(prepared)
    with TemporaryDirectory() as spare:
        _bring_back(record, summary.parent, place, series, Path(spare))
        return write_objects(record, Path(spare), series, target, formats)


def require_objects_possible(images: Examinations, formats: Collection[str]) -> None:
    """Refuse DICOM objects of images that are no DICOM, before any work.

    Args:
        images: that are to be predicted.
        formats: that are wanted; none: nothing is refused.

    Raises:
        UsageError: a format is not known, a library is missing, or there is no series to refer to.
    """
    if not formats:
        return
    _require_known(formats)
    require_highdicom()
    files = [] if images.cases.cases or images.path is None else list_files(images.path)
    if not any(map(_is_dicom, files)):
        msg = (
            f"{', '.join(formats)} refer to a DICOM series, and the images are no DICOM; predict without, and then use "
            "btn convert PREDICTION --reference SERIES"
        )
        raise UsageError(msg)


def write_objects_of_raw(
    made: Preparation, predictions: Path, native: Path, folder: Path, formats: Collection[str]
) -> list[CaseFailure]:
    """Write what was predicted of raw examinations as DICOM objects on the reference series of each case.

    Args:
        made: what came of the examinations.
        predictions: folder of the predictions of the prepared cases.
        native: folder of the masks on the patients' own grids.
        folder: for the objects.
        formats: some of `OBJECT_FORMATS`.

    Returns:
        The cases that failed.
    """
    tried = [
        attempt(partial(_write_case, record, made, (native, predictions), folder, formats), record.case_id)
        for record in made.records
        if record.failure is None and PredictionFolder(predictions).summary(record.case_id).is_file()
    ]
    return [each for each in tried if isinstance(each, CaseFailure)]


def _write_case(
    record: PreparationRecord, made: Preparation, places: tuple[Path, Path], folder: Path, formats: Collection[str]
) -> None:
    reference = str(record.reference)
    series = series_grid(made.sources[record.case_id][reference])
    summaries = [PredictionFolder(place).summary(record.case_id) for place in places]
    summary = next(file for file in summaries if file.is_file())  # markers alone are not brought back
    write_objects(read_prediction(summary), summary.parent, series, folder, formats)


def _require_known(formats: Collection[str]) -> None:
    for name in formats:
        require_among(name, OBJECT_FORMATS, f"format {name!r} is no DICOM object", UsageError)


def _is_dicom(file: SourceFile) -> bool:
    with suppress(InputError):
        return kind_of(file) == DICOM
    return False


def _find_summary(path: Path) -> Path:
    if path.is_file():
        return path
    found = PredictionFolder(path).case_ids()
    require(found, f"{path} holds no prediction; expected <case>.json or its folder")
    if len(found) > 1:
        msg = f"{path} holds {len(found)} predictions; name one of them, such as {path / found[0]}.json"
        raise UsageError(msg)
    return PredictionFolder(path).summary(found[0])


def _mask_files(record: PredictionRecord, masks: Path) -> list[Path]:
    return [masks / file.name for outline in record.segmentation.values() for file in outline.files]


def _lie_on(record: PredictionRecord, masks: Path, series: SeriesGrid) -> bool:
    return all(ras_grid(read_space(file)) == ras_grid(series.space) for file in _mask_files(record, masks))


def _bring_back(record: PredictionRecord, masks: Path, prepared: Path, series: SeriesGrid, folder: Path) -> None:
    """Write masks of a prepared case on the grid of the series, which one of its images was made from."""
    if not (prepared / record.case_id / FILE).is_file():
        msg = (
            f"the masks of case {record.case_id} do not lie on the grid of {series.name}, and {prepared} holds no case "
            "prepared from it; give the series that was predicted, or with --prepared the folder of `btn prepare`"
        )
        raise InputError(msg)
    case_id = find_case_of_study(prepared / KEY, series.study_uid)
    require(
        case_id in (None, record.case_id),
        f"{series.name} is of case {case_id}, and the prediction of case {record.case_id}; give a series of that case",
    )
    history = read_preparation(prepared / record.case_id)
    sequence = _sequence_of(series, history)
    for file in _mask_files(record, masks):
        carry_to_native(file, history, sequence, folder / file.name)


def _sequence_of(series: SeriesGrid, history: PreparationRecord) -> str:
    """Return which image of a prepared case the series is: of the same grid, and the same number if that tells."""
    grid = ras_grid(series.space)
    fitting = {name: image for name, image in history.images.items() if ras_grid(image.grid.space) == grid}
    require(
        fitting,
        f"{series.name} lies on the grid of none of the images of case {history.case_id} "
        f"({', '.join(history.images)}); give one of the series that were prepared",
    )
    named = {name: image for name, image in fitting.items() if image.source == series.name}
    chosen = named or fitting
    motions = [np.asarray(image.output_to_sequence_mm) for image in chosen.values()]
    require(
        all(np.allclose(motion, motions[0]) for motion in motions),
        f"{series.name} could be {' or '.join(chosen)} of case {history.case_id}, which lie differently; its number is "
        "that of none of them: give the series as it was prepared",
    )
    return next(iter(chosen))
