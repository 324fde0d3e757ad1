import pytest

from braintumornet.core.cohort.manifest import read_manifest, write_manifest
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.layouts.brats_layout import BratsLayout, find_part
from braintumornet.layouts.label_schemes.label_scheme_choice import choose_coding

read = BratsLayout().read


@pytest.mark.parametrize(
    ("case_id", "file_name", "part"),
    [
        ("Brats17_2013_10_1", "Brats17_2013_10_1_t1ce.nii.gz", "t1c"),
        ("Brats18_CBICA_AAB_1", "Brats18_CBICA_AAB_1_t1.nii.gz", "t1n"),
        ("BraTS19_CBICA_AAB_1", "BraTS19_CBICA_AAB_1_seg.nii.gz", "seg"),
        ("BraTS20_Training_001", "BraTS20_Training_001_flair.nii", "t2f"),
        ("BraTS20_Training_355", "W39_1998.09.19_Segm.nii", "seg"),
        ("BraTS2021_00006", "BraTS2021_00006_t2.nii.gz", "t2w"),
        ("BraTS-GLI-00001-001", "BraTS-GLI-00001-001-t2f.nii.gz", "t2f"),
        ("BraTS-MEN-RT-0001-1", "BraTS-MEN-RT-0001-1_gtv.nii.gz", "seg"),
        ("BraTS-MET-00110-000", "BraTS-MET-00110-000_segauto.nii.gz", "segauto"),
        ("case", "CASE_FLAIR.NII.GZ", "t2f"),
        ("case", "case_brain_mask.nii.gz", "brainmask"),
        ("case", "case_t1c.mha", None),
        ("case", "case_t1c_voided.nii.gz", None),
        ("case", "other_t1c.nii.gz", None),
        ("case", "case_automated_seg.nii.gz", None),
    ],
)
def test_names_of_files(case_id, file_name, part):
    assert find_part(case_id, file_name) == part


def test_a_case_is_read_whole(put):
    put("A/A_t1.nii.gz", "A/A_flair.nii.gz", "A/A_brainmask.nii.gz", "A/A_report.nii.gz", "A/._A_t2.nii.gz")
    folder = put("A/A_seg.nii.gz", labels=(0, 1))
    with pytest.warns(InputWarning, match="cohort cohort: left out 1 file .*such as A/A_report.nii.gz$"):
        (case,) = cohort = read(folder)
    assert (cohort.name, case.id, case.cohort, case.coding) == ("cohort", "A", "cohort", "binary")
    assert {name: file.name for name, file in case.images.items()} == {
        "t1n": "A_t1.nii.gz",
        "t2f": "A_flair.nii.gz",
    }
    assert case.targets["seg"].name == "A_seg.nii.gz"
    assert case.brainmask.name == "A_brainmask.nii.gz"


def test_sessions_belong_to_one_patient(put):
    cohort = read(put(*(f"BraTS-GLI-00001-00{n}/BraTS-GLI-00001-00{n}-t1c.nii.gz" for n in (0, 1))))
    told = [(case.patient_id, case.value("session")) for case in cohort]
    assert told == [("BraTS-GLI-00001", "000"), ("BraTS-GLI-00001", "001")]


@pytest.mark.parametrize(
    ("first", "second", "patient"),
    [
        ("sub-01_ses-01", "sub-01_ses-02", "sub-01"),
        ("UPENN-GBM-00001_11", "UPENN-GBM-00001_21", "UPENN-GBM-00001"),
        ("PatientID_0003_Timepoint_1", "PatientID_0003_Timepoint_5", "PatientID_0003"),
    ],
)
def test_visits_belong_to_one_patient(put, first, second, patient):
    cohort = read(put(*(f"{name}/{name}_t1c.nii.gz" for name in (first, second))))
    assert [case.id for case in cohort] == [first, second]
    assert {case.patient_id for case in cohort} == {patient}
    assert len({case.value("session") for case in cohort}) == 2


