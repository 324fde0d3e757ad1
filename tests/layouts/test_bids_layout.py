"""BIDS data sets: sessions, several files of one sequence, masks in derivatives, attributes, and what is left out."""

import json

import pytest

from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.layouts.bids_layout import BidsLayout
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.testing import check_layout

read = BidsLayout().read
SUB = "sub-01/anat/sub-01"
NAMES = "index\tname\n0\tBackground\n1\tnecrotic and non-enhancing tumor core\n2\tedema\n3\tenhancing tumor\n"


@pytest.fixture
def put(put):
    """Write files as `put` does, and what makes a data set of them."""

    def write(*names, labels=(0, 1), tsv=None):
        folder = put(*names, labels=labels)
        (folder / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
        for name, text in (tsv or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    return write


def names_of(case):
    return {name: file.name for name, file in case.files().items()}


def test_it_keeps_the_contract(put):
    put(f"{SUB}_T1w.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_FLAIR.nii")
    mask = "derivatives/manual/sub-01/anat/sub-01_desc-tumor_dseg"
    participants = "participant_id\tAge\tsite\nsub-01\t54\tn/a\nsub-02\t7\tA\n"
    tsv = {f"{mask}.tsv": NAMES, "participants.tsv": participants}
    check_layout(BidsLayout, put(f"{mask}.nii.gz", labels=(0, 1, 2, 3), tsv=tsv))


def test_suffixes_and_contrast_are_sequences(put):
    folder = put(f"{SUB}_T1w.nii.gz", f"{SUB}_ce-gadolinium_T1w.nii.gz", f"{SUB}_T2w.nii", f"{SUB}_acq-3D_FLAIR.nii.gz")
    put(f"{SUB}_PD.nii.gz", "sub-01/func/sub-01_task-rest_bold.nii.gz", "sub-01/anat/other_T1w.nii.gz")
    (case,) = read_cohort(folder)
    assert (case.id, case.patient_id, case.cohort) == ("sub-01", "sub-01", "cohort")
    assert names_of(case) == {
        "t1n": "sub-01_T1w.nii.gz",
        "t1c": "sub-01_ce-gadolinium_T1w.nii.gz",
        "t2w": "sub-01_T2w.nii",
        "t2f": "sub-01_acq-3D_FLAIR.nii.gz",
    }


def test_sessions_are_visits(put):
    cohort = read(put(*(f"sub-01/ses-{n}/anat/sub-01_ses-{n}_T1w.nii.gz" for n in ("pre", "post"))))
    told = [(case.id, case.patient_id, case.value("session")) for case in cohort]
    assert told == [("sub-01_ses-post", "sub-01", "post"), ("sub-01_ses-pre", "sub-01", "pre")]


def test_the_plainest_of_several_is_taken_and_the_others_said(put):
    put(f"{SUB}_T1w.nii.gz", f"{SUB}_rec-norm_T1w.nii.gz", f"{SUB}_acq-fast_run-2_T1w.nii.gz")
    with pytest.warns(
        InputWarning, match="left out 2 files .one of several t1n of a case; name the right one in the t"
    ):
        (case,) = read(put(f"{SUB}_part-phase_T1w.nii.gz"))
    assert names_of(case) == {"t1n": "sub-01_T1w.nii.gz"}


def test_two_runs_are_nobodys_choice(put):
    folder = put(f"{SUB}_run-1_T1w.nii.gz", f"{SUB}_run-2_T1w.nii.gz", f"{SUB}_FLAIR.nii.gz")
    with pytest.warns(
        InputWarning, match="left out 2 files .one of several t1n of a case.*, such as sub-01/anat/sub-01_run-1"
    ):
        (case,) = read(folder)
    assert list(case.images) == ["t2f"]


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("acq-postcontrast_T1w", {}),
        ("acq-gd_T1w", {}),
        ("ce-none_T1w", {}),
        ("T1w", {"ContrastBolusIngredient": "GADOLINIUM"}),
    ],
)
def test_a_doubt_about_contrast_is_said(put, name, about):
    tsv = {f"{SUB}_{name}.json": json.dumps(about)}
    folder = put(f"{SUB}_{name}.nii.gz", f"{SUB}_T2w.nii.gz", tsv=tsv)
    with pytest.warns(
        InputWarning, match="left out 1 file .whether contrast was given is not clear; BIDS says it by ce-"
    ):
        (case,) = read(folder)
    assert list(case.images) == ["t2w"]


def test_nothing_clear_is_an_error(put):
    folder = put(f"{SUB}_run-1_T1w.nii.gz", f"{SUB}_run-2_T1w.nii.gz")
    with pytest.raises(InputError, match="holds no image of which it is clear what it is"), pytest.warns(InputWarning):
        read(folder)


def test_masks_are_found_in_derivatives_with_the_names_of_their_labels(put):
    put(f"{SUB}_T1w.nii.gz", "derivatives/hd-bet/sub-01/anat/sub-01_desc-brain_mask.nii.gz")
    put("derivatives/manual/sub-01/anat/sub-01_desc-tumor_dseg.nii.gz", labels=(0, 1, 2, 3))
    folder = put(tsv={"derivatives/manual/desc-tumor_dseg.tsv": NAMES})  # BIDS: what lies above counts for all below
    (case,) = read(folder)
    assert case.coding == "brats2023"
    assert names_of(case) == {
        "t1n": "sub-01_T1w.nii.gz",
        "brainmask": "sub-01_desc-brain_mask.nii.gz",
        "seg": "sub-01_desc-tumor_dseg.nii.gz",
    }


