import numpy as np
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.volumes.head_image import read_head
from braintumornet.volumes.nifti import read_labels, write_volume
from braintumornet.volumes.volume import Volume


def test_brats2013_reads_with_its_coding(shared_data):
    cohort = read_cohort(shared_data / "brats2013-hgg", coding="brats2013")
    assert [case.id for case in cohort] == [f"brats2013_pat000{number}" for number in (3, 4, 5, 6)]
    assert all(list(case.images) == ["t1c", "t2f"] and case.brainmask for case in cohort)


def test_brats2013_asks_for_its_coding(shared_data):
    message = r"labels found: 1, 2, 3, 4; they could be brats2013 or brats2024gli or peds2024\); pass --label-scheme"
    with pytest.raises(InputError, match=message):
        read_cohort(shared_data / "brats2013-hgg")


@pytest.mark.parametrize(
    ("cohort", "suggestion"),
    [
        ("glioma-dev", "probably brats2020, because 'BraTS2021_00495' is named so and label 4 is the brightest on"),
        ("brats2021-gli", "probably brats2023, because label 3 is the brightest on t1c and label 1 the darkest"),
        ("brats2013-hgg", "probably brats2013, because 'brats2013-hgg' is named so and label 4 is the brightest on"),
    ],
)
def test_real_masks_point_to_their_coding(shared_data, cohort, suggestion):
    with pytest.raises(InputError) as caught:
        read_cohort(shared_data / cohort, layout="brats")
    assert suggestion in str(caught.value)


def test_a_real_mask_in_the_order_of_the_decathlon_points_to_it(shared_data, tmp_path):
    case = "BraTS2021_00006"
    (tmp_path / "cases" / case).mkdir(parents=True)
    seg = read_labels(shared_data / "brats2021-gli" / case / f"{case}_seg.nii.gz")
    turned = np.array([0, 2, 1, 3], np.uint8)[seg.array]
    write_volume(Volume(turned, seg.space), tmp_path / "cases" / case / f"{case}_seg.nii.gz")
    t1c = f"{case}_t1c.nii.gz"
    (tmp_path / "cases" / case / t1c).symlink_to(shared_data / "brats2021-gli" / case / t1c)
    with pytest.raises(InputError, match="probably decathlon, because label 3 is the brightest on t1c and label 2 the"):
        read_cohort(tmp_path / "cases")


def test_brats2021_reads_with_its_coding(shared_data):
    (case,) = read_cohort(shared_data / "brats2021-gli", coding="brats2023")
    assert case.coding == "brats2023"
    assert list(case.images) == ["t1n", "t1c", "t2w", "t2f"]


def test_metastases_need_a_coding_of_their_own(shared_data):
    with pytest.raises(InputError, match="labels found: 1, 2; they could be"):
        read_cohort(shared_data / "brats-mets")
    (case,) = read_cohort(shared_data / "brats-mets", coding='{"1": "oedema", "2": "tumour_core"}')
    assert (case.patient_id, list(case.targets)) == ("BraTS-MET-00110", ["segauto"])


def test_single_slices_are_imported_but_are_no_volumes(shared_data):
    cohort = read_cohort(shared_data / "brats2013-slices2d", coding="brats2013")
    assert len(cohort) == 6
    with pytest.raises(InputError, match="not single slices"):
        read_head(cohort.cases[0].images["t1c"])


def test_a_raw_case_without_mask_needs_no_coding(shared_data):
    (case,) = read_cohort(shared_data / "raw-tcga-lgg")
    assert (case.coding, dict(case.targets), len(case.images)) == (None, {}, 4)


def test_a_folder_of_something_else_is_refused(shared_data):
    with pytest.raises(InputError, match="has no image that is understood"):
        read_cohort(shared_data / "atlas-sri24")
    with pytest.raises(InputError, match="holds no cases"):
        read_cohort(shared_data / "dicom-healthy")
