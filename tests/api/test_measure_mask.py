"""Measures of masks of others."""

from pathlib import Path

import numpy as np
import pytest

import braintumornet as btn
from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, InputError, InputWarning, UsageError
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

LPS = Space((30, 30, 10), np.array([[-1.0, 0, 0, 10], [0, -1, 0, 10], [0, 0, 3, 0], [0, 0, 0, 1]]))


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """Enhancing tumour of 14 x 12 x 2 voxels in oedema, on the patient's right."""
    labels = np.zeros(LPS.shape, np.uint8)
    labels[4:22, 2:20, 3:7] = 2
    labels[6:20, 4:16, 4:6] = 4
    return write(labels, tmp_path / "seg.nii.gz")


def write(labels: np.ndarray, path: Path, space: Space = LPS) -> Path:
    write_volume(Volume(labels, space), path)
    return path


def test_regions_of_the_label_scheme_are_measured(mask: Path, tmp_path: Path) -> None:
    brain = np.zeros(LPS.shape, np.uint8)
    brain[2:29, 2:28, 1:9] = 1  # its middle is at x = -5 mm
    table = btn.measure_mask(mask, "brats2020", brainmask=write(brain, tmp_path / "brain.nii.gz"))
    whole = table[table["lesion"].isna()].set_index("region")
    assert whole["volume_ml"].to_dict() == pytest.approx({"WT": 3.888, "TC": 1.008, "ET": 1.008})
    lesion = table[(table["region"] == "ET") & (table["lesion"] == 1)].iloc[0]
    assert lesion[["x_mm", "y_mm", "z_mm"]].tolist() == pytest.approx([-2.5, 0.5, 13.5])
    assert (lesion["side"], lesion["slice"], lesion["measurable"]) == ("middle", 4, True)
    assert set(table["case_id"]) == {"seg.nii.gz"}


def test_without_a_brain_mask_no_side_is_told(mask: Path) -> None:
    assert set(btn.measure_mask(mask, "brats2020")["side"].dropna()) == {"unknown"}


def test_regions_may_be_chosen(mask: Path) -> None:
    table = btn.measure_mask(mask, "brats2020", regions=["ED"])
    assert set(table["region"]) == {"ED"}
    assert table["longest_mm"].isna().all()


def test_what_cannot_be_measured_is_told(mask: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="label scheme 'binary' does not tell TC, ET; name other regions"):
        btn.measure_mask(mask, "binary", regions=["WT", "TC", "ET"])
    with pytest.raises(UsageError, match="region 'wt' is not known"):
        btn.measure_mask(mask, "brats2020", regions=["wt"])
    with pytest.raises(InputError, match=r"seg.nii.gz: the mask holds label 4, which label scheme 'brats2023'"):
        btn.measure_mask(mask, "brats2023")
    other = write(np.ones((5, 5, 5), np.uint8), tmp_path / "other.nii.gz", Space((5, 5, 5), np.eye(4)))
    with pytest.raises(GeometryError, match=r"other.nii.gz and seg.nii.gz lie on different grids"):
        btn.measure_mask(mask, "brats2020", brainmask=other)
    sagittal = write(np.ones((5, 9, 9), np.uint8), tmp_path / "sag.nii.gz", Space((5, 9, 9), np.diag([5.0, 1, 1, 1])))
    with pytest.warns(InputWarning, match=r"sag.nii.gz: no diameters of WT: .* the slices are sagittal"):
        btn.measure_mask(sagittal, "binary")
