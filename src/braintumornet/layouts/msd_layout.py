"""Task01 of the Medical Segmentation Decathlon: all sequences of a case in one file, which `dataset.json` names."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.layouts.dataset_json import (
    DATASET_JSON,
    TEST,
    TRAINING,
    choose_stated_coding,
    files_by_case,
    find_masks,
    make_case,
    read_channels,
    read_dataset_json,
    visible_files,
)
from braintumornet.layouts.layout import Layout, refuse_no_folder
from braintumornet.volumes.nifti import read_channels as read_volumes
from braintumornet.volumes.nifti import write_volume

_NUMBERED = re.compile(r".+_\d{4}\.nii(?:\.gz)?")  # one file for each channel, as nnU-Net has them


class MsdLayout(Layout):
    """`imagesTr/BRATS_001.nii.gz` with FLAIR, T1w, T1gd and T2w one after the other, and `labelsTr/BRATS_001.nii.gz`.

    A case has a file for each sequence, so `unpack` writes one; masks are used where they lie.
    """

    kind: Literal["msd"] = "msd"

    def refusal(self, path: Path) -> str | None:
        """Ask for a `dataset.json` beside an `imagesTr` with one file for each case."""
        if refusal := refuse_no_folder(path):
            return refusal
        if not (path / DATASET_JSON).is_file():
            return f"it holds no {DATASET_JSON}"
        if not _images_in(path):
            return "its folder imagesTr holds no file such as BRATS_001.nii.gz, with all sequences of a case"
        return None

    def read(self, folder: Path, coding: str | None = None, needs_masks: bool = True) -> Cohort:
        """Refuse to read: each file holds several sequences, and nothing is written here.

        Raises:
            InputError: always; says how to unpack the files.
        """
        if refusal := self.refusal(folder):
            msg = f"{folder}: {refusal}"
            raise InputError(msg)
        msg = (
            f"{folder} has all sequences of a case in one file, and a cohort has a file for each: make these by "
            "`btn import FOLDER --output cohort.csv` and read that table, or by unpack_to= (Python)"
        )
        raise InputError(msg)

    def unpack(
        self,
        folder: Path,
        output: Path,
        coding: str | None = None,
        needs_masks: bool = True,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Cohort:
        """Read a cohort, and write each sequence to `<output>/<case>/<case>_<sequence>.nii.gz`.

        Args:
            folder: holds `dataset.json`.
            output: folder for the sequences, in the orientation RAS+ and with the grey levels that they have.
            coding: None where `dataset.json` says it, by names of labels that are known.
            needs_masks: False to leave out masks, and not to open them, where no coding is given.
            progress: called with cases done and cases in all.

        Raises:
            InputError: the folder is not laid out so, a channel is no known sequence, a file is damaged or holds
                another number of sequences, or the masks' coding is not known.
            UsageError: the output lies in the folder.
        """
        if self.refusal(folder):
            self.read(folder)
        folder = folder.resolve()
        dataset = read_dataset_json(folder)
        channels = read_channels(dataset, folder)
        if output.resolve().is_relative_to(folder):
            msg = f"{output} lies in the data set that is read; choose another place for the output"
            raise UsageError(msg)
        found = files_by_case(_images_in(folder))
        masks: dict[str, Path] = {}
        if needs_masks or coding is not None:
            for part in (TRAINING, TEST):
                masks |= find_masks(folder / f"labels{part}", found)
        coding = choose_stated_coding(dataset, folder, coding, [(mask, None) for mask in masks.values()])
        cases = []
        for done, (case_id, file) in enumerate(found.items(), start=1):
            images = {sequence: output / case_id / f"{case_id}_{sequence}.nii.gz" for sequence in channels}
            _split(file, images)
            cases.append(make_case(case_id, folder.name, images, masks.get(case_id), coding))
            progress(done, len(found))
        return Cohort(folder.name, tuple(cases))


def _images_in(folder: Path) -> list[Path]:
    files = [file for part in (TRAINING, TEST) for file in visible_files(folder / f"images{part}")]
    return [file for file in files if file.name.endswith((".nii", ".nii.gz")) and not _NUMBERED.fullmatch(file.name)]


def _split(file: Path, images: Mapping[str, Path]) -> None:
    volumes = read_volumes(file)
    if len(volumes) != len(images):
        msg = f"{file} holds {len(volumes)} volumes, and {DATASET_JSON} names {len(images)}: {', '.join(images)}"
        raise InputError(msg)
    for volume, output in zip(volumes, images.values(), strict=True):
        write_volume(volume, output)
