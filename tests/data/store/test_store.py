"""Cases are read once, and again where their content or a setting has changed."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.text.errors import InputError
from braintumornet.data.store.cache_entry import StoredCase
from braintumornet.data.store.case_images import read_case
from braintumornet.data.store.label_bitmask import encode_labels
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import read_examples
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.volumes.nifti import read_volume, write_volume

TASK = SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))
SEQUENCES = ("t1c", "t2f")
NOBODY = 65534

FULL_DISK = """
import resource, sys
from pathlib import Path
from braintumornet.core.text.errors import InputError
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.data.store.store import Store
from braintumornet.tasks.segmentation import SegmentationTask
(case,) = read_manifest(Path(sys.argv[1]))
store = Store.of_tasks(Path(sys.argv[2]), [SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))], ["t1c"])
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    store.open(case)
except InputError as error:
    print(error)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.of_tasks(tmp_path / "store", [TASK], SEQUENCES)


@pytest.fixture
def case(phantoms: Cohort, tmp_path: Path) -> Case:
    """A case in a folder of its own, which a test may change."""
    return copy_case(phantoms.cases[0], tmp_path)


def copy_case(case: Case, folder: Path) -> Case:
    folder = Path(shutil.copytree(case.images["t1c"].parent, folder / "case"))
    images = {sequence: folder / path.name for sequence, path in case.images.items()}
    targets = {target: folder / path.name for target, path in case.targets.items()}
    brainmask = case.brainmask and folder / case.brainmask.name
    return replace(case, images=images, targets=targets, brainmask=brainmask)


def entries(store: Store) -> dict[str, int]:
    """Name and time of writing of all that lies in a store."""
    return {path.name: path.stat().st_mtime_ns for path in store.folder.glob("*.safetensors")}


def test_a_case_comes_back_up_to_a_thousandth_of_the_sd(case: Case, store: Store) -> None:
    images, masks = read_case(case, SEQUENCES, masks=["seg"])
    stored = store.open(case)
    found = stored.images()
    assert np.abs(found.image - images.image).max() <= 1e-3
    assert np.array_equal(found.image == 0, images.image == 0)
    assert np.array_equal(found.brain, images.brain)
    assert np.array_equal(found.present, images.present)
    assert (found.space, found.native_space) == (images.space, images.native_space)
    labels = encode_labels(case, store.bits, masks, images.space.shape)
    assert np.array_equal(stored.decode().labels, labels)


def test_candidates_are_those_computed_from_scratch(case: Case, store: Store) -> None:
    images, masks = read_case(case, SEQUENCES, masks=["seg"])
    regions = encode_labels(case, store.bits, masks, images.space.shape) & 7
    stored = store.open(case)
    assert list(stored.class_sizes) == [0, 1, 3, 7]  # healthy, oedema, core, enhancing
    for code, size in stored.class_sizes.items():
        expected = np.argwhere((regions == code) & (images.brain if code == 0 else True))
        found = [stored.class_voxel(code, number) for number in range(size)]
        assert np.array_equal(found, expected)


def test_labels_outside_the_brain_are_kept(case: Case, store: Store) -> None:
    mask, brain = read_volume(case.targets["seg"]), read_volume(case.images["t1c"])
    assert brain.array[0, 0, 0] == 0
    mask.array[0, 0, 0] = 2
    write_volume(mask, case.targets["seg"])
    stored = store.open(case)
    assert not stored.images().brain[0, 0, 0]
    assert stored.decode().labels[0, 0, 0] == 1
    assert stored.class_voxel(1, 0).tolist() == [0, 0, 0]


def test_real_labels_outside_the_brain_are_kept(shared_data: Path, store: Store) -> None:
    folder = shared_data / "brats2013-hgg" / "brats2013_pat0006"
    file = {name: folder / f"brats2013_pat0006_{name}.nii.gz" for name in ("t1c", "t2f", "seg", "brainmask")}
    images = {sequence: file[sequence] for sequence in SEQUENCES}
    stored = store.open(Case("a", "a", "x", images, {"seg": file["seg"]}, file["brainmask"], "brats2013"))
    labels = stored.decode().labels.numpy()
    assert np.count_nonzero(labels & 1) == np.count_nonzero(read_volume(file["seg"]).array)
    assert np.count_nonzero((labels & 1) & ~stored.images().brain) == 481