def test_folders_of_grades_are_opened_and_named(put):
    cohort = read(put("Training/HGG/A/A_t1c.nii.gz", "Training/LGG/B/B_t1c.nii.gz"))
    assert [(case.id, case.pathology) for case in cohort] == [("A", "hgg"), ("B", "lgg")]


def test_a_folder_may_be_one_case(put):
    assert [case.id for case in read(put("A/A_t1c.nii.gz") / "A")] == ["A"]


def test_stray_files_beside_the_cases_are_left_out_and_said(put):
    with pytest.warns(InputWarning, match="left out 1 file whose name is not understood, such as atlas.nii.gz"):
        assert [case.id for case in read(put("atlas.nii.gz", "A/A_t1c.nii.gz"))] == ["A"]


def test_what_may_be_a_mask_is_said_first(put):
    put("A/A_t1c.nii.gz", "A/A_bias.nii.gz", "B/B_t1c.nii.gz")
    folder = put("B/B_tumor_segmentation.nii.gz", "B/.B_seg.nii.gz", labels=(0, 1))
    with pytest.warns(InputWarning) as said:
        cohort = read(folder)
    assert [dict(case.targets) for case in cohort] == [{}, {}]
    assert [str(one.message) for one in said] == [
        "cohort cohort: left out 2 files whose names are not understood, such as B/B_tumor_segmentation.nii.gz; "
        "if that is a mask, call it B_seg.nii.gz"
    ]


def test_folders_without_images_are_left_out_and_said(put):
    folder = put("A/A_t1c.nii.gz")
    (folder / "B" / "dicom").mkdir(parents=True)
    (folder / "C").mkdir()
    (folder / "C" / "C_t1c.dcm").touch()
    (folder / ".git").mkdir()
    with pytest.warns(InputWarning, match="cohort cohort: left out 2 folders without a NIfTI file, such as B$"):
        assert [case.id for case in read(folder)] == ["A"]


def test_nothing_is_said_where_nothing_is_left_out(put, recwarn):
    put("HGG/A/A_t1c.nii.gz", "HGG/A/A_brainmask.nii.gz")
    assert len(read(put("LGG/B/B_t1c.nii.gz", "LGG/B/B_seg.nii.gz", labels=(0, 1)))) == 2
    assert not recwarn.list


def test_the_automatic_mask_is_never_the_expert_one(put):
    put("A/A_t1c.nii.gz", "B/B_t1c.nii.gz")
    cohort = read(put("A/A_segauto.nii.gz", "B/B_seg.nii.gz", labels=(0, 1)))
    assert [list(case.targets) for case in cohort] == [["segauto"], ["seg"]]


def test_a_cohort_without_masks_needs_no_coding(put):
    assert read(put("A/A_t1c.nii.gz")).cases[0].coding is None
    assert read(put("A/A_t1c.nii.gz"), "brats2020").cases[0].coding is None


def test_the_labels_of_all_masks_count(put):
    put("A/A_t1c.nii.gz", "B/B_t1c.nii.gz", "C/C_t1c.nii.gz")
    folder = put("A/A_seg.nii.gz", labels=(0, 1))
    assert [case.coding for case in read(folder)] == ["binary", None, None]
    put("B/B_seg.nii.gz", labels=(0, 2, 3))
    with pytest.raises(InputError, match="labels found: 1, 2, 3; they could be"):
        read(folder)
    assert [case.coding for case in read(folder, "decathlon")] == ["decathlon", "decathlon", None]


