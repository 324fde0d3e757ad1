"""Contours in, learned from, and out again: a network that answers as it was taught gives back what was drawn."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml
from pydicom import Dataset

from braintumornet.volumes.volume import Volume

from ..prepare.write_dicom import T1C, T2F, head_phantom, write_series
from .conftest import lesions
from .structure_sets import read_slices, write_structure_set
from .test_import_contours import answer

Btn = Callable[..., tuple[int, str, str]]
SPACING_MM = 4.0
EXPERIMENT = {
    "sequences": ["t1c", "t2f"],
    "tasks": [{"kind": "segmentation", "name": "gtv", "regions": ["WT"]}],
    "data": {"patch": [16, 16, 16], "batch_size": 1},
    "backbone": {"kind": "resunet", "width": 8, "blocks_down": [1, 1], "blocks_up": [1]},
    "training": {"steps": 2, "precision": "float32", "accelerator": "cpu"},
}


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_what_was_drawn_comes_out_within_a_quarter_pixel(tmp_path: Path, btn: Btn, holes: str) -> None:
    scans, learned, run, out = (tmp_path / name for name in ("scans", "learned", "run", "out"))
    head = head_phantom((48, 40, 24), SPACING_MM)
    bright = Volume(head.array + 3000 * lesions(head.space).astype(head.array.dtype), head.space)
    for number, (name, header) in enumerate({"t1c": T1C, "t2f": T2F}.items(), start=1):
        write_series(bright, scans / name, header=header, number=number)
    slices = read_slices(scans / "t1c")
    drawn = write_structure_set(scans / "rs.dcm", slices, {"GTV": mask_of(slices)}, holes="xor")

    assert btn("import-contours", scans, learned)[0] == 1  # somebody has to say what GTV means
    assert btn("import-contours", scans, learned, "--structures", answer(learned / "structures.csv", GTV="WT"))[0] == 0
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(EXPERIMENT))
    table = learned / "cohort.csv"
    assert btn("train", tmp_path / "experiment.yaml", "--cohort", table, "--run", run)[0] == 0
    assert btn("predict", table, "--run", run, "--output", out, "--no-page")[0] == 0
    (answered,), (labels,) = out.glob("*_gtv.nii.gz"), learned.rglob("*_seg.nii.gz")
    shutil.copy(labels, answered)  # as a perfect network would answer; to train one takes minutes
    kind = "rtstruct" if holes == "xor" else "rtstruct-keyhole"
    assert btn("convert", out, "--reference", scans / "t1c", "--formats", kind)[0] == 0

    (written,) = (out / "dicom").glob(f"*_{kind}.dcm")
    before, after = contours_of(drawn, "GTV"), contours_of(written, "WT")
    assert before.keys() == after.keys()
    for place, lines in before.items():
        quarter_mm = 0.25 * SPACING_MM + 1e-3
        assert max(farthest_mm(line, after[place]) for line in lines) <= quarter_mm
        if holes == "xor":  # a channel lies far from what was drawn, and encloses nothing
            assert max(farthest_mm(line, lines) for line in after[place]) <= quarter_mm


def mask_of(slices: list[Dataset]) -> np.ndarray:
    """Return where the lesions shine, bool (columns, rows, slices)."""
    return np.stack([each.pixel_array.T > 2500 for each in slices], axis=2)


def contours_of(file: Path, name: str) -> dict[str, list[np.ndarray]]:
    """Return slice -> contours (N, 3) in mm of one structure."""
    dataset = pydicom.dcmread(file)
    (number,) = (roi.ROINumber for roi in dataset.StructureSetROISequence if roi.ROIName == name)
    found: dict[str, list[np.ndarray]] = {}
    for roi in dataset.ROIContourSequence:
        for contour in roi.ContourSequence if roi.ReferencedROINumber == number else ():
            uid = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
            found.setdefault(uid, []).append(np.array(contour.ContourData, float).reshape(-1, 3))
    return found


def farthest_mm(points: np.ndarray, contours: list[np.ndarray]) -> float:
    """Return how far the farthest of some points (N, 3) is from contours."""
    return float(np.min([distances_mm(points, *edge) for edge in edges_of(contours)], axis=0).max())


def edges_of(contours: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for contour in contours:
        yield from zip(contour, np.roll(contour, -1, axis=0), strict=True)


def distances_mm(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = end - start
    share = np.clip((points - start) @ along / max(along @ along, 1e-12), 0, 1)
    return np.asarray(np.linalg.norm(points - start - np.outer(share, along), axis=1))