def test_a_second_reading_writes_nothing(case: Case, store: Store) -> None:
    first = store.open(case)
    before = entries(store)
    os.utime(case.images["t1c"])  # a new date is no new content
    assert store.open(case) == first
    assert store.open(replace(case, id="other", attributes={"age": "7"})).path == first.path
    assert entries(store) == before


def test_only_a_changed_case_is_read_again(phantoms: Cohort, case: Case, store: Store) -> None:
    examples = read_examples([case, phantoms.cases[1]], [TASK], store)
    before = entries(store)
    mask = read_volume(case.targets["seg"])
    mask.array[:] = 0
    write_volume(mask, case.targets["seg"])
    changed = read_examples([case, phantoms.cases[1]], [TASK], store)
    assert changed[1].stored.path == examples[1].stored.path
    assert {name: entries(store)[name] for name in before} == before
    assert len(entries(store)) == 3
    assert examples[0].labels().any()
    assert not changed[0].labels().any()


@pytest.mark.parametrize(
    "change",
    [
        {"sequences": ("t2f", "t1c")},
        {"spacing_mm": (6.0, 6.0, 6.0)},
        {"regions": ("TC", "WT", "ET")},
        {"coding": "brats2024gli"},
        {"brainmask": None},
    ],
)
def test_settings_that_matter_make_another_entry(case: Case, store: Store, change: dict[str, object]) -> None:
    task = TASK.model_copy(update={"regions": change.get("regions", TASK.regions)})
    sequences = change.get("sequences", SEQUENCES)
    other = Store.of_tasks(store.folder, [task], sequences, change.get("spacing_mm"))
    about_case = {key: value for key, value in change.items() if key in ("coding", "brainmask")}
    assert other.path_of(replace(case, **about_case)) != store.path_of(case)


def test_a_marker_or_another_name_of_the_task_makes_none(case: Case, store: Store) -> None:
    marker = ClassificationTask(name="genotype", target="genotype", classes=("fusion", "v600e"))
    renamed = TASK.model_copy(update={"name": "glioma", "loss": "dice"})
    other = Store.of_tasks(store.folder, [marker, renamed], SEQUENCES)
    assert other.path_of(case) == store.path_of(case)


def test_the_order_of_the_cases_changes_nothing(phantoms: Cohort, tmp_path: Path) -> None:
    stores = [Store.of_tasks(tmp_path / name, [TASK], SEQUENCES) for name in ("a", "b")]
    read_examples(phantoms.cases[:3], [TASK], stores[0])
    read_examples(phantoms.cases[2::-1], [TASK], stores[1])
    first, second = ({path.name: path.read_bytes() for path in s.folder.glob("*.safetensors")} for s in stores)
    assert first == second
    assert len(first) == 3


def test_no_more_cases_stay_in_memory_than_are_allowed(phantoms: Cohort, store: Store) -> None:
    sizes = [store.open(case).nbytes for case in phantoms]
    for gib in (0.0, sum(sizes[:2]) / 2**30, sum(sizes) / 2**30):
        examples = read_examples(phantoms, [TASK], store, gib)
        held = [example.voxels for example in examples if example.voxels is not None]
        taken = sum(voxels.image.nbytes + voxels.labels.nbytes for voxels in held)
        assert taken <= gib * 2**30 < taken + max(sizes)


def test_a_patch_is_the_same_from_memory_and_from_the_disk(phantoms: Cohort, store: Store) -> None:
    (held,) = read_examples(phantoms.cases[:1], [TASK], store, memory_gib=1)
    (on_disk,) = read_examples(phantoms.cases[:1], [TASK], store)
    for start in ((2, 3, 4), (-5, 0, 20), (100, 0, 0)):
        expected, found = (example.cut(np.array(start), (9, 8, 7)) for example in (held, on_disk))
        assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_a_full_disk_is_told_and_leaves_no_entry(case: Case, tmp_path: Path) -> None:
    write_manifest(Cohort("x", (case,)), tmp_path / "cohort.csv")
    folder = tmp_path / "store"
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "cohort.csv"), str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"case {case.id}: cannot write {folder}" in result.stdout
    assert "free some space or choose another folder (--set data.store=FOLDER)" in result.stdout
    assert list(folder.iterdir()) == []


