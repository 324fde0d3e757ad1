"""What `btn predict`, and `btn.predict` in Python, can be given."""

import errno
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import braintumornet
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.prediction_record import read_prediction
from braintumornet.core.text.errors import UsageError
from braintumornet.volumes.nifti import read_labels

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def predicted(run: Path, phantoms: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The masks of the first phantom, predicted as a case of its cohort."""
    folder = tmp_path_factory.mktemp("predicted")
    braintumornet.predict(Cohort("c", phantoms.cases[:1]), run, folder, progress=False)
    return folder


def mask(folder: Path, case_id: str) -> np.ndarray:
    return read_labels(folder / f"{case_id}_tumour.nii.gz").array


def test_files_by_name_are_one_case(run: Path, phantoms: Cohort, predicted: Path, tmp_path: Path, btn: Btn) -> None:
    first = phantoms.cases[0]
    named = ("--t1ce", first.images["t1c"], "--flair", first.images["t2f"], "--brain-mask", first.brainmask)
    code, out, err = btn("predict", *named, "--case-id", "mine", "--run", run, "--output", tmp_path)
    assert (code, err, "1 predictions" in out) == (0, "", True)
    assert np.array_equal(mask(tmp_path, "mine"), mask(predicted, first.id))
    assert not (tmp_path / "prepared").exists()


def test_files_by_name_in_python(run: Path, phantoms: Cohort, predicted: Path, tmp_path: Path) -> None:
    first = phantoms.cases[0]
    images = {"T1-CE": str(first.images["t1c"]), "flair": first.images["t2f"], "brainmask": first.brainmask}
    (record,) = braintumornet.predict(images, run, tmp_path, progress=False)  # type: ignore[arg-type]
    assert record.case_id == "case"
    assert np.array_equal(mask(tmp_path, "case"), mask(predicted, first.id))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to predict: give INPUT (a table, folder or zip), or files by name such as --t1c t1c.nii.gz"),
        (("a.csv", "--flair", "b.nii.gz"), "both INPUT a.csv and --t2f are given; INPUT names its own files and cases"),
        (("a.csv", "--case-id", "b"), "both INPUT a.csv and --case-id are given"),
        (("--brain-mask", "b.nii.gz"), "no image is named; name at least one of t1n, t1c, t2w, t2f"),
    ],
)
def test_an_input_is_one_thing(words: tuple[str, ...], said: str, run: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, err = btn("predict", *words, "--run", run, "--output", tmp_path / "p")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not (tmp_path / "p").exists()


def test_says_what_a_file_cannot_be_called(run: Path) -> None:
    with pytest.raises(UsageError, match="'dwi' is no sequence; expected t1n, t1c, t2w, t2f, a usual alias"):
        braintumornet.predict({"dwi": "a.nii.gz"}, run)
    with pytest.raises(UsageError, match="'flair' is the second file of t2f; name one file for each"):
        braintumornet.predict({"t2f": "a.nii.gz", "flair": "b.nii.gz"}, run)


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    """Two phantoms."""
    write_manifest(Cohort("c", phantoms.cases[:2]), tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


def test_masks_in_the_numbers_of_a_challenge(run: Path, table: Path, tmp_path: Path, btn: Btn) -> None:
    ours, theirs, sent = tmp_path / "ours", tmp_path / "theirs", tmp_path / "sent"
    assert btn("predict", table, "--run", run, "--output", ours)[0] == 0
    words = ("predict", table, "--run", run, "--output", theirs, "--label-scheme", "brats2020", "--submission", sent)
    assert btn(*words)[0] == 0
    for case_id in ("phantom-0000", "phantom-0001"):
        own, other = mask(ours, case_id), mask(theirs, case_id)
        assert np.array_equal(np.where(own == 3, 4, own), other)
        assert np.array_equal(read_labels(sent / f"{case_id}.nii.gz").array, other)
    assert len([*sent.iterdir()]) == 2
    scores = [tmp_path / f"{name}.csv" for name in ("a", "b")]
    for folder, file in zip((ours, theirs), scores, strict=True):
        assert btn("evaluate", table, folder, "--output", file)[0] == 0
    assert scores[0].read_text() == scores[1].read_text()
    record = read_prediction(theirs / "phantom-0000.json")
    assert record.segmentation["tumour"].files[0].coding == "brats2020"
    assert "2 of them there before" in btn(*words, "--resume")[1]
    assert "there before" not in btn(*words[:-4], "--resume")[1]  # in other numbers, they are written anew


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--label-scheme", "brats2013"), 2, "task 'tumour': label scheme brats2013 has no number for non enhancing"),
        (("--label-scheme", "brats23"), 1, "label scheme 'brats23' is neither a JSON object nor known; did you mean"),
        (("--submission", "p"), 2, "p is the folder of the predictions; give the submission a folder of its own"),
        (("--submission", "s", "--task", "genotype"), 2, "name one task that outlines with --task (here: none)"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(
    words: tuple[str, ...], code: int, said: str, run: Path, table: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    found, out, err = btn("predict", table, "--run", run, "--output", "p", *words)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert said in err
    assert not (table.parent / "p").exists()


def test_the_prediction_of_another_case_is_not_replaced(run: Path, phantoms: Cohort, tmp_path: Path, btn: Btn) -> None:
    first, other = (
        ("--t1c", case.images["t1c"], "--t2f", case.images["t2f"], "--run", run, "--output", tmp_path, "--no-page")
        for case in phantoms.cases[:2]
    )
    assert btn("predict", *first)[0] == 0
    before = (tmp_path / "case.json").read_bytes()
    code, out, err = btn("predict", *other)
    assert (code, out) == (1, "")
    assert err == (
        f"error: case case: {tmp_path / 'case.json'} is the prediction of other images under the same id; "
        "choose another --output or --case-id, or add --overwrite\n"
    )
    assert (tmp_path / "case.json").read_bytes() == before
    assert btn("predict", *first)[0] == 0  # its own is made anew
    assert btn("predict", *other, "--overwrite")[0] == 0
    assert (tmp_path / "case.json").read_bytes() != before


SHAPE = (24, 26, 22)
NOISE = np.random.default_rng(0).standard_normal(SHAPE)
RADIUS = np.sqrt((np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")) ** 2).sum(0))
BAD = {
    "ct": (np.select([RADIUS < 0.75, RADIUS < 0.82], [35 + NOISE, 1000], -1000), "bad.nii.gz is a CT (air at -1000"),
    "mask": (RADIUS < 0.5, "bad.nii.gz holds 2 different values (0 to 1): it is a mask, not an image"),
    "empty": (np.zeros(SHAPE), "has an empty brain: the brain mask, or every image, is zero everywhere"),
    "localizer": ((RADIUS < 0.8)[..., 9:12] * (300 + NOISE[..., :3]), "bad.nii.gz has 24 x 26 x 3 voxels; expected a"),
    "series": (np.stack([300 + NOISE, NOISE], -1), "bad.nii.gz has shape 24 x 26 x 22 x 2; expected one volume"),
    "nan": (np.where(RADIUS < 0.1, np.nan, (RADIUS < 0.8) * (300 + NOISE)), "bad.nii.gz holds values that are no numb"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_image_of_a_head_is_refused_in_one_line(name: str, run: Path, tmp_path: Path, btn: Btn) -> None:
    values, said = BAD[name]
    image = nib.Nifti1Image(np.asarray(values, np.float32), np.diag([8.0, 8, 8, 1]))
    nib.save(image, tmp_path / "bad.nii.gz")
    refuse(tmp_path / "bad.nii.gz", said, run, tmp_path / "p", btn)


def test_what_is_too_large_is_refused_by_its_header(run: Path, tmp_path: Path, btn: Btn) -> None:
    header = nib.Nifti1Header()
    header.set_data_shape((1000, 1000, 1000))
    header.set_data_dtype(np.int16)
    header.set_sform(np.eye(4), code=1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    with (tmp_path / "bad.nii").open("wb") as file:
        file.write(header.binaryblock)
        file.truncate(352 + 2 * 10**9)  # a hole on the disk
    refuse(tmp_path / "bad.nii", "bad.nii has 1000 x 1000 x 1000 voxels, more than any image", run, tmp_path / "p", btn)


def refuse(file: Path, said: str, run: Path, output: Path, btn: Btn) -> None:
    code, _, err = btn("predict", "--t1c", file, "--t2f", file, "--run", run, "--output", output)
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("error: case case: ")
    assert said in err
    assert not [path for path in output.rglob("*") if not path.name.startswith(".") and path.suffix != ".csv"]


@pytest.mark.parametrize("files", [0, 1])
def test_a_full_disk_leaves_nothing_half_written(
    files: int, run: Path, phantoms: Cohort, tmp_path: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full once that many files are written."""
    fitting = iter(range(files))

    def full(*given: object) -> None:
        if next(fitting, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    first = phantoms.cases[0]
    named = ("--t1c", first.images["t1c"], "--t2f", first.images["t2f"], "--run", run, "--output", tmp_path / "p")
    monkeypatch.setattr("os.fsync", full)
    code, _, err = btn("predict", *named, "--no-page")
    assert (code, err.count("\n")) == (1, 1)
    assert "No space left on device" in err
    assert not [path for path in (tmp_path / "p").rglob("*") if not path.name.startswith(".")]
