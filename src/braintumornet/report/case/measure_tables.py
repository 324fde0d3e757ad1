"""What a prediction measured, as tables of texts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
            yield MeasureTable(task, rows, {"volume (ml)"})
    markers = [row for task, marker in record.classification.items() for row in _marker_rows(task, marker)]
    if markers:
        yield MeasureTable("Markers", markers, {"probability"})


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
        ('34.3', '0.041', '0')
    """
    return f"{volume_ml:.1f}" if volume_ml >= 10 else f"{volume_ml:.2g}"


def _region_row(outline: OutlineRecord, region: str) -> dict[str, str]:
    volume_ml = outline.volume_ml.get(region)
    return {"region": name_region(region), "volume (ml)": "-" if volume_ml is None else as_ml(volume_ml)}


def _marker_rows(task: str, marker: MarkerRecord) -> Iterator[dict[str, str]]:
    for name, probability in sorted(marker.probabilities.items(), key=lambda pair: -pair[1]):
        yield {"marker": task, "class": name, "probability": f"{probability:.2f}"}