@contextmanager
def without_rights() -> Iterator[None]:
    """Run as a user who owns nothing; root may write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        (0o555, "cannot write .*: Permission denied; .*data.store"),
        (0o600, "cannot read the store .*: Permission denied"),
    ],
)
def test_a_folder_without_rights_is_told(phantoms: Cohort, mode: int, message: str) -> None:
    with tempfile.TemporaryDirectory() as open_folder:
        Path(open_folder).chmod(0o755)
        case = copy_case(phantoms.cases[0], Path(open_folder))
        folder = Path(open_folder) / "store"
        folder.mkdir(mode)
        with without_rights(), pytest.raises(InputError, match=message):
            Store.of_tasks(folder, [TASK], SEQUENCES).open(case)
        assert list(folder.iterdir()) == []


def test_a_missing_file_is_told(case: Case, store: Store) -> None:
    case.images["t2f"].unlink()
    with pytest.raises(InputError, match=f"case {case.id}: .*t2f.* does not exist; check the path"):
        store.open(case)


def test_a_file_that_is_no_image_leaves_no_entry(case: Case, store: Store) -> None:
    case.images["t2f"].write_bytes(b"nothing")
    with pytest.raises(InputError, match=f"case {case.id}: .* is not a readable NIfTI file"):
        store.open(case)
    assert not store.folder.exists()


def test_a_label_without_meaning_names_the_case(case: Case, store: Store) -> None:
    with pytest.raises(InputError, match=f"case {case.id}: the mask holds label"):
        store.open(replace(case, coding="binary"))


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_an_entry_that_is_cut_off_is_made_anew(
    case: Case, store: Store, kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = store.open(case).path
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    stored = store.open(case)
    stored.decode()
    assert path.read_bytes() == whole
    (line,) = caplog.messages
    assert line.startswith(f"warning: case {case.id}: its entry in the store {store.folder} is damaged (")
    assert line.endswith(") and is made anew")


def test_a_single_wrong_bit_is_found_wherever_it_is(case: Case, store: Store) -> None:
    stored = store.open(case)
    whole = stored.path.read_bytes()
    right = everything(stored)
    with safe_open(stored.path, framework="numpy") as file:
        names = file.keys()
    header = 8 + int.from_bytes(whole[:8], "little")
    places = [header + (len(whole) - header) * part // (4 * len(names)) for part in range(4 * len(names))]
    for place in [*range(0, header, header // 20), *places, len(whole) - 1]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        stored.path.write_bytes(damaged)
        assert everything(store.open(case)) == right
        assert stored.path.read_bytes() in (whole, damaged)  # the bit may be one of padding


def everything(stored: StoredCase) -> list[object]:
    """All that a training can read of an entry."""
    voxels, images = stored.decode(), stored.images()
    found = [stored.class_voxel(code, size // 2).tobytes() for code, size in stored.class_sizes.items()]
    arrays = (voxels.image.numpy(), voxels.labels.numpy(), images.image, images.brain, images.present)
    return [stored.notes, *found, *(array.tobytes() for array in arrays)]


def test_what_is_damaged_while_a_training_uses_it_is_made_anew(case: Case, store: Store) -> None:
    (example,) = read_examples([case], [TASK], store)
    right = example.cut(np.array([2, 3, 4]), (9, 8, 7))
    content = example.stored.path.read_bytes()
    example.stored.path.write_bytes(content[: len(content) // 3] + bytes(len(content) - len(content) // 3))
    found = example.cut(np.array([2, 3, 4]), (9, 8, 7))
    assert all(np.array_equal(a, b) for a, b in zip(right, found, strict=True))
    assert example.stored.path.read_bytes() == content


def test_a_case_that_changed_meanwhile_is_not_mixed_with_what_was_read(case: Case, store: Store) -> None:
    stored = store.open(case)
    mask = read_volume(case.targets["seg"])
    mask.array[:] = 0
    write_volume(mask, case.targets["seg"])
    stored.path.write_bytes(b"damaged")
    with pytest.raises(InputError, match=f"case {case.id}: a file of it was changed while it was used; start again"):
        stored.decode()


def test_a_file_that_changes_while_it_is_read_leaves_no_entry(
    case: Case, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_change(*given: object) -> object:
        content = bytearray(case.targets["seg"].read_bytes())
        content[4] ^= 1  # the time within a gzip file
        case.targets["seg"].write_bytes(content)
        return read_case(*given)

    monkeypatch.setattr("braintumornet.data.store.store.read_case", read_and_change)
    with pytest.raises(InputError, match="was changed while it was used"):
        store.open(case)
    assert not store.folder.exists()


def test_a_disk_that_damages_everything_is_told(case: Case, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braintumornet.data.store.store.entry_bytes", lambda *given: b"damaged")
    with pytest.raises(InputError, match="was made anew and is damaged again .*; check the disk or choose another"):
        store.open(case)
