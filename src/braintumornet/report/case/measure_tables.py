"""What a prediction measured, as tables of texts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from braintumornet.core.measures_record import LesionMeasures
from braintumornet.core.prediction_record import MarkerRecord, OutlineRecord, PredictionRecord

REGION_NAMES = {
    "WT": "whole tumour",
    "TC": "tumour core",
    "ET": "enhancing tumour",
    "NCR": "necrotic and non-enhancing core",
    "ED": "oedema",
    "CC": "cystic part",
    "RC": "resection cavity",
}

NUMBERS = ("volume (ml)", "interval (ml)", "lesions", "diameters (mm)", "axial slice", "probability")
"""Columns that stand to the right."""


@dataclass(frozen=True)
class MeasureTable:
    """A table of texts.

    Args:
        title: what stands above it.
        rows: column -> text; all rows have the same columns.
        numbers: columns that hold numbers.
        note: what stands below it.
    """

    title: str
    rows: Sequence[Mapping[str, str]]
    numbers: Collection[str] = ()
    note: str = ""

    @property
    def columns(self) -> Sequence[str]:
        """The heads."""
        return list(self.rows[0])


def measure_tables(record: PredictionRecord) -> Iterator[MeasureTable]:
    """Yield the tables of a prediction: for each task with masks its regions, and the markers."""
    for task, outline in record.segmentation.items():
        rows = [_region_row(outline, region) for region in outline.regions]
        if rows:
            yield MeasureTable(
                task, _drop_empty(rows), NUMBERS, record.calibration if outline.volume_interval_ml else ""
            )
    markers = [row for task, marker in record.classification.items() for row in _marker_rows(task, marker)]
    if markers:
        has_sets = any(marker.set for marker in record.classification.values())
        yield MeasureTable("Markers", _drop_empty(markers), NUMBERS, record.calibration if has_sets else "")


def lesion_table(
    task: str, lesions: Sequence[tuple[str, LesionMeasures]], number: int, metastases: bool = False
) -> MeasureTable:
    """Return a row for each lesion of a task.

    Args:
        task: its name.
        lesions: region and lesion, at least one.
        number: how many there are, if more than these.
        metastases: whether diameters were judged by RANO-BM.
    """
    criteria = "RANO-BM, 10 x 5 mm" if metastases else "RANO, 10 x 10 mm"
    rows = _drop_empty([_lesion_row(region, lesion) for region, lesion in lesions])
    has_diameters = any(lesion.diameters for _, lesion in lesions)
    notes = [
        f"Diameters: the longest in an axial slice, and the longest at right angles to it; measurable by {criteria}."
    ]
    notes = notes if has_diameters else []
    if number > len(lesions):
        notes.append(f"{number - len(lesions)} smaller ones are not listed.")
    return MeasureTable(f"Lesions of {task}", rows, NUMBERS, " ".join(notes))


def describe_lesion(lesion: LesionMeasures) -> str:
    """Return size and side of a lesion in a few words.

    Example:
        >>> describe_lesion(LesionMeasures(number=1, volume_ml=8.61, centroid_mm=(0.0, 0.0, 0.0), side="left"))
        '8.6 ml, left'
    """
    side = "" if lesion.side == "unknown" else f", {lesion.side}"
    return f"{as_ml(lesion.volume_ml)} ml{side}" + (f", {_diameters(lesion)} mm" if lesion.diameters else "")


def _lesion_row(region: str, lesion: LesionMeasures) -> dict[str, str]:
    found = lesion.diameters
    return {
        "lesion": f"{region} {lesion.number}",
        "volume (ml)": as_ml(lesion.volume_ml),
        "is a lesion": "" if lesion.probability is None else f"{100 * lesion.probability:.0f} %",
        "side": lesion.side,
        "diameters (mm)": _diameters(lesion),
        "measurable": "-" if found is None else "yes" if found.measurable else "no",
        "axial slice": "-" if found is None else str(found.slice),
    }


def _diameters(lesion: LesionMeasures) -> str:
    found = lesion.diameters
    return "-" if found is None else f"{found.longest_mm:.0f} x {found.perpendicular_mm:.0f}"


def name_region(region: str) -> str:
    """Return a region with what it means.

    Example:
        >>> name_region("ET")
        'ET, enhancing tumour'
    """
    return f"{region}, {REGION_NAMES[region]}" if region in REGION_NAMES else region


def as_ml(volume_ml: float) -> str:
    """Return a volume as a page shows it.

    Example:
        >>> as_ml(34.26), as_ml(0.0412), as_ml(0)
        ('34.3', '0.041', '0.0')
    """
    return f"{volume_ml:.1f}" if volume_ml >= 1 or not volume_ml else f"{volume_ml:.2g}"


def _region_row(outline: OutlineRecord, region: str) -> dict[str, str]:
    volume_ml, measures = outline.volume_ml.get(region), outline.measures.get(region)
    unknown = "not assessed" if region in outline.not_assessed else "-"
    return {
        "region": name_region(region),
        "volume (ml)": unknown if volume_ml is None else as_ml(volume_ml),
        "interval (ml)": " to ".join(map(as_ml, outline.volume_interval_ml.get(region, ()))),
        "lesions": unknown if measures is None else str(measures.number_of_lesions),
    }


def _marker_rows(task: str, marker: MarkerRecord) -> Iterator[dict[str, str]]:
    verdict = "cannot say" if marker.cannot_say else ""
    for name, probability in sorted(marker.probabilities.items(), key=lambda pair: -pair[1]):
        is_open = verdict or ("possible" if name in marker.set else "excluded")
        yield {
            "marker": task,
            "class": name,
            "probability": f"{probability:.2f}",
            "calibrated answer": is_open if marker.set else "",
        }


def _drop_empty(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Leave out the columns that are blank in all rows."""
    kept = [column for column in rows[0] if any(row[column] for row in rows)]
    return [{column: row[column] or "-" for column in kept} for row in rows]
