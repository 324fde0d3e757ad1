"""What the names of files say."""

import pytest

from braintumornet.prepare.recognition.file_name import find_by_name


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("TCGA-FG-6692_t2f.nii.gz", {"t2f"}),
        ("t1c", {"t1c"}),
        ("BraTS-GLI-00001-001-t1n.nii.gz", {"t1n"}),
        ("case_t1.nii.gz", {"t1n"}),  # as BraTS calls it
        ("case_t1ce.nii", {"t1c"}),
        ("case_T1_CE.nrrd", {"t1c"}),
        ("case_T1_post.nii.gz", {"t1c"}),
        ("t2_flair.nii.gz", {"t2f"}),
        ("sub-01_ses-02_FLAIR.nii.gz", {"t2f"}),
        ("sub-01_ce-gadolinium_T1w.nii.gz", {"t1c"}),
        ("sub-01_T1w.nii.gz", {"t1n"}),
        ("mprage_gd.nii.gz", {"t1c"}),
        ("mprage_pre.nii.gz", {"t1n"}),
        ("mprage.nii.gz", {"t1n", "t1c"}),
        ("ax_t2_tse.nii.gz", {"t2w"}),
        ("t1_in_t2_space.nii.gz", {"t1n", "t2w"}),
        ("dwi_b1000.nii.gz", {"other"}),
        ("brainix_roi-on-t2f.nii.gz", {"other"}),
        ("case_seg.nii.gz", {"other"}),
        ("t1_brainmask.nii.gz", {"other"}),
        ("patient1.nii.gz", None),
        ("scan.nii.gz", None),
    ],
)
def test_names_say_what_files_hold(name, kinds) -> None:
    found = find_by_name(name)
    assert (set(found.kinds) if found else None) == kinds
