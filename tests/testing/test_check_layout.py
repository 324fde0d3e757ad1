"""A layout with one fault at a time, which its check names."""

from itertools import count
from pathlib import Path
from typing import Literal

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import InputError
from braintumornet.layouts.layout import Layout
from braintumornet.testing import check_layout

READ = count()


class Faulty(Layout):
    """Every `*.faulty.nii.gz` is a case with a mask beside it, with a fault where one is named."""

    kind: Literal["faulty_layout"] = "faulty_layout"
    fault: str = ""

    def refusal(self, path: Path) -> str | None:
        if any(path.rglob("*.faulty.nii.gz")):
            return "it is not mine" if self.fault == "own" else None
        return {"silent": None, "wordy": "no\ncase"}.get(self.fault, "it holds no files such as a.faulty.nii.gz")

    def read(self, folder: Path, coding: str | None, needs_masks: bool) -> Cohort:
        if self.refusal(folder) and self.fault != "eager":
            raise {"rude": KeyError}.get(self.fault, InputError)("nothing here")
        if self.fault == "nobody":
            return Cohort("x", ())
        if self.fault == "asks" and coding is None and not needs_masks:
            return Cohort("x", ())
        if self.fault == "writes":
            (folder / "notes.txt").write_text(str(next(READ)))
        return Cohort("x", tuple(self.case(file) for file in sorted(folder.rglob("*.faulty.nii.gz"))))

    def case(self, file: Path) -> Case:
        number = f"{next(READ)}" if self.fault == "restless" else file.name.split(".")[0]
        mask = file.with_name("none.nii.gz" if self.fault == "missing" else "mask.nii.gz")
        sequence = "flair" if self.fault == "sequence" else "t2f"
        attributes = {"age": 7} if self.fault == "attribute" else {}
        coding = "brats2020" if self.fault == "coding" else "brats2023"
        return Case(number, number, "x", {sequence: file}, {"seg": mask}, coding=coding, attributes=attributes)


del Faulty._members["faulty_layout"]  # known within these tests alone: see conftest.py


@pytest.fixture
def example(tmp_path: Path) -> Path:
    for name in ("a.faulty.nii.gz", "mask.nii.gz"):
        array = np.resize(np.array([0, 1, 2, 3], np.uint8), (4, 4, 4))
        nib.Nifti1Image(array, np.eye(4)).to_filename(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("own", "`refusal` is None for data that are laid out so; found 'it is not mine'"),
        ("silent", "`refusal` says in one line why a folder is not laid out so, such as one that is empty; found None"),
        ("wordy", "`refusal` says in one line why"),
        ("eager", "`read` raises an InputError where `refusal` says why; found Cohort(name='x', cases=())"),
        ("rude", "`read` raises an InputError where `refusal` says why; found KeyError"),
        ("nobody", "`read` returns a Cohort with a case, at least; found Cohort(name='x', cases=())"),
        ("sequence", "images are called t1n, t1c, t2w, t2f; found flair in case a"),
        ("missing", "the files of a case are there; found no"),
        ("coding", "the coding of a case has every label of its masks; found in seg of case a: the mask holds label 3"),
        ("attribute", "a cohort is the same after it was written as a table and read"),
        ("restless", "what lies there is read alike each time"),
        ("asks", "with needs_masks=False all cases are read"),
        ("writes", "a layout writes nothing"),
    ],
)
def test_a_fault_is_named(fault: str, told: str, example: Path) -> None:
    with pytest.raises(AssertionError) as breach:
        check_layout(Faulty(fault=fault), example)
    assert told in str(breach.value)


def test_where_there_is_no_fault_nothing_is_said(example: Path) -> None:
    check_layout(Faulty, example)


def test_a_layout_needs_defaults(example: Path) -> None:
    class Needy(Faulty):
        kind: Literal["needy_layout"] = "needy_layout"
        ending: str

    with pytest.raises(
        AssertionError, match="Needy: a layout is chosen by its kind alone .*; found no default for ending"
    ):
        check_layout(Needy(ending="x"), example)
    del Layout._members["needy_layout"]
