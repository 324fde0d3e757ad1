"""Masks of other tools: a folder of files named by case."""

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.workers.failures import CasesFailedError
from braintumornet.evaluation.evaluate_cohort import evaluate_masks
from braintumornet.evaluation.external_masks import ExternalMasks, find_mask_files, read_mask_options
from braintumornet.scoring.case_masks import NO_PREDICTION
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

SPACE = Space((10, 10, 12), np.diag([1.0, 1.0, 2.0, 1.0]))
LABELS = np.zeros(SPACE.shape, np.int16)
LABELS[2:8, 2:8, 2:8], LABELS[3:6, 3:6, 3:6] = 2, 3  # oedema with enhancing tumour, as of 2023
AS_OF_2020 = np.where(LABELS == 3, 4, LABELS).astype(np.int16)


@pytest.fixture
def cohort(tmp_path):
    """Two cases with their truth; the second has two lesions more."""
    cases = []
    for name in ("a", "b"):
        labels = LABELS.copy()
        if name == "b":
            labels[2:4, 2:4, 10:12] = 3
        write_volume(Volume(labels, SPACE), tmp_path / "truth" / f"{name}.nii.gz")
        target = {"seg": tmp_path / "truth" / f"{name}.nii.gz"}
        cases.append(Case(name, name, "c", {}, targets=target, coding="brats2023"))
    return Cohort("c", tuple(cases))


@pytest.fixture
def masks(tmp_path):
    """The folder of another tool, with an answer for the first case only."""
    write_volume(Volume(AS_OF_2020, SPACE), tmp_path / "masks" / "a.nii.gz")
    return tmp_path / "masks"


def values_of(scores, case_id):
    return {(row.structure, row.metric): row for row in scores if row.case_id == case_id}


def test_masks_are_read_in_their_own_coding(cohort, masks):
    scores = evaluate_masks(cohort, masks, ExternalMasks("brats2020", task="theirs"))
    rows = values_of(scores, "a")
    assert {structure for structure, _ in rows} == {"WT", "TC", "ET"}
    assert {rows[region, "dice"].value for region in ("WT", "TC", "ET")} == {1}
    assert {row.task for row in scores} == {"theirs"}


def test_a_case_without_a_mask_counts_as_an_empty_one(cohort, masks):
    rows = values_of(evaluate_masks(cohort, masks, ExternalMasks("brats2020")), "b")
    assert (rows["ET", "dice"].value, rows["ET", "hd95_mm"].value) == (0, SPACE.diagonal_mm)
    assert {row.note for row in rows.values()} == {NO_PREDICTION}


def test_regions_with_several_lesions_get_a_table_of_detection(cohort, masks):
    scores = evaluate_masks(cohort, masks, ExternalMasks("brats2020", regions=("WT", "ET")))
    found = {(row.structure, row.metric): row.value for row in scores if row.case_id == row.lesion == ""}
    assert (found["ET", "lesions"], found["ET", "detection_sensitivity"]) == (3, pytest.approx(1 / 3))
    assert found["ET", "false_lesions_per_case"] == 0


def test_a_cohort_with_one_lesion_a_case_gets_none(cohort, masks):
    alone = cohort.with_ids(["a"])
    assert all(row.case_id for row in evaluate_masks(alone, masks, ExternalMasks("brats2020")))


def test_two_processes_give_the_same_table(cohort, masks):
    one, two = (evaluate_masks(cohort, masks, ExternalMasks("brats2020"), jobs=jobs) for jobs in (1, 2))
    assert [str(row) for row in one] == [str(row) for row in two]  # NaN is not equal to itself


def test_another_grid_is_refused(cohort, masks):
    write_volume(Volume(AS_OF_2020, Space(SPACE.shape, np.eye(4))), masks / "a.nii.gz")
    with pytest.raises(CasesFailedError, match="case a: the prediction a.nii.gz and the truth lie on different grids"):
        evaluate_masks(cohort, masks, ExternalMasks("brats2020"))


def test_unknown_labels_are_refused(cohort, masks):
    with pytest.raises(CasesFailedError, match="case a: the mask holds label 4, which label scheme 'brats2023'"):
        evaluate_masks(cohort, masks, ExternalMasks("brats2023"))


def test_an_unknown_coding_is_refused(cohort, masks):
    with pytest.raises(InputError, match="label scheme 'brats202' is neither a JSON object nor known"):
        evaluate_masks(cohort, masks, ExternalMasks("brats202"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "has no mask of any case: expected such as a.nii.gz, but it holds no NIfTI file"),
        (["other.nii.gz"], "expected such as a.nii.gz, but it holds other.nii.gz"),
        (
            ["a.nii.gz", "b_pred.nii.gz"],
            "case b: expected one file b.nii.gz in .*, found b_pred.nii.gz; name each mask",
        ),
        (["a.nii.gz", "a.nii"], "case a: expected one file a.nii.gz in .*, found a.nii, a.nii.gz"),
    ],
)
def test_names_that_do_not_tell_the_case_are_refused(cohort, tmp_path, files, message):
    (tmp_path / "odd").mkdir()
    for name in files:
        (tmp_path / "odd" / name).write_bytes(b"")
    with pytest.raises(InputError, match=message):
        evaluate_masks(cohort, tmp_path / "odd", ExternalMasks("brats2020"))