def test_a_derivative_is_read_by_itself(put):
    name = "sub-01_space-SRI24_desc"
    put(*(f"sub-01/anat/{name}-{what}.nii.gz" for what in ("preproc_T1w", "preproc_FLAIR", "brain_mask", "tumor_mask")))
    (case,) = read(put())
    assert (case.coding, list(case.files())) == ("binary", ["t1n", "t2f", "brainmask", "seg"])


def test_one_space_is_read_and_the_others_said(put):
    put(f"{SUB}_space-SRI24_T1w.nii.gz", f"{SUB}_space-SRI24_FLAIR.nii.gz", f"{SUB}_space-orig_T1w.nii.gz")
    folder = put(f"{SUB}_space-orig_desc-tumor_mask.nii.gz")
    with pytest.warns(InputWarning, match="left out 2 files .in another space than the case's images"):
        (case,) = read(folder)
    assert names_of(case) == {"t1n": "sub-01_space-SRI24_T1w.nii.gz", "t2f": "sub-01_space-SRI24_FLAIR.nii.gz"}


def test_the_patients_own_space_goes_before_others(put):
    with pytest.warns(InputWarning, match="in another space"):
        (case,) = read(put(f"{SUB}_space-MNI_T1w.nii.gz", f"{SUB}_T1w.nii.gz"))
    assert names_of(case) == {"t1n": "sub-01_T1w.nii.gz"}


@pytest.mark.parametrize(
    ("tsv", "told"),
    [
        (None, "labels found: 1, 2, 3; .* pass --label-scheme"),
        ("index\tname\n1\tnecrosis\n2\tedema\n3\tenhancing\n", "a _dseg.tsv calls them necrosis, edema, enhancing"),
        ("index\tname\n1\tedema\n2\tenhancing\n", "mask holds label 3"),
        ("number\tname\n1\tedema\n", r"_dseg.tsv has no column 'index'; expected columns separated by tabs"),
    ],
)
def test_labels_that_are_not_clear_are_asked_about(put, tsv, told):
    put(f"{SUB}_T1w.nii.gz")
    tables = {} if tsv is None else {f"{SUB}_dseg.tsv": tsv}
    folder = put(f"{SUB}_dseg.nii.gz", labels=(0, 1, 2, 3), tsv=tables)
    with pytest.raises(InputError, match=told):
        read(folder)


def test_the_caller_can_say_what_labels_mean_and_masks_may_not_matter(put):
    put(f"{SUB}_T1w.nii.gz")
    folder = put(f"{SUB}_dseg.nii.gz", labels=(0, 1, 2, 3))
    assert read(folder, "decathlon").cases[0].coding == "decathlon"
    assert dict(read(folder, needs_masks=False).cases[0].targets) == {}


def test_abbreviations_are_names_too(put):
    put(f"{SUB}_T1w.nii.gz")
    tsv = "index\tname\tabbreviation\n1\tthe one\tNCR\n2\tthe other\tED\n3\tthe tumour\tET\n"
    assert read(put(f"{SUB}_dseg.nii.gz", labels=(0, 1, 2, 3), tsv={"dseg.tsv": tsv})).cases[0].coding == "brats2023"


def test_segmentations_of_the_brain_are_no_tumour(put):
    tsv = {"dseg.tsv": "index\tname\n1\tGM\n2\tWM\n3\tCSF\n"}
    put(*(f"{SUB}_{name}.nii.gz" for name in ("T1w", "dseg", "desc-aseg_dseg", "label-ET_mask")))
    with pytest.warns(InputWarning, match="left out 3 files .no mask of a whole tumour nor a segmentation of one."):
        (case,) = read(put(tsv=tsv))
    assert list(case.files()) == ["t1n"]


def test_several_masks_are_nobodys_choice(put):
    put(f"{SUB}_T1w.nii.gz")
    folder = put(*(f"derivatives/{tool}/sub-01/anat/sub-01_desc-tumor_mask.nii.gz" for tool in "ab"))
    with pytest.warns(InputWarning, match="left out 2 files .one of several masks; name the right one in the table."):
        assert dict(read(folder).cases[0].targets) == {}


def test_participants_give_attributes(put):
    table = "participant_id\tAge\tIDH\tpathology\tsplit\tsession\tt1c\n"
    table += "sub-01\t54\tmutant\tlgg\ttrain\t9\tx\nsub-02\tn/a\tNA\n"
    put(f"{SUB}_T1w.nii.gz", "sub-02/anat/sub-02_T1w.nii.gz", "sub-03/anat/sub-03_T1w.nii.gz")
    with pytest.warns(InputWarning, match="participants.tsv: left out session, split, t1c, which would be a column of"):
        cases = read(put(tsv={"participants.tsv": table})).cases
    assert [dict(case.attributes) for case in cases] == [{"age": "54", "IDH": "mutant"}, {}, {}]
    assert [case.pathology for case in cases] == ["lgg", None, None]


@pytest.mark.parametrize("content", [b"", b"id\n1\n", b"\xff\xfea"])
def test_damaged_tables_are_refused(put, content):
    folder = put(f"{SUB}_T1w.nii.gz")
    (folder / "participants.tsv").write_bytes(content)
    with pytest.raises(InputError, match=r"participants\.tsv"):
        read(folder)


def test_what_is_no_data_set_says_why(put):
    layout = BidsLayout()
    folder = put(f"{SUB}_dwi.nii.gz", "derivatives/x/sub-01/anat/sub-01_T1w.nii.gz")
    assert layout.refusal(folder) == "it holds no image such as sub-01/anat/sub-01_T1w.nii.gz"
    (folder / "dataset_description.json").unlink()
    assert layout.refusal(folder) == "it holds no dataset_description.json, which every BIDS data set has"
    with pytest.raises(InputError, match="bids: it holds no dataset_description.json, which every BIDS data set has"):
        read_cohort(folder)
