"""Real examinations, from their files to verdicts."""

from pathlib import Path

import pytest

from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.recognition.plan import make_plan


@pytest.mark.parametrize(
    ("folder", "sequences"),
    [("raw-tcga-lgg", {"t1n", "t1c", "t2w", "t2f"}), ("raw-brainix", {"t1n", "t2w", "t2f"})],
)
def test_files_are_recognised_by_their_names(shared_data: Path, folder: str, sequences: set[str]) -> None:
    plan = make_plan(find_images(shared_data / folder))
    (case_id,) = plan.cases
    assert set(plan.images_to_use(case_id)) == sequences


def test_the_healthy_volunteer_is_asked_about(shared_data: Path) -> None:
    """A T1 without InversionTime and without a word of contrast agent, and a T2 of three slices."""
    pytest.importorskip("pydicom", reason="pydicom is not installed: pip install 'braintumornet[dicom]'")
    plan = make_plan(find_images(shared_data / "dicom-healthy"))
    t1, t2 = (row.recognition for row in plan.rows)
    assert (t1.name, t1.sequence, t1.decision) == ("series-005", None, "ask")
    assert t1.reason == (
        "gradient echo with inversion, TR = 2530 ms, TE = 1.66 ms, flip angle = 7 degrees; "
        "its description says MPRAGE; nothing says whether it was before or after contrast agent, "
        "nor does anything in the examination speak of contrast agent; is it t1n or t1c?"
    )
    assert (t2.name, t2.decision) == ("series-006", "omit")
    assert t2.reason.startswith("has 3 slices")


def test_columns_of_a_cohort_table_are_taken_at_their_word(shared_data: Path) -> None:
    plan = make_plan(find_images(shared_data / "lgg-genomics" / "cohort.csv"))
    assert len(plan.cases) == 95
    assert {(row.recognition.decision, row.recognition.sequence == row.image.name) for row in plan.rows} == {
        ("use", True)
    }
