"""The page of `btn report`."""

import base64
import io
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml
from PIL import Image

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import cohort_fingerprint
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.evaluation.score_summary import summarise
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.report.run_page import write_report
from braintumornet.training.trainer import fit


@pytest.fixture
def run(reported, tmp_path):
    """A copy that may be changed."""
    shutil.copytree(reported.run.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


@pytest.fixture
def page(reported, tmp_path, read_page):
    def write(run=reported.run, cohort=None, predictions=None):
        write_report(TrainedRun(run.path), tmp_path / "report.html", cohort, predictions)
        return read_page(tmp_path / "report.html")

    return write


@pytest.fixture
def whole(page, reported):
    return page(reported.run, reported.cohort, reported.predictions)


def test_a_run_alone_tells_what_it_is(page, reported):
    found = page()
    assert found.headings[0] == ("h1", "Report of tiny")
    assert "resunet on t1c, t2f for tumour and genotype. 4 of 4 steps; the weights of step" in found.text
    assert "3 training cases" in found.text
    assert "best score 1 validation case" in found.text
    assert found.table("task")[1:] == [
        ["tumour", "segmentation", "WT, TC, ET", "3"],
        ["genotype", "classification", "fusion, v600e, other", "3"],
    ]
    assert found.table("cohort")[1:] == [["phantom", "3", "1", "2"]]
    (origin,) = found.table("fingerprints")[0][1:]
    config = yaml.safe_load(reported.run.config.read_text())
    assert origin.split(" · ")[0] == f"weights {reported.run.model_fingerprint()}"
    assert origin.endswith(f"cohort {cohort_fingerprint(reported.cohort)}")
    assert f"torch {json.loads(reported.run.environment.read_text())['torch']}" in found.table("fingerprints")[1][1]
    (shown,) = re.findall(r"<pre[^>]*>(.*?)</pre>", found.html, re.DOTALL)
    assert yaml.safe_load(re.sub("</?b>", "", shown)) == config
    assert found.text.count("research use; not for clinical decisions") == 2


def test_curves_of_every_task_and_of_validation_are_there(page):
    charts = {attrs["aria-label"] for tag, attrs in page().tags if tag == "svg"}
    assert charts == {
        "Loss of tumour",
        "Loss of genotype",
        "Dice of tumour on validation",
        "Accuracy of genotype on validation",
    }


def test_scores_are_those_of_the_evaluation(whole, reported):
    unseen = reported.cohort.with_ids([case.id for case in reported.cohort if case.split == "test"])
    scores = evaluate_cohort(unseen, reported.predictions)
    expected = {row.structure: row for row in summarise(scores).itertuples() if row.truth == "all"}
    table = next(table for table in whole.tables if table[0][:2] == ["task", "region"])
    for row in table[1:]:
        summary = expected[row[1]]
        assert row[2:4] == [str(summary.cases), f"{summary.mean_dice:.3f}"]
        assert row[7] == f"{summary.median_hd95_mm:.1f} mm"
    markers = next(table for table in whole.tables if table[0][0] == "marker")
    assert [row[1:3] for row in markers[1:]] == [["fusion", "0"], ["v600e", "1"], ["other", "0"], ["all classes", "1"]]
    assert f"{expected['WT'].mean_dice:.3f} mean Dice WT 2 unseen cases" in whole.text
    assert all(rule in whole.text for rule in describe_policy())


def test_sides_are_apart_and_flattering_ones_say_so(whole):
    sides = [text for level, text in whole.headings if level == "h3"][:3]
    assert sides == [
        "2 cases not seen in training",
        "1 case of the validation set",
        "3 cases of patients that the run was trained on",
    ]
    assert "The network learned from these cases: their scores are optimistically biased." in whole.text


def test_what_was_noted_with_predictions_is_there(page, reported, tmp_path):
    shutil.copytree(reported.predictions, tmp_path / "noted")
    summaries = sorted((tmp_path / "noted").glob("*.json"))[:2]
    for path in summaries:
        summary = json.loads(path.read_text())
        path.write_text(json.dumps(summary | {"notes": ["t1c: sform and qform lie up to 3 mm apart <here>"]}))
    found = page(reported.run, reported.cohort, tmp_path / "noted")
    names = ", ".join(path.stem for path in summaries)
    assert f"Noted with the prediction of {names}: t1c: sform and qform lie up to 3 mm apart <here>." in found.text


def test_best_and_worst_are_drawn_with_truth_and_prediction(whole, reported):
    cards = [text for level, text in whole.headings if level == "h3"][3:]
    assert [card.split(":")[0] for card in cards] == ["Best", "Worst"]
    assert {card.split(": ")[1] for card in cards} == {case.id for case in reported.cohort if case.split == "test"}
    names = [attrs["aria-label"] for tag, attrs in whole.tags if tag == "svg" and ", truth of " in attrs["aria-label"]]
    assert [name.split(",")[0] for name in names] == ["t2f", "t1c"] * 2
    for _, attrs in filter(lambda tag: tag[0] == "image", whole.tags):
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(attrs["href"].partition(",")[2]))))
        assert pixels.max() > pixels.min()
    assert whole.count("path") > 0


