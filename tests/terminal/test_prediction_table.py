"""Volumes and lesions of predictions, in one row for each case."""

from braintumornet.core.measures_record import Diameters, LesionMeasures, RegionMeasures
from braintumornet.core.prediction_record import OutlineRecord, PredictionRecord
from braintumornet.terminal.console import tabulate_predictions


def outline(*longest_mm: float, measured: bool = True) -> OutlineRecord:
    """Two regions, of which the second has lesions with such diameters."""
    lesions = [
        LesionMeasures(
            number=number,
            volume_ml=1.0,
            centroid_mm=(0.0, 0.0, 0.0),
            diameters=Diameters(longest_mm=mm, perpendicular_mm=mm / 2, slice=3, measurable=True) if measured else None,
        )
        for number, mm in enumerate(longest_mm, start=1)
    ]
    measures = {
        "WT": RegionMeasures(volume_ml=8.0, number_of_lesions=1),
        "ET": RegionMeasures(volume_ml=2.0, number_of_lesions=len(lesions), lesions=lesions),
    }
    volumes_ml = {"WT": 8.0, "ET": 2.0}
    return OutlineRecord(target="seg", regions=("WT", "ET"), files=(), volume_ml=volumes_ml, measures=measures)


def test_lesions_are_counted_and_the_two_longest_told() -> None:
    found = {"a": outline(12, 31, 9), "b": outline(14.6), "c": outline()}
    records = [PredictionRecord(case_id=name, segmentation={"glioma": told}) for name, told in found.items()]
    earlier = OutlineRecord(target="seg", regions=("WT",), files=(), volume_ml={"WT": 1.0})
    blind = OutlineRecord(target="seg", regions=("WT", "ET"), files=(), not_assessed={"ET": "needs t1c"})
    others = {"d": earlier, "e": blind}
    records += [PredictionRecord(case_id=name, segmentation={"glioma": told}) for name, told in others.items()]
    columns, rows = tabulate_predictions(records)
    assert columns == ["case", "glioma WT (ml)", "glioma ET (ml)", "glioma ET lesions (mm)"]
    assert rows == [
        ["a", "8.0", "2.0", "3: 31 x 16, 12 x 6, ..."],
        ["b", "8.0", "2.0", "1: 15 x 7"],
        ["c", "8.0", "2.0", "0"],
        ["d", "1.0", "-", "-"],
        ["e", "-", "not assessed", "not assessed"],
    ]


def test_without_diameters_there_is_no_column_of_lesions() -> None:
    record = PredictionRecord(case_id="a", segmentation={"glioma": outline(12, measured=False)})
    assert tabulate_predictions([record])[0] == ["case", "glioma WT (ml)", "glioma ET (ml)"]
