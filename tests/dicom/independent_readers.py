"""Readers of what we write that share nothing with our code: from the standard, or other people's programs."""

import subprocess
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from matplotlib.path import Path as Polygon
from scipy.spatial import cKDTree

TOOLS = Path(pydicom.__file__).parents[4] / "bin"


def slices_of(series: Path) -> dict[tuple[str, int], dict]:
    """Return UID and frame of each slice of a series -> its plane (PS3.3 C.7.6.2), classic or multi-frame."""
    found = {}
    for file in series.iterdir():
        ds = pydicom.dcmread(file)
        for frame in range(int(ds.get("NumberOfFrames", 1))):
            enhanced = "PerFrameFunctionalGroupsSequence" in ds
            own = ds.PerFrameFunctionalGroupsSequence[frame].PlanePositionSequence[0] if enhanced else ds
            shared = ds.SharedFunctionalGroupsSequence[0] if enhanced else ds
            turn = (shared.PlaneOrientationSequence[0] if enhanced else ds).ImageOrientationPatient
            spacing = (shared.PixelMeasuresSequence[0] if enhanced else ds).PixelSpacing
            found[ds.SOPInstanceUID, frame + 1 if enhanced else 1] = {
                "position": np.array(own.ImagePositionPatient, float),
                "row": np.array(turn[:3], float) * float(spacing[1]),
                "column": np.array(turn[3:], float) * float(spacing[0]),
                "shape": (int(ds.Rows), int(ds.Columns)),
            }
    return found


def read_structures(structure_set: Path, series: Path) -> dict[str, dict[tuple[str, int], np.ndarray]]:
    """Return region of interest -> slice -> mask (rows, columns): pixel centres within an odd number of contours."""
    ds, planes = pydicom.dcmread(structure_set), slices_of(series)
    names = {roi.ROINumber: roi.ROIName for roi in ds.StructureSetROISequence}
    masks: dict[str, dict[tuple[str, int], np.ndarray]] = {name: {} for name in names.values()}
    for roi in ds.ROIContourSequence:
        for contour in roi.ContourSequence:
            assert contour.ContourGeometricType == "CLOSED_PLANAR"
            (image,) = contour.ContourImageSequence
            key = (image.ReferencedSOPInstanceUID, int(image.get("ReferencedFrameNumber", 1)))
            plane = planes[key]
            points = np.array(contour.ContourData, float).reshape(int(contour.NumberOfContourPoints), 3)
            away = points - plane["position"]
            basis = np.stack([plane["row"], plane["column"]], axis=1)
            in_plane = np.linalg.lstsq(basis, away.T, rcond=None)[0].T  # column, row
            assert np.abs(in_plane @ basis.T - away).max() < 0.001
            rows, columns = plane["shape"]
            centres = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
            inside = Polygon(in_plane).contains_points(centres).reshape(rows, columns)
            before = masks[names[roi.ReferencedROINumber]].get(key, np.zeros((rows, columns), bool))
            masks[names[roi.ReferencedROINumber]][key] = before ^ inside
    return masks


def read_segments(segmentation: Path, folder: Path) -> list[nib.Nifti1Image]:
    """Return what dcmqi makes of a segmentation, an image for each segment, or one of a label map."""
    folder.mkdir()
    command = [TOOLS / "segimage2itkimage", "--inputDICOM", segmentation, "--outputDirectory", folder]
    subprocess.run([*command, "--outputType", "nii"], check=True, capture_output=True)
    files = sorted(folder.glob("*.nii*"), key=lambda file: int(file.name.split(".")[0].split("-")[-1]))
    return [nib.load(file) for file in files]


def points_of(image: nib.Nifti1Image) -> np.ndarray:
    """Return where the voxels of a segment lie, (N, 3) in mm."""
    index = np.argwhere(np.asanyarray(image.dataobj) > 0)
    return np.asarray(index @ image.affine[:3, :3].T + image.affine[:3, 3])


def are_same_points(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Say whether points are the same but for the rounding of their texts, in whatever order."""
    return len(found) == len(wanted) and float(cKDTree(wanted).query(found)[0].max()) < 0.01


def faults_of(file: Path) -> list[str]:
    """Return the errors that dciodvfy reports of an object."""
    told = subprocess.run(["dciodvfy", file], capture_output=True, text=True, check=False)
    return [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")]