def test_endings_in_capitals_are_masks_too(cohort, masks):
    (masks / "a.nii.gz").rename(masks / "b.NII.GZ")
    rows = values_of(evaluate_masks(cohort, masks, ExternalMasks("brats2020")), "b")
    assert rows["WT", "dice"].value > 0.9
    assert rows["WT", "dice"].note != NO_PREDICTION


@pytest.mark.parametrize(
    ("names", "own", "similar"),
    [
        (["case_1.nii.gz", "case_10.nii.gz"], {"case_1": ["case_1.nii.gz"], "case_10": ["case_10.nii.gz"]}, {}),
        (["case_10.nii.gz"], {"case_10": ["case_10.nii.gz"]}, {}),
        (["case_10_pred.nii.gz", "case_100.nii.gz"], {}, {"case_10": ["case_10_pred.nii.gz"]}),
        (["case_1_2.nii.gz"], {"case_1_2": ["case_1_2.nii.gz"]}, {}),
        (["case_1_2_pred.nii"], {}, {"case_1_2": ["case_1_2_pred.nii"]}),
        (["case_1-seg.NII"], {}, {"case_1": ["case_1-seg.NII"]}),
        (["CASE_1.nii.gz", ".case_1.nii.gz"], {}, {"case_1": ["CASE_1.nii.gz"]}),
        (["seg_case_1.NII.GZ"], {}, {"case_1": ["seg_case_1.NII.GZ"]}),
        (["case-10.nii"], {}, {"case_10": ["case-10.nii"]}),
        (["pred_case_1_2.nii"], {}, {"case_1_2": ["pred_case_1_2.nii"]}),
        (["case_1.json", "case.nii.gz", "xcase_1.nii.gz"], {}, {}),
    ],
)
def test_files_are_of_a_case_by_whole_words(tmp_path, names, own, similar):
    for name in names:
        (tmp_path / name).touch()
    found = find_mask_files(tmp_path, ["case_1", "case_10", "case_1_2"])
    assert {case: list(files.own) for case, files in found.items() if files.own} == own
    assert {case: list(files.similar) for case, files in found.items() if files.similar} == similar


def test_a_column_without_masks_is_refused(cohort, masks):
    with pytest.raises(InputError, match="has no mask in the column 'segm'; did you mean 'seg'"):
        evaluate_masks(cohort, masks, ExternalMasks("brats2020", target="segm"))


@pytest.mark.parametrize(
    ("coding", "regions", "expected"),
    [
        ("brats2020", (), ["WT", "TC", "ET"]),
        ("binary", (), ["WT"]),
        ("binary", ("TC",), ["TC"]),
        ('{"1": "enhancing"}', (), ["ET"]),
        ("peds2024", ("CC", "ET"), ["CC", "ET"]),
    ],
)
def test_the_regions_that_are_scored(coding, regions, expected):
    assert ExternalMasks(coding, regions=regions).scored_regions() == expected


@pytest.mark.parametrize(
    ("coding", "regions", "message"),
    [
        ("brats2020", ("CC",), "masks of label scheme brats2020 do not tell region CC; they tell WT, TC, ET, NCR, ED"),
        ('{"1": "oedema"}', (), "do not tell any of WT, TC and ET; they tell ED"),
        ("brats2020", ("EX",), "region 'EX' is not known; known: CC, ED, ET"),
    ],
)
def test_regions_that_cannot_be_scored_are_refused(coding, regions, message):
    with pytest.raises(UsageError, match=message):
        ExternalMasks(coding, regions=regions).scored_regions()


def test_a_task_of_no_foreign_masks_is_wrong_use():
    assert read_mask_options(None, None, None, None, "demo", ["a=b"]) is None
    with pytest.raises(UsageError, match="--region is about masks of another tool: say with --label-scheme"):
        read_mask_options(None, None, ["ET"], None)


@pytest.mark.parametrize(("tasks", "heads", "said"), [("demo", None, "--tasks-of"), (None, ["a=b"], "--head")])
def test_tasks_and_heads_of_foreign_masks_are_wrong_use(tasks, heads, said):
    with pytest.raises(UsageError, match=f"{said} is for what `btn predict` wrote, and --label-scheme for masks of"):
        read_mask_options("brats2020", None, None, None, tasks, heads)


def test_a_coding_for_predictions_of_our_own_is_wrong_use(cohort, masks):
    (masks / "a.nii.gz").rename(masks / "a_tumour.nii.gz")
    (masks / "a.json").write_text("{}")
    with pytest.raises(UsageError, match="was written by `btn predict`, .*; omit --label-scheme"):
        evaluate_masks(cohort, masks, ExternalMasks("brats2020"))


def test_a_truth_that_tells_none_of_the_regions_is_refused(cohort, masks):
    with pytest.raises(InputError, match="the true masks of cohort c do not tell CC by their label scheme"):
        evaluate_masks(cohort, masks, ExternalMasks("peds2024", regions=("CC",)))
