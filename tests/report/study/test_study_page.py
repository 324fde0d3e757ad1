"""The page of a study, checked against numbers that were computed by hand from those in `conftest.py`."""

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import read_manifest, write_manifest
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.errors import UsageError


def titled(page, title):
    """Return the table under a heading: the tables of the page follow their headings."""
    html = page.html[page.html.index(f">{title}</h") :]
    rows = re.findall(r"<tr.*?</tr>", html[: html.index("</table>")], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def read_csv(folder, name):
    with (folder.tables / f"{name}.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_it_says_what_was_studied(page):
    assert page.headings[0] == ("h1", "Study made")
    expected = "5 arms on 6 cases, split as the table says (first, second), and phantom-new (2 cases)."
    assert f"{expected} Tasks: hgg (WT) and mets (TC) and genotype." in page.text
    assert page.text.count(RESEARCH_USE) == 2
    assert "Phantoms. All cases are synthetic heads" in page.text
    assert "Not complete" not in page.text


def test_the_table_of_the_papers(page):
    groups, header, *rows = titled(page, "Dice, hgg WT")
    assert groups == ["", "validation", "test", "phantom-new"]
    assert header == ["split", *["own", "multi", "hgg only"] * 3]
    assert [row[4:7] for row in rows] == [
        ["0.700", "0.800", "0.700"],
        ["0.800", "0.750", "0.800"],
        ["0.750", "0.775", "0.750"],
        ["baseline", "1/2", "0/2"],
    ]
    assert [row[0] for row in rows] == ["first", "second", "mean", "wins"]


def test_the_auc_of_each_arm_that_has_one(page):
    groups, header, *rows = titled(page, "AUC, genotype")
    assert groups == ["", "validation", "test", "phantom-new"]
    assert header == ["split", *["multi", "marker"] * 3]
    assert [row[3:5] for row in rows] == [["0.900", "0.600"], ["0.700", "0.800"], ["0.800", "0.700"], ["-", "-"]]


def test_what_each_arm_retains_against_a_network_for_each_task(page):
    _, header, *rows = titled(page, "Retention per task")
    assert header == ["arm", "mean Dice", "change", "mean Dice", "change"]
    assert rows == [
        ["own", "0.750", "", "0.550", ""],
        ["multi", "0.775", "+0.025", "0.500", "-0.050"],
        ["hgg only", "0.750", "+0.000", "-", "-"],
        ["mets only", "-", "-", "0.550", "+0.000"],
    ]


def test_what_each_arm_retains_on_fixed_cohorts(page):
    groups, header, *rows = titled(page, "Every task, fixed cohorts")
    assert groups == ["", "hgg WT, phantom-new", "mets TC, phantom-new"]
    assert header == ["arm", "mean Dice", "change", "mean Dice", "change"]
    assert rows[:2] == [["own", "0.500", "", "0.500", ""], ["multi", "0.400", "-0.100", "0.400", "-0.100"]]


def test_intervals_of_one_split_are_called_what_they_are(page, with_one_split, read_page, report_on):
    report_on(with_one_split)
    alone = read_page(with_one_split.page).text
    several, one = "t over splits, corrected", "With one split the interval is over its patients"
    assert [text in page.text for text in (several, one)] == [True, False]
    assert [text in alone for text in (several, one)] == [False, True]


def test_arms_against_the_baseline(page):
    header, *rows = titled(page, "Dice against own, test")
    assert header[:5] == ["arm", "of", "mean", "own", "difference"]
    found = {(row[0], row[1]): row for row in rows}
    multi = found["multi", "hgg WT"]
    assert multi[2:5] == ["0.775", "0.750", "+0.025"]
    # differences +0.1 and -0.05: mean 0.025, s2 0.01125, one patient tested for each that trains, t(1) = 12.706
    half = 12.7062 * (0.01125 * (1 / 2 + 1)) ** 0.5
    assert multi[5] == f"-{half - 0.025:.3f} to +{half + 0.025:.3f}"
    assert multi[7] == "1/2"
    assert multi[10] == "no difference shown"
    assert "p, Holm" in header
    assert "MDE: the minimum detectable effect of this study, at 80 % power" in page.text


def test_tiles_say_the_verdicts_of_the_test_side(page):
    tiles = page.html[page.html.index('class="tiles') : page.html.index("Results per split")]
    assert re.findall(r"<b>(.*?)</b>", tiles) == ["Dice hgg WT", "Dice mets TC", "AUC genotype"]
    assert "test set, against own" in tiles
    assert "test set, against multi" in tiles
    (said,) = re.findall(
        r"Dice mets TC</b>.*?<span>multi</span><span>(.*?)</span><span class=\"(\w+)\">(.*?)</span>", tiles, re.S
    )
    assert said == ("-0.050", "quiet", "no difference shown")


def test_pairs_are_drawn_for_each_patient_and_split(page):
    patients = re.search(r'aria-label="multi, wins 2/4">(.*?)</svg>', page.html, re.DOTALL)
    assert patients is not None
    assert patients[1].count("<circle") == 4
    assert sorted(re.findall(r"<title>(.*?)</title>", patients[1])) == [
        "0.600 and 0.700", "0.700 and 0.650", "0.800 and 0.900", "0.900 and 0.850",
    ]  # fmt: skip
    splits = re.search(r'aria-label="From own to">(.*?)</svg>', page.html, re.DOTALL)
    assert splits is not None
    assert splits[1].count("<polyline") == 4  # two splits, two arms
    assert "split first: 0.700" in splits[1]
    assert "split first: 0.800" in splits[1]


def test_lesions_and_sizes(page, finished):
    found = read_csv(finished, "lesions_found_by_volume_test")
    assert ["mets TC", "multi", "up to 0.065 ml", "6", "0.667", "0.75"] in found
    assert ["mets TC", "multi", "all", "6", "0.667", "0.75"] in found
    sizes = read_csv(finished, "dice_by_volume_in_ml_test")
    assert ["hgg WT", "multi", "1", "6", "4", "0.775"] in sizes  # cases 0, 1, 4, 5: too few for two bins
    assert 'aria-label="Lesions found, mets TC"' in page.html


def test_reliability_is_pooled_over_splits(page, finished):
    assert read_csv(finished, "reliability_test")[1:] == [
        ["genotype", "multi", "confidence 0.8 to 0.9", "4", "0.850", "0.750"]
    ]
    assert 'aria-label="Accuracy, genotype"' in page.html


def test_failures_show_truth_and_arms_on_one_slice(page):
    cards = re.findall(r"<h3>(Worst of own|Arms disagree): (.*?)</h3>", page.html)
    assert cards == [("Worst of own", "phantom-0005"), ("Arms disagree", "phantom-0004")]
    names = [attrs["aria-label"] for tag, attrs in page.tags if tag == "svg" and "phantom-0005" in attrs["aria-label"]]
    assert names == [f"{name} of phantom-0005" for name in ("truth", "own 0.60", "multi 0.70", "hgg only 0.60")]


def test_failures_show_masks_of_other_tools(with_masks, read_page, tmp_path, report_on):
    report_on(with_masks)
    found = read_page(with_masks.page)
    cards = {card: re.search(rf"{card}</h3>(.*?)</article>", found.html, re.DOTALL)[1] for card in ("0004", "0005")}
    pictures = {
        card: re.findall(r'aria-label="tool (.*?) of .*?</svg>', text, re.DOTALL) for card, text in cards.items()
    }
    assert pictures == {"0004": ["1.00"], "0005": ["0.00"]}
    drawn = {card: re.search(r'aria-label="tool .*?</svg>', text, re.DOTALL)[0] for card, text in cards.items()}
    assert "<path" in drawn["0004"]
    assert "<path" not in drawn["0005"]  # counted as empty, and shown so
    assert "masks in {split}" in found.text
    assert str(tmp_path) not in found.html


def test_what_the_rules_for_empty_structures_changed(page):
    header, *rows = titled(page, "Effect of the rules for empty structures")[1:]
    assert header[-3:] == ["mean Dice", "without these rows", "change"]
    assert rows == [["multi", "mets TC", "4", "0", "0", "1", "0", "0", "0.500", "0.700", "-0.200"]]


def test_costs_of_parts_are_added(page):
    header, *rows = titled(page, "Costs")
    counted = ["networks", "parameters", "operations", "steps", "training operations"]
    assert header == ["arm", *counted, "memory", "training", "prediction", "on"]
    found = {row[0]: row[1:] for row in rows}
    assert found["hgg only"] == ["1", "1 k", "2 G", "4", "48 G", "0.5 GiB", "15 s", "1.5 s", "cpu"]
    assert found["own"] == ["2", "2 k", "4 G", "8", "96 G", "0.5 GiB", "45 s", "3 s", "cpu"]


def test_what_was_drawn(page):
    _, header, *rows = titled(page, "Training exposure")
    assert header == ["arm", "group", "training cases", "samples", "hgg", "mets", "genotype"]
    assert ["multi", "phantom", "2", "8", "6", "6", "6"] in rows
    assert ["marker", "phantom", "2", "8", "-", "-", "6"] in rows


def test_choices_stand_beside_the_losses_they_weigh(page):
    assert titled(page, "Grid choices")[1:] == [
        ["multi", "first", "weighting.weights.genotype", "0.3"],
        ["multi", "second", "weighting.weights.genotype", "0.1"],
    ]
    _, header, *rows = titled(page, "Single-task losses")
    assert header == ["task", "arm", "first", "second", "mean", "hgg over it", "mets over it", "genotype over it"]
    assert rows == [
        ["hgg", "hgg only", "0.2", "0.4", "0.3", "", "2", "3.33"],
        ["mets", "mets only", "0.6", "0.6", "0.6", "0.5", "", "1.67"],
        ["genotype", "marker", "0.9", "1.1", "1", "0.3", "0.6", ""],
    ]


def test_the_plan_is_there(page, finished):
    assert [row[2:] for row in titled(page, "Arms")[2:]] == [
        ["-", "-", "-"], ["6", "0", "0"], ["2", "0", "0"], ["2", "0", "0"], ["2", "0", "0"],
    ]  # fmt: skip
    assert titled(page, "Splits")[2:] == [["first", "2", "2", "2"], ["second", "2", "2", "2"]]
    stored = json.loads(finished.plan.read_text())
    (prints, versions) = page.table("fingerprints")
    assert prints[1] == f"study and cases {stored['fingerprint']} · study file {stored['study']}"
    assert versions[1] == "python 3.11 · torch 2.9"
    (shown,) = re.findall(r"<pre[^>]*>(.*?)</pre>", page.html, re.DOTALL)
    assert list(yaml.safe_load(re.sub("</?b>", "", shown))["arms"]) == [
        "own",
        "multi",
        "hgg only",
        "mets only",
        "marker",
    ]


def test_tables_are_those_of_the_page(page, finished):
    groups = titled(page, "Dice, hgg WT")[0][1:]
    rows = read_csv(finished, "dice_hgg_wt")
    assert rows[0] == ["split", *(f"{group} {arm}" for group in groups for arm in ("own", "multi", "hgg only"))]
    assert rows[1:] == titled(page, "Dice, hgg WT")[2:]
    assert read_csv(finished, "costs") == titled(page, "Costs")
    assert (
        read_csv(finished, "empty_structures_test")[1:] == titled(page, "Effect of the rules for empty structures")[2:]
    )
    files = {path.name for path in finished.tables.iterdir()}
    assert {"every_task_test.csv", "dice_against_own_test.csv", "exposure.csv", "splits.csv", "jobs.csv"} < files


def test_it_needs_no_other_file_and_names_no_place(page, finished):
    links = [attrs[key] for _, attrs in page.tags for key in ("src", "href", "xlink:href", "srcset") if key in attrs]
    assert links
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert re.findall(r"@import|url\(|http", page.html) == []
    assert str(finished.path.parent) not in page.html
    assert "cohort.csv" not in page.html


def test_it_serves_dark_screens_and_paper(page):
    assert "prefers-color-scheme: dark" in page.html
    assert "@media print" in page.html


@pytest.mark.parametrize("place", ["/data/Jane-Doe", "Jane-Doe", "data/Jane-Doe", "../Jane-Doe"])
def test_failed_and_missing_jobs_are_named(place, changed, read_page, report_on):
    job = "mets-only_split-first_seed-0"
    changed.result(job).unlink()
    changed.failure(job).write_text(json.dumps({"error": f"cannot read {place}/t1c.nii.gz: <gone>"}))
    changed.result("marker_split-second_seed-0").unlink()
    report_on(changed)
    found = read_page(changed.page)
    assert "Not complete. Of 12 jobs 1 failed and 1 is not done" in found.text
    assert titled(found, "Jobs that failed")[1:] == [[job, "cannot read t1c.nii.gz: &lt;gone&gt;"]]
    (written,) = (line for line in read_csv(changed, "jobs") if line[0] == job)
    assert (written[4], written[7]) == ("failed", "cannot read t1c.nii.gz: <gone>")
    assert "Jane-Doe" not in found.html
    assert titled(found, "Dice, mets TC")[2][0] == "first"
    assert "left out, because not all arms have it: split first, seed 0" in found.text


def test_a_study_of_which_nothing_is_done_has_a_page(changed, read_page, report_on):
    for done in changed.path.glob("predictions/*/done.json"):
        done.unlink()
    report_on(changed)
    found = read_page(changed.page)
    assert "Not complete. Of 12 jobs 0 failed and 12 are not done" in found.text
    headings = [text for level, text in found.headings if level == "h2"]
    assert headings == ["Study plan", "Study file", "Provenance"]


def test_hostile_names_are_shown_as_they_are(changed, read_page, report_on):
    for path in changed.path.glob("runs/*/environment.json"):
        path.write_text(json.dumps({"torch": "<script>alert(1)</script>"}))
    report_on(changed)
    found = read_page(changed.page)
    assert found.count("script") == 0
    assert "torch <script>alert(1)</script>" in found.text


def test_without_predictions_no_case_is_named(changed, read_page, report_on):
    for answers in changed.path.glob("predictions/*/test"):
        shutil.rmtree(answers)
    report_on(changed)
    found = read_page(changed.page)
    assert "Failures" not in found.text
    assert re.findall(r"phantom-\d{4}", found.html) == []


def test_cases_that_changed_since_are_refused(changed, tmp_path, report_on):
    study = yaml.safe_load(changed.study.read_text())
    cohort = read_manifest(Path(study["cohorts"][0]))
    cases = (replace(cohort.cases[0], patient_id="somebody"), *cohort.cases[1:])
    write_manifest(Cohort("c", cases), tmp_path / "other.csv")
    changed.study.write_text(yaml.safe_dump({**study, "cohorts": [str(tmp_path / "other.csv")]}, sort_keys=False))
    with pytest.raises(UsageError, match="have changed since the study was begun: .* with other cases or files"):
        report_on(changed)
    assert not changed.page.exists()


def test_the_command_writes_page_and_tables(changed, btn):
    code, out, _ = btn("report", changed.path)
    assert code == 0
    assert changed.page.is_file()
    assert str(changed.tables) in out.replace("\n", "")
    assert (changed.tables / "costs.csv").is_file()


@pytest.mark.parametrize("words", [["--cohort", "c.csv"], ["--predictions", "p"]])
def test_a_study_knows_its_cases(changed, btn, words):
    code, _, err = btn("report", changed.path, *words)
    assert (code, err.count("\n")) == (2, 1)
    assert f"is a study, which knows its cases and predictions; report on it without {words[0]}" in err
    assert not changed.page.exists()


def test_a_page_elsewhere(changed, btn, tmp_path):
    assert btn("report", changed.path, "--output", tmp_path / "pages" / "a.html")[0] == 0
    assert (tmp_path / "pages" / "a.html").is_file()
    assert not changed.page.exists()