@pytest.fixture(scope="module")
def two_headed(phantoms, tiny, tmp_path_factory):
    """A run with a head for each of two pathologies, and its predictions of one unseen case of each."""
    cases = [
        replace(case, pathology=("hgg", "mets")[number % 2], split="train" if number < 4 else "test")
        for number, case in enumerate(phantoms)
    ]
    heads = [
        {"kind": "segmentation", "name": name, "regions": regions, "where": {"pathology": pathology}}
        for name, pathology, regions in (("gliomas", "hgg", ["WT", "ET"]), ("metastases", "mets", ["TC"]))
    ]
    folder, cohort = tmp_path_factory.mktemp("two_headed"), Cohort("phantoms", tuple(cases))
    config = ExperimentConfig.from_content(tiny.model_dump(mode="json") | {"tasks": heads}, "two heads")
    fit(config, cohort, RunFolder(folder / "run"))
    unseen = cohort.select(lambda case: case.split == "test")
    request = PredictionRequest(folder / "run", folder / "predictions")
    predict_cohort(Predictor.from_run(request.run), unseen, request, lambda case: None)
    return RunFolder(folder / "run"), unseen, folder / "predictions"


def test_every_head_has_its_own_pictures(page, two_headed):
    run, unseen, predictions = two_headed
    found = page(run, unseen, predictions)
    glioma, metastasis = (case.id for case in unseen)
    cards = [text for level, text in found.headings if level == "h3"][1:]
    assert cards == [f"Only case for gliomas: {glioma}", f"Only case for metastases: {metastasis}"]
    assert "mean Dice over the regions of gliomas and of metastases" in found.text
    assert "mean Dice metastases TC 1 unseen case" in found.text


def test_where_only_the_last_head_has_labels_it_is_shown(page, two_headed):
    run, unseen, predictions = two_headed
    metastases = unseen.select(lambda case: case.pathology == "mets")
    found = page(run, metastases, predictions)
    cards = [text for level, text in found.headings if level == "h3"][1:]
    assert cards == [f"Only case: {case.id}" for case in metastases]
    assert "mean Dice over the regions of metastases, among" in found.text


def test_cases_that_were_trained_on_are_marked_where_there_are_no_others(page, reported):
    cohort = reported.cohort.select(lambda case: case.split == "train")
    found = page(reported.run, cohort, reported.predictions)
    cards = [text for level, text in found.headings if level == "h3"][1:]
    assert len(cards) == 3
    assert all(card.endswith("trained on") for card in cards)


