"""The front door: names that are found lazily, nouns with their verbs, and what a notebook sees of them."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import braintumornet as btn
from braintumornet.core.cohort.case import Case
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.space import Space
from braintumornet.core.text.errors import UsageError
from braintumornet.output.write_prediction import write_prediction
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

GRID = Space((24, 20, 16), np.diag([2.0, 2.0, 3.0, 1.0]))
ABOUT = {"tumour": {"target": "seg"}, "idh": {"target": "idh"}}
ODD = "<b>odd</b>"


def test_every_name_is_found_where_its_room_says() -> None:
    assert sorted(btn._ROOMS) == sorted(set(btn.__all__) - {"__version__"})
    for name, room in btn._ROOMS.items():
        found = getattr(btn, name)
        assert found is getattr(import_module(f"braintumornet.api.{room}"), name)
        assert found.__module__ == f"braintumornet.api.{room}"
        assert found.__doc__
    assert set(dir(btn)) == set(btn.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'predicts'"):
        _ = btn.predicts


def test_the_package_runs_as_the_command() -> None:
    command = [sys.executable, "-m", "braintumornet", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"braintumornet {btn.__version__}\n"


@pytest.fixture
def cohort(tmp_path: Path) -> btn.Cohort:
    """Three cases with an image, a mask and a class; one id and one attribute are odd."""
    cases = []
    rng = np.random.default_rng(0)
    for number in range(3):
        labels = np.zeros(GRID.shape, np.uint8)
        labels[8:14, 6:12, 5 : 9 + number] = 3
        image = rng.uniform(50, 100, GRID.shape).astype(np.float32)
        image[:3] = image[-3:] = image[:, :3] = image[:, -3:] = 0
        for name, array in (("t2f", image), ("seg", labels)):
            write_volume(Volume(array, GRID), tmp_path / f"{number}_{name}.nii.gz")
        images, targets = ({name: tmp_path / f"{number}_{name}.nii.gz"} for name in ("t2f", "seg"))
        more = {"idh": "mutant", "age": str(40 + number), "site": ODD}
        cases.append(Case(f"c{number}", f"p{number}", "c", images, targets, coding="brats2023", attributes=more))
    return btn.Cohort("c", tuple(cases))


@pytest.fixture
def predictions(cohort: btn.Cohort, tmp_path: Path) -> btn.Predictions:
    """Predictions of the three, of which one says something odd."""
    masks = np.zeros((2, *GRID.shape), np.float32)
    masks[:, 8:14, 6:12, 5:9] = 1
    for case in cohort:
        maps = {"tumour": RegionMap(("WT", "ET"), masks)}
        classes = {"idh": {"mutant": 0.75, ODD: 0.25}}
        made = Prediction(case.id, GRID, GRID, maps, classes, notes=(ODD,))
        write_prediction(made, tmp_path / "p", ABOUT)
    return btn.Predictions(tmp_path / "p", cohort)


def test_a_cohort_shows_what_its_cases_have(cohort: btn.Cohort) -> None:
    page = cohort._repr_html_()
    assert "3 cases of 3 patients" in page
    assert "40 to 42" in page
    assert "<td>t2f</td><td>sequence</td>" in page
    assert cohort.select(lambda case: case.id == "c1")._repr_html_().count("1 case of 1 patient") == 1


def test_predictions_are_read_by_case_and_shown_in_three_planes(predictions: btn.Predictions) -> None:
    assert list(predictions.records) == ["c0", "c1", "c2"]
    assert predictions["c1"].volumes_ml["tumour", "WT"] == pytest.approx(6 * 6 * 4 * 12 / 1000)
    page = predictions.only("c2")._repr_html_()
    assert [plane for plane in ("axial", "coronal", "sagittal") if f"{plane} of case c2" in page] == [
        "axial",
        "coronal",
        "sagittal",
    ]
    assert page.count("data:image/png;base64,") == 3
    assert page.count("<path") == 6  # WT and ET in each plane
    assert "mutant 0.75" in page
    with pytest.raises(UsageError, match="holds no prediction of case 'c7'"):
        _ = predictions["c7"]


def test_predictions_without_their_images_are_shown_as_contours(predictions: btn.Predictions) -> None:
    assert btn.Predictions(predictions.path)._repr_html_().count("<path") == 6


def test_scores_show_means_and_whether_they_can_be_believed(cohort: btn.Cohort, predictions: btn.Predictions) -> None:
    scores = predictions.evaluate(cohort, jobs=1, progress=False)
    assert isinstance(scores, btn.Scores)
    of_wt = scores.select(structure="WT", metric="dice").frame
    page = scores._repr_html_()
    assert f">{of_wt['value'].mean():.3f}</td>" in page
    assert "of 3 cases of 3 patients" in page


def test_a_comparison_shows_effects_intervals_and_verdicts() -> None:
    single, multi = (
        btn.Scores.of({"split": split, "metric": "dice", "value": value} for split, value in enumerate(values))
        for values in ((0.70, 0.76, 0.78, 0.73, 0.80, 0.70), (0.83, 0.77, 0.80, 0.74, 0.80, 0.70))
    )
    page = btn.compare(single=single, multi=multi)._repr_html_()
    for text in ("baseline single", "+0.028", "-0.052 to +0.108", "4/6 splits", "no difference shown"):
        assert text in page


def test_nothing_that_is_shown_is_markup_and_all_say_research_use(
    cohort: btn.Cohort, predictions: btn.Predictions
) -> None:
    odd = btn.Scores.of({"arm": arm, "task": ODD, "metric": "dice", "value": 0.5} for arm in (ODD, "b"))
    comparison = btn.compare(odd)
    for shown in (cohort, predictions, odd.select(arm=ODD), comparison):
        page = shown._repr_html_()
        assert ODD not in page
        assert "research use" in page
    assert "&lt;b&gt;odd" in predictions._repr_html_()
