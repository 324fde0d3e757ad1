"""`btn predict` says what its masks measure: on the screen, in the JSON files and in a table of the folder."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from braintumornet.api.predictions import Predictions
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.workers.stop_signals import Stopped
from braintumornet.output.measures_table import COLUMNS
from braintumornet.volumes.nifti import read_labels

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture
def two(phantoms: Cohort, tmp_path: Path) -> Path:
    """Table of two phantoms."""
    path = tmp_path / "cohort.csv"
    write_manifest(Cohort("two", phantoms.cases[:2]), path)
    return path


def read_table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "measures.csv", dtype=COLUMNS)


def test_screen_json_and_table_say_what_the_masks_hold(btn: Btn, run: Path, two: Path, tmp_path: Path) -> None:
    folder = tmp_path / "predictions"
    code, out, err = btn("predict", two, "--run", run, "--output", folder)
    assert (code, err) == (0, "")
    table = read_table(folder)
    whole = table[table["lesion"].isna()].set_index(["case_id", "region"])
    shown = out.split()
    for case_id in ("phantom-0000", "phantom-0001"):
        outline = json.loads((folder / f"{case_id}.json").read_text())["segmentation"]["tumour"]
        labels = read_labels(folder / f"{case_id}_tumour.nii.gz")
        masks = region_masks(labels.array, "brats2023", ("WT", "TC", "ET"))
        for region, mask in zip(("WT", "TC", "ET"), masks, strict=True):
            volume_ml = np.count_nonzero(mask) * labels.space.voxel_ml
            assert outline["measures"][region]["volume_ml"] == pytest.approx(volume_ml)
            assert whole.loc[(case_id, region), "volume_ml"] == pytest.approx(volume_ml)
        largest = outline["measures"]["ET"]["lesions"][0]
        assert largest["side"] in ("left", "right", "middle")
        where = np.linalg.inv(labels.space.affine) @ [*largest["centroid_mm"], 1]
        assert np.abs(where[:3] - np.argwhere(masks[2]).mean(axis=0)).max() < 5
        assert f"{largest['diameters']['longest_mm']:.0f}" in shown
    pd.testing.assert_frame_equal(Predictions(folder).measures, table, rtol=1e-12)


def test_shards_and_a_resumed_prediction_end_with_one_table_of_all(
    btn: Btn, run: Path, two: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "predictions"
    work = ("predict", two, "--run", run, "--output", folder)
    assert btn(*work, "--shard", "2/2")[0] == 0
    assert set(read_table(folder)["case_id"]) == {"phantom-0001"}
    assert btn(*work, "--shard", "1/2")[0] == 0
    both = read_table(folder)
    assert set(both["case_id"]) == {"phantom-0000", "phantom-0001"}
    (folder / "measures.csv").unlink()
    assert btn(*work, "--resume")[0] == 0
    pd.testing.assert_frame_equal(read_table(folder), both)


def test_after_a_signal_the_table_has_the_cases_that_are_there(
    btn: Btn, run: Path, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from braintumornet.inference.predictor import Predictor

    predict = Predictor.predict

    def stop_at_the_second(self: Predictor, case: object, *given: object) -> object:
        if case.id == "phantom-0001":
            raise Stopped(15)
        return predict(self, case, *given)

    monkeypatch.setattr(Predictor, "predict", stop_at_the_second)
    code, _, _ = btn("predict", two, "--run", run, "--output", tmp_path / "predictions")
    assert code == 128 + 15
    assert set(read_table(tmp_path / "predictions")["case_id"]) == {"phantom-0000"}


def test_a_table_that_is_not_ours_is_left_alone(btn: Btn, run: Path, two: Path, tmp_path: Path) -> None:
    cohort = two.rename(tmp_path / "measures.csv")
    before = cohort.read_bytes()
    code, _, err = btn("predict", cohort, "--run", run, "--output", tmp_path)
    assert code == 1
    assert "measures.csv would be overwritten, and is another table than that of predictions" in err
    assert cohort.read_bytes() == before
