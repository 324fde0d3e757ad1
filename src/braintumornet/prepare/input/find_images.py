"""Everything that can be under a path that a user gives -> the images of each examination."""

import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.prepare.input.dicom.dicom_series import find_series
from braintumornet.prepare.input.image_files import find_volume_files, volume_image
from braintumornet.prepare.input.list_files import DICOM, count_kinds, kind_of, list_files
from braintumornet.prepare.input.pseudonyms import Pseudonyms
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.input.source_image import SourceImage


def find_images(path: Path, pseudonyms: Pseudonyms | None = None) -> list[SourceImage]:
    """Find the images of one or many examinations; headers alone are read.

    - DICOM series, mixed as they may be, in a folder of any depth or in zips: every study of a patient is a case, under
      a pseudonym; images are named by the number of their series.
    - NIfTI and NRRD files: every folder that holds some is a case of its name.
    - A cohort table, or a folder with one: its cases; images are named by their sequences.

    Args:
        path: of a folder, a zip, a single file, or a cohort table.
        pseudonyms: of DICOM patients; default new ones that are kept nowhere.

    Returns:
        Sorted by case and name, whatever the order of the files; those with a problem among them.

    Raises:
        InputError: there is no image, an archive is refused, or the table is wrong.
        UsageError: there is DICOM, and pydicom is not installed.

    Warns:
        InputWarning: files that cannot be read were left out.
    """
    table = path / TABLE_NAME if path.is_dir() else path
    if table.suffix.lower() == ".csv" and table.is_file():
        return _images_of_cohort(table)
    files = list_files(path)
    kinds = _kinds_of(files)
    series = find_series(kinds.pop(DICOM), pseudonyms or Pseudonyms(None)) if DICOM in kinds else []
    images = [*series, *find_volume_files(sorted(file for each in kinds.values() for file in each), path)]
    if not images:
        msg = f"{path} holds no image: expected DICOM, NIfTI or NRRD files, found {count_kinds(files)}"
        raise InputError(msg)
    return sorted(images, key=lambda image: (image.case_id, image.name))


def _kinds_of(files: Sequence[SourceFile]) -> dict[str, list[SourceFile]]:
    kinds: dict[str, list[SourceFile]] = defaultdict(list)
    refused: dict[str, int] = defaultdict(int)
    for file in files:
        try:
            if kind := kind_of(file):
                kinds[kind].append(file)
        except InputError as error:
            refused[str(error)] += 1
    for reason, count in refused.items():
        warnings.warn(f"{reason} ({count} such)", InputWarning, stacklevel=3)
    return kinds


def _images_of_cohort(table: Path) -> list[SourceImage]:
    cohort = read_manifest(table, needs_masks=False)
    return [
        volume_image(case.id, sequence, SourceFile(file)) for case in cohort for sequence, file in case.images.items()
    ]
