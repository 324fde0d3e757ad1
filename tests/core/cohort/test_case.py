import pickle
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import InputError, UsageError


def make_case(case_id: str = "a", **fields: object) -> Case:
    return Case(id=case_id, patient_id=case_id, cohort="c", images={"t1c": Path("t1c.nii.gz")}, **fields)


def test_mask_without_coding_is_refused():
    with pytest.raises(
        InputError, match=r"case a: the mask seg.nii.gz has no label scheme.*fill the manifest's column"
    ):
        make_case(targets={"seg": Path("seg.nii.gz")})


def test_case_cannot_be_changed_through_its_mappings():
    images = {"t1c": Path("x.nii.gz")}
    case = Case("a", "a", "c", images)
    images["t2f"] = Path("y.nii.gz")
    assert list(case.images) == ["t1c"]
    with pytest.raises(TypeError):
        case.images["t2f"] = Path("y.nii.gz")  # type: ignore[index]


def test_case_travels_to_another_process():
    case = make_case(targets={"seg": Path("s.nii.gz")}, coding="brats2020", attributes={"age": "7"})
    assert pickle.loads(pickle.dumps(case)) == case


def test_value_of_own_and_other_columns():
    case = make_case(pathology="hgg", attributes={"genotype": "fusion"})
    assert [case.value(name) for name in ("pathology", "cohort", "genotype", "age")] == [
        "hgg",
        "c",
        "fusion",
        None,
    ]


def test_duplicate_ids_are_refused():
    with pytest.raises(InputError, match="cohort c: case id 'a' is there twice"):
        Cohort("c", (make_case("a"), make_case("b"), make_case("a")))


def test_with_ids_keeps_the_order_asked_for():
    cohort = Cohort("c", tuple(make_case(case_id) for case_id in "abc"))
    assert [case.id for case in cohort.with_ids(["c", "a"])] == ["c", "a"]
    with pytest.raises(UsageError, match="has no case 'd'; it has 3"):
        cohort.with_ids(["a", "d"])


def test_select_returns_a_new_cohort():
    cohort = Cohort("c", tuple(make_case(case_id) for case_id in "abc"))
    assert [case.id for case in cohort.select(lambda case: case.id != "b")] == ["a", "c"]
    assert len(cohort) == 3


def test_a_condition_may_be_about_every_field_of_a_case():
    case = make_case("a", pathology="hgg", split="test", attributes={"site": "B"}, coding="brats2023")
    cells = {"id": "a", "case_id": "a", "patient_id": "a", "cohort": "c", "pathology": "hgg", "split": "test"}
    for column, value in {**cells, "coding": "brats2023", "site": "B"}.items():
        assert case.value(column) == value
        assert case.fits({column: value})
        assert case.fits({column: ("other", value)})
        assert not case.fits({column: "other"})


def test_a_column_of_the_table_that_is_called_id_is_that_column():
    assert make_case("a", attributes={"id": "17"}).fits({"id": "17", "case_id": "a"})


@pytest.mark.parametrize("column", ["patholgy", "patientid", "sight", "t1c"])
def test_a_column_that_no_case_has_is_refused(column: str):
    cohort = Cohort("c", (make_case("a"), make_case("b", attributes={"site": "B"})))
    cohort.require_columns(["pathology", "patient_id", "id", "site"], "task 'hgg', where")
    with pytest.raises(
        UsageError, match=f"task 'hgg', where: no case of cohort c has a column '{column}'; (did|known)"
    ):
        cohort.require_columns([column], "task 'hgg', where")
    Cohort("empty", ()).require_columns([column], "of nobody")
