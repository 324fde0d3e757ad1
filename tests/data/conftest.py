import csv
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.data.check.check_table import check_table, plan_check
from braintumornet.data.check.findings import CohortReport
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms

FILES = ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask")


@pytest.fixture(scope="session")
def clean_table(tmp_path_factory) -> Path:
    """Table of five synthetic heads in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("clean")
    write_phantoms(folder, PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5)), cases=5, seed=3)
    return folder / "cohort.csv"


class PlantedCohort:
    """The clean cohort, in whose table and files a test plants its fault; `rows` are the lines of the table."""

    def __init__(self, clean_table: Path, folder: Path) -> None:
        self.folder = folder
        with clean_table.open(newline="") as file:
            self.rows = list(csv.DictReader(file))
        for row in self.rows:
            row.update({column: str(clean_table.parent / row[column]) for column in FILES})

    def change(self, case: int, column: str, change: Callable, name: str = "changed.nii.gz") -> None:
        """Give a case a changed copy of a file; `change` gets and returns voxels and affine."""
        image = nib.load(self.rows[case][column])
        array, affine = change(np.asarray(image.dataobj), image.affine)
        self.put(case, column, name)
        nib.Nifti1Image(array, affine).to_filename(self.rows[case][column])

    def put(self, case: int, column: str, name: str) -> Path:
        """Let a cell name a file of the test's own, which need not exist."""
        path = self.folder / f"{case}_{column}_{name}"
        self.rows[case][column] = str(path)
        return path

    def write(self) -> Path:
        path = self.folder / "planted.csv"
        columns = list(dict.fromkeys(column for row in self.rows for column in row))
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        return path

    def check(self, jobs: int = 1, pictures: bool = False) -> CohortReport:
        table = read_table(self.write())
        return check_table(table, plan_check(table, jobs), pictures)

    def found(self) -> list[tuple[str, str, str]]:
        """Return kind, severity and case of everything that is found."""
        return [(str(f.kind), str(f.severity), f.case_id.removeprefix("phantom-")) for f in self.check().findings]


@pytest.fixture
def planted(clean_table, tmp_path) -> PlantedCohort:
    return PlantedCohort(clean_table, tmp_path)


@pytest.fixture
def turn_to_las() -> Callable:
    """Describe the same voxels by another order of the first axis, for `PlantedCohort.change`."""

    def turn(array, affine):
        image = nib.Nifti1Image(array, affine).as_reoriented(np.array([[0, -1], [1, 1], [2, 1]]))
        return np.asarray(image.dataobj), image.affine

    return turn
