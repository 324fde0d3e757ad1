"""Measures of many cases as one tidy table."""

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.files.lock import locked
from braintumornet.core.measures_record import LesionMeasures
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord, read_predictions
from braintumornet.core.text.errors import InputWarning, require

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "case_id": "string",
    "task": "string",
    "region": "string",
    "lesion": "Int64",
    "lesions": "Int64",
    "volume_ml": "float64",
    "side": "string",
    "x_mm": "float64",
    "y_mm": "float64",
    "z_mm": "float64",
    "longest_mm": "float64",
    "perpendicular_mm": "float64",
    "slice": "Int64",
    "measurable": "boolean",
    "probability": "float64",
    "not_assessed": "string",
}
"""Column -> type in a frame; a cell that is not known is empty."""


def tabulate_measures(records: Iterable[PredictionRecord]) -> "pd.DataFrame":
    """Return a row for each case, task and region, with its volume and number of lesions, and below it one per lesion.

    In the row of a region, `lesion` is empty; in that of a lesion, it is its number, and `lesions` is empty. A region
    that could not be assessed has a row that says why, and no number, not even zero.

    Args:
        records: of the cases, in the order of the rows.
    """
    import pandas as pd

    rows = [row for record in records for row in _rows_of(record)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def write_measures(folder: Path) -> None:
    """Write `measures.csv` beside the predictions of a folder: of all that lie there, whoever made them.

    Of several processes that predict into one folder, each calls this when it is done, and they wait for each other:
    so the table of the last has the cases of all. Nothing is written where no case has masks, or all is as it was.

    Args:
        folder: of predictions.

    Raises:
        InputError: the file cannot be written.

    Warns:
        InputWarning: a prediction is damaged, so that the table does not have it.
    """
    place = PredictionFolder(folder)
    if not folder.is_dir():
        return
    with locked(place.measures.with_name(f".{place.measures.name}.lock")):
        records, failures = read_predictions(folder, place.case_ids())
        for failure in failures:
            warnings.warn(f"{place.measures} lacks {failure}", InputWarning, stacklevel=2)
        if any(record.segmentation for record in records.values()):
            text = tabulate_measures(records.values()).to_csv(index=False, lineterminator="\n")
            if not place.measures.is_file() or place.measures.read_bytes() != text.encode():
                write_text(place.measures, text)


def require_own_table(folder: Path) -> None:
    """Refuse a folder that holds another table under the name of that of the measures.

    Raises:
        InputError: names it.
    """
    path = PredictionFolder(folder).measures
    if path.is_file():
        with path.open("rb") as file:
            first = file.readline(1000).strip()
        require(
            first == ",".join(COLUMNS).encode(),
            f"{path} would be overwritten, and is another table than that of predictions; choose another folder",
        )


def _rows_of(record: PredictionRecord) -> Iterator[dict[str, Any]]:
    for task, outline in record.segmentation.items():
        for region, measures in outline.measures.items():
            of = {"case_id": record.case_id, "task": task, "region": region}
            yield {**of, "lesions": measures.number_of_lesions, "volume_ml": measures.volume_ml}
            yield from ({**of, **_cells_of(lesion)} for lesion in measures.lesions)
        for region, reason in outline.not_assessed.items():
            yield {"case_id": record.case_id, "task": task, "region": region, "not_assessed": reason}


def _cells_of(lesion: LesionMeasures) -> dict[str, Any]:
    cells = dict(zip(("x_mm", "y_mm", "z_mm"), lesion.centroid_mm, strict=True))
    told = lesion.diameters
    diameters = (
        {} if told is None else {name: getattr(told, name) for name in COLUMNS if name in type(told).model_fields}
    )
    own = {"lesion": lesion.number, "volume_ml": lesion.volume_ml, "side": lesion.side}
    return {**own, **cells, **diameters, "probability": lesion.probability}
