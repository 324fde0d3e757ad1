"""The table of measures of a cohort."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from braintumornet.api.predictions import Predictions
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.lock import locked
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.output.measures_table import COLUMNS, write_measures
from braintumornet.output.overwriting import require_no_overwriting
from braintumornet.output.write_prediction import write_prediction

SPACE = Space((20, 20, 10), np.diag([1.0, 1, 3, 1]))
ABOUT = {"glioma": {"target": "seg"}, "genotype": {"target": "genotype"}}


def predict(folder: Path, case_id: str, *lesions: tuple[slice, slice, slice]) -> None:
    """Predict a tumour, of which only the second region has these lesions."""
    maps = np.zeros((2, *SPACE.shape), np.float32)
    maps[0, 1:19, 1:19, 1:9] = 0.9
    for lesion in lesions:
        maps[1][lesion] = 0.9
    made = Prediction(case_id, SPACE, SPACE, {"glioma": RegionMap(("WT", "ED"), maps)}, {})
    write_prediction(made, folder, ABOUT)


def test_each_region_has_a_row_and_so_has_each_lesion(tmp_path: Path) -> None:
    predict(tmp_path, "b", np.s_[2:7, 2:6, 3:4], np.s_[9:11, 9:11, 6:8])
    predict(tmp_path, "a")
    write_measures(tmp_path)
    table = pd.read_csv(tmp_path / "measures.csv", dtype=COLUMNS)
    assert list(table.columns) == list(COLUMNS)
    keys = [tuple(row) for row in table[["case_id", "region", "lesion", "lesions"]].fillna(0).to_numpy().tolist()]
    assert keys == [
        ("a", "WT", 0, 1),
        ("a", "WT", 1, 0),
        ("a", "ED", 0, 0),
        ("b", "WT", 0, 1),
        ("b", "WT", 1, 0),
        ("b", "ED", 0, 2),
        ("b", "ED", 1, 0),
        ("b", "ED", 2, 0),
    ]
    assert table["volume_ml"].tail(3).tolist() == pytest.approx([0.084, 0.06, 0.024])
    whole, small = table.iloc[4], table.iloc[7]
    assert (whole["slice"], whole["measurable"], whole["longest_mm"]) == (1, True, pytest.approx(np.hypot(17, 18)))
    assert small[["x_mm", "y_mm", "z_mm"]].tolist() == [9.5, 9.5, 19.5]
    assert small[["longest_mm", "slice", "measurable"]].isna().all()


def test_a_region_that_is_not_assessed_has_a_reason_and_no_number(tmp_path: Path) -> None:
    maps = {"glioma": RegionMap(("WT",), np.ones((1, *SPACE.shape), np.float32))}
    reasons = {"glioma": {"ET": "needs t1c, which is missing"}, "mets": {"TC": "needs t1c, which is missing"}}
    made = Prediction("a", SPACE, SPACE, maps, {}, not_assessed=reasons)
    write_prediction(made, tmp_path, {**ABOUT, "mets": {"target": "seg"}})
    write_measures(tmp_path)
    table = pd.read_csv(tmp_path / "measures.csv", dtype=COLUMNS)
    assert table[["task", "region"]].to_numpy().tolist() == [
        ["glioma", "WT"],
        ["glioma", "WT"],
        ["glioma", "ET"],
        ["mets", "TC"],
    ]
    assert table["not_assessed"].tail(2).tolist() == ["needs t1c, which is missing"] * 2
    assert table[["lesion", "lesions", "volume_ml", "side", "longest_mm"]].tail(2).isna().all(axis=None)


def test_the_table_in_memory_is_that_on_disk(tmp_path: Path) -> None:
    predict(tmp_path, "a", np.s_[2:7, 2:6, 3:4])
    write_measures(tmp_path)
    read = pd.read_csv(tmp_path / "measures.csv", dtype=COLUMNS)
    pd.testing.assert_frame_equal(Predictions(tmp_path).measures, read, rtol=1e-12)


def test_the_table_of_the_last_of_several_processes_has_all_cases(tmp_path: Path) -> None:
    """The second waits for the first, and reads the cases after that."""
    predict(tmp_path, "a")
    second = threading.Thread(target=write_measures, args=(tmp_path,))
    with locked(tmp_path / ".measures.csv.lock"):
        second.start()
        second.join(0.2)
        predict(tmp_path, "b")
    second.join()
    assert set(pd.read_csv(tmp_path / "measures.csv")["case_id"]) == {"a", "b"}
    assert not list(tmp_path.glob(".*"))


def test_a_damaged_prediction_is_told(tmp_path: Path) -> None:
    predict(tmp_path, "a")
    (tmp_path / "b.json").write_text("{")
    with pytest.warns(InputWarning, match=r"measures.csv lacks case b: .*b.json"):
        write_measures(tmp_path)
    assert set(pd.read_csv(tmp_path / "measures.csv")["case_id"]) == {"a"}


def test_another_table_of_that_name_is_refused(tmp_path: Path) -> None:
    predict(tmp_path, "a")
    write_measures(tmp_path)
    require_no_overwriting(tmp_path, Cohort("c", ()), (), probabilities=False)
    (tmp_path / "measures.csv").write_text("case_id,t1c\na,a.nii.gz\n")
    with pytest.raises(InputError, match=r"measures.csv would be overwritten, and is another table than that of pred"):
        require_no_overwriting(tmp_path, Cohort("c", ()), (), probabilities=False)


def test_without_masks_there_is_no_table(tmp_path: Path) -> None:
    write_prediction(Prediction("a", SPACE, SPACE, {}, {"genotype": {"x": 0.7, "y": 0.3}}), tmp_path, ABOUT)
    write_measures(tmp_path)
    write_measures(tmp_path / "nowhere")
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]
