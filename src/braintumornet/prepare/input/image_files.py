"""NIfTI and NRRD files as images; every folder that holds some is a case."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import require_file_name
from braintumornet.core.workers.parallel import GIB, free_memory
from braintumornet.prepare.input.dicom.stack_slices import LPS_TO_RAS
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.nifti import read_space, read_values
from braintumornet.volumes.volume import Volume

if TYPE_CHECKING:
    import SimpleITK as sitk

_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr")
_LONGEST_HEADER = 2**16
_BYTES_PER_VOXEL = 12  # as stored, as float32, and while the axes are turned
_MOST_PACKED = 1100  # what deflate can do at most, and some more
_WELL_SET = 0.1  # volume of a voxel, of what its edges would make at right angles


def find_volume_files(files: Sequence[SourceFile], root: Path) -> list[SourceImage]:
    """Return the images of NIfTI and NRRD files; a case has its folder's name, and those above where two are equal.

    Args:
        files: all of them.
        root: under which they were found.

    Raises:
        InputError: a folder's name cannot be a case id.
    """
    folders = {file: _folder_of(file, root) for file in files}
    names = Counter(folder.name for folder in set(folders.values()))
    ids = {file: _case_id(folder, names) for file, folder in folders.items()}
    for case_id in sorted(set(ids.values())):
        require_file_name(case_id, "the folder's name")
    return [volume_image(case_id, file.inner_path.name, file) for file, case_id in ids.items()]


def _folder_of(file: SourceFile, root: Path) -> Path:
    """Return the folder of a file, as a path that begins with the root's name; a file alone has its own."""
    if not file.member and file.path == root:
        return Path(_without_ending(root.name))
    if not root.is_dir():
        return file.inner_path.parent.relative_to(root.parent)
    name = root.name if root.name.strip(".") else root.resolve().name  # of `.` and `..`
    return name / file.inner_path.parent.relative_to(root)


def _case_id(folder: Path, names: Counter[str]) -> str:
    return folder.name if names[folder.name] == 1 else "_".join(folder.parts[1:] or folder.parts)


def _without_ending(name: str) -> str:
    return next((name[: -len(end)] for end in _ENDINGS if name.lower().endswith(end)), name)


def volume_image(case_id: str, name: str, file: SourceFile) -> SourceImage:
    """Return the image of a NIfTI or NRRD file; what is wrong with its header is its problem."""
    is_nrrd = file.inner_path.suffix.lower() in (".nrrd", ".nhdr")
    reader: Callable[[], Volume] = partial(_read_nrrd if is_nrrd else _read_nifti, file)
    space, problem = None, None
    try:
        with file.on_disk() as path:
            try:
                space = _nrrd_space(path) if is_nrrd else read_space(path)
            except InputError as error:
                problem = str(error).removeprefix(f"{path} ")  # a name comes before it, and the path may be a copy's
    except InputError as error:
        problem = f"cannot be used: {error}"
    return SourceImage(case_id, name, None, space, problem, (), reader, (file,))


def _read_nifti(file: SourceFile) -> Volume:
    with file.on_disk() as path:
        return read_values(path)


def _read_nrrd(file: SourceFile) -> Volume:
    import SimpleITK as sitk

    with file.on_disk() as path:
        space = _nrrd_space(path)
        needed, free = prod(space.shape) * _BYTES_PER_VOXEL, free_memory()
        if free is not None and needed > free:
            msg = f"{path} needs {needed / GIB:.3g} GiB, and {free / GIB:.3g} GiB are free"
            raise InputError(msg)
        reader = _nrrd_reader(path)
        reader.SetOutputPixelType(sitk.sitkFloat32)
        try:
            array = sitk.GetArrayFromImage(reader.Execute())
        except RuntimeError as error:
            msg = f"{path} cannot be read to its end; it is damaged or cut short: copy it again"
            raise InputError(msg) from error
    return Volume(np.ascontiguousarray(array.T), space)


def _nrrd_reader(path: Path) -> "sitk.ImageFileReader":
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO")
    reader.SetFileName(str(path))
    return reader


def _nrrd_space(path: Path) -> Space:
    """Return the grid of an NRRD file, in its own order of axes.

    Raises:
        InputError: it is no single volume of numbers in one file, or does not say where it lies.
    """
    _require_one_file(path)
    reader = _nrrd_reader(path)
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        msg = f"{path} is not a readable NRRD file; it may be damaged or cut short: copy it again"
        raise InputError(msg) from error
    shape = tuple(int(size) for size in reader.GetSize())
    if len(shape) != 3 or reader.GetNumberOfComponents() != 1:
        msg = f"{path} is not one volume of single numbers; split it first"
        raise InputError(msg)
    if prod(shape) > path.stat().st_size * _MOST_PACKED:
        msg = f"{path} speaks of more voxels than a file of its size can hold; it is damaged: copy it again"
        raise InputError(msg)
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(reader.GetDirection(), (3, 3)) * reader.GetSpacing()
    affine[:3, 3] = reader.GetOrigin()
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    if not (np.isfinite(affine).all() and abs(np.linalg.det(directions)) > _WELL_SET):  # not so for NaN
        msg = f"{path} does not say where its voxels lie; convert the scan again"
        raise InputError(msg)
    return Space((shape[0], shape[1], shape[2]), LPS_TO_RAS @ affine)


def _require_one_file(path: Path) -> None:
    """Refuse a header that names other files, which could be any on this machine, and one without a patient's axes."""
    with path.open("rb") as file:
        header = file.read(_LONGEST_HEADER).split(b"\n\n")[0].split(b"\r\n\r\n")[0].lower()
    if b"\ndata file:" in header or b"\ndatafile:" in header:
        msg = f"{path} names another file that holds its voxels; convert the two to one .nrrd or .nii.gz"
        raise InputError(msg)
    if b"\nspace:" not in header:
        msg = f"{path} does not say how its axes lie in the patient (no 'space' in its header); convert the scan again"
        raise InputError(msg)