def test_phantoms_are_called_so(whole, page, run):
    assert "Phantoms. Scored on and trained on synthetic heads; nothing measured on them" in whole.text
    split = json.loads(run.split.read_text())
    run.split.write_text(json.dumps(split | {"cohorts": {"clinic": split["cohorts"]["phantom"]}}))
    assert "Phantoms" not in page(run).text


def test_patients_are_counted_where_they_are_fewer_than_cases(page, run):
    split = json.loads(run.split.read_text())
    sides = {"train": {"cases": 9, "patients": 4}, "test": {"cases": 2, "patients": 2}}
    run.split.write_text(json.dumps(split | {"cohorts": {"a": sides, "b": sides}}))
    found = page(run).table("cohort")
    assert found[1:] == [*([name, "9 of 4 patients", "0", "2"] for name in "ab"), ["all", "3", "1", "2"]]


def test_it_needs_no_other_file_and_names_no_place(whole, reported):
    links = [attrs[key] for _, attrs in whole.tags for key in ("src", "href", "xlink:href", "srcset") if key in attrs]
    assert links
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in whole.tags}
    assert re.findall(r"@import|url\(", whole.html) == []
    assert str(reported.run.path.parent) not in whole.html


def test_hostile_names_are_shown_as_they_are(page, run, reported):
    hostile = '<script>alert("x")</script>'
    cohort = Cohort("c", tuple(replace(case, attributes={"genotype": "v600e"}) for case in reported.cohort))
    split = json.loads(run.split.read_text())
    environment = json.loads(run.environment.read_text())
    run.split.write_text(json.dumps(split | {"cohorts": {hostile: split["cohorts"]["phantom"]}}))
    run.environment.write_text(json.dumps(environment | {"torch": hostile}))
    run.metrics.write_text(f"step,name,value\n10,loss/{hostile},1\n")
    found = page(run, cohort, reported.predictions)
    assert found.count("script") == 0
    assert found.text.count(hostile) == 3
    assert f"Loss of {hostile}" in {attrs.get("aria-label") for _, attrs in found.tags}


def test_it_serves_dark_screens_and_paper(whole):
    assert "prefers-color-scheme: dark" in whole.html
    assert "@media print" in whole.html


def test_a_run_without_diary_and_versions_still_has_a_page(page, run):
    run.metrics.unlink()
    run.environment.unlink()
    split = json.loads(run.split.read_text())
    del split["cohorts"], split["labelled"]
    run.split.write_text(json.dumps(split))
    found = page(run)
    assert "The run folder holds no log of a training." in found.text
    assert found.table("fingerprints")[1] == ["trained with", "not recorded"]
    assert found.table("cohort")[1:] == [["cases", "3", "1", "2"]]


def test_a_missing_image_costs_its_pictures_and_is_named(run, reported, tmp_path):
    cases = [replace(case, images={**case.images, "t2f": tmp_path / "gone.nii.gz"}) for case in reported.cohort]
    failures = write_report(TrainedRun(run.path), tmp_path / "r.html", Cohort("c", tuple(cases)), reported.predictions)
    assert {failure.case_id for failure in failures} <= {"phantom-0004", "phantom-0005"}
    assert "gone.nii.gz does not exist" in failures[0].reason
    page = (tmp_path / "r.html").read_text()
    assert "No picture, as a file of the case cannot be used" in page
    assert "gone.nii.gz" not in page


def test_no_folder_is_shown(page, run, reported):
    content = yaml.safe_load(run.config.read_text())
    content |= {"cohorts": ["clinic/Jane-Doe/cohort.csv"], "data": content["data"] | {"store": "clinic/Jane-Doe/store"}}
    run.config.write_text(yaml.safe_dump(content))
    found = page(run)
    assert "Jane-Doe" not in found.html
    assert "cohort.csv" in found.text


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"is not a finished run: config.yaml is missing"):
        write_report(TrainedRun(tmp_path / "nothing"), tmp_path / "r.html")