@pytest.mark.parametrize(
    ("labels", "codings"),
    [
        ((0, 1, 2, 3), "brats2013 or brats2023 or brats2024gli or decathlon or nnunet or peds2024"),
        ((0, 1, 2, 4), "brats2013 or brats2020 or brats2024gli or peds2024"),
        ((0, 1, 2), "brats2013 or brats2020 or brats2023 or brats2024gli or decathlon or nnunet or peds2024"),
    ],
)
def test_labels_that_mean_different_things_are_asked_about(put, labels, codings):
    put("A/A_t1c.nii.gz")
    with pytest.raises(InputError) as caught:
        read(put("A/A_seg.nii.gz", labels=labels))
    assert f"they could be {codings}); pass --label-scheme" in str(caught.value)


def test_paediatric_cohorts_are_always_asked(put):
    put("BraTS-PED-00001-000/BraTS-PED-00001-000-t1c.nii.gz")
    folder = put("BraTS-PED-00001-000/BraTS-PED-00001-000-seg.nii.gz", labels=(0, 1, 2, 3))
    with pytest.raises(InputError, match=r"brats2013 or brats2023 or .*peds2024\); pass --label-scheme"):
        read(folder)
    assert read(folder, "peds2024").cases[0].coding == "peds2024"


def test_labels_that_fit_no_coding_are_listed(put):
    put("A/A_t1c.nii.gz")
    with pytest.raises(
        InputError, match=r"labels found: 1, 7; no known label scheme.*--label-scheme '\{\"1\": \"oedema\""
    ):
        read(put("A/A_seg.nii.gz", labels=(0, 1, 7)))


def test_empty_masks_alone_do_not_tell_the_coding(put):
    mask = put("A_seg.nii.gz") / "A_seg.nii.gz"
    with pytest.raises(InputError, match="labels found: none but the background"):
        choose_coding([mask], None)
    assert choose_coding([mask], "brats2020") == "brats2020"


def test_a_label_that_the_given_coding_lacks_is_refused_with_its_file(put):
    put("A/A_t1c.nii.gz")
    folder = put("A/A_seg.nii.gz", labels=(0, 1, 4))
    with pytest.raises(InputError, match=r"A_seg\.nii\.gz: the mask holds label 4, which label scheme 'brats2023'"):
        read(folder, "brats2023")
    with pytest.raises(InputError, match="label scheme 'brats23' is neither"):
        read(folder, "brats23")


def test_a_case_without_images_lists_its_files(put):
    put("A/A_t1c.nii.gz")
    folder = put("B/scan.nii.gz", "B/B_brainmask.nii.gz")
    with pytest.raises(InputError, match=r"no image that is understood \(found B_brainmask\.nii\.gz, scan\.nii\.gz\)"):
        read(folder)


def test_two_files_of_one_sequence_are_refused(put):
    with pytest.raises(InputError, match=r"both A_t1\.nii\.gz and A_t1n\.nii\.gz are its t1n; keep one"):
        read(put("A/A_t1.nii.gz", "A/A_t1n.nii.gz"))


def test_metaimages_are_refused(put, tmp_path):
    image = tmp_path / "cohort" / "HG" / "0001" / "VSD.Brain.XX.O.MR_T1c.684" / "VSD.Brain.XX.O.MR_T1c.684.mha"
    image.parent.mkdir(parents=True)
    image.touch()
    with pytest.raises(InputError, match="is a MetaImage, as BraTS gave out until 2016; convert it to NIfTI"):
        read(put("A/A_t1c.nii.gz"))


def test_metaimages_beside_their_conversion_do_not_matter(put):
    folder = put("A/A_t1c.nii.gz")
    (folder / "A" / "VSD.Brain.XX.O.MR_T1c.684.mha").touch()
    assert len(read(folder)) == 1


def test_what_was_read_can_be_written_as_a_table(put, tmp_path):
    put("A/A_T1CE.nii", "A/A_brainmask.nii.gz")
    cohort = read(put("A/A_seg.nii.gz", labels=(0, 1)), '{"1": "tumour_core"}')
    write_manifest(cohort, tmp_path / "cohort" / "cohort.csv")
    assert read_manifest(tmp_path / "cohort" / "cohort.csv") == cohort
