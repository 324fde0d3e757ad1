"""A raw data set of nnU-Net: `Dataset001_Name/{imagesTr,labelsTr,imagesTs}` and `dataset.json`, of version 2 or 1."""

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.core.text.names import SEQUENCES
from braintumornet.layouts.dataset_json import DATASET_JSON, choose_stated_coding, read_channels, read_dataset_json
from braintumornet.layouts.layout import Layout, refuse_no_folder
from braintumornet.layouts.nnunet_splits import put_into_folds, read_folds

TRAINING, TEST = "Tr", "Ts"
_IMAGE = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})\.nii(?:\.gz)?")
_MASK = re.compile(r"(?P<case>.+?)\.nii(?:\.gz)?")

_Images = Mapping[str, Mapping[str, Path]]
"""Case -> sequence -> file."""


class NnunetLayout(Layout):
    """What `nnUNet_raw` holds: channels by number, which `dataset.json` names, and folds in `splits_final.json`."""

    kind: Literal["nnunet"] = "nnunet"

    def refusal(self, path: Path) -> str | None:
        """Ask for a `dataset.json` beside an `imagesTr` with files such as `case_0000.nii.gz`."""
        if refusal := refuse_no_folder(path):
            return refusal
        if not (path / DATASET_JSON).is_file():
            return f"it holds no {DATASET_JSON}"
        if not any(_IMAGE.fullmatch(file.name) for file in path.glob("images*/*")):
            return "its folder imagesTr holds no file such as case_0000.nii.gz"
        return None

    def read(self, folder: Path, coding: str | None = None, needs_masks: bool = True) -> Cohort:
        """Read a cohort from a raw data set.

        Args:
            folder: holds `dataset.json`.
            coding: None where `dataset.json` says it, by names of labels or regions that are known.
            needs_masks: False to leave out masks, and not to open them, where no coding is given.

        Raises:
            InputError: the folder is not laid out so, a channel is no known sequence, or the masks' coding is unknown.

        Warns:
            InputWarning: masks without an image are left out.
        """
        if refusal := self.refusal(folder):
            msg = f"{folder}: {refusal}"
            raise InputError(msg)
        folder = folder.resolve()
        dataset = read_dataset_json(folder)
        channels = read_channels(dataset, folder)
        images = {part: _find_images(folder / f"images{part}", channels) for part in (TRAINING, TEST)}
        with_masks = needs_masks or coding is not None
        masks = {part: _find_masks(folder / f"labels{part}", images[part]) if with_masks else {} for part in images}
        pairs = [(mask, images[part][case].get("t1c")) for part in masks for case, mask in masks[part].items()]
        coding = choose_stated_coding(dataset, folder, coding, pairs)
        cases = [
            _as_case(case_id, folder.name, images[part][case_id], masks[part].get(case_id), coding)
            for part in images
            for case_id in images[part]
        ]
        return Cohort(folder.name, tuple(put_into_folds(cases, read_folds(folder), masks[TEST])))


def _as_case(case_id: str, cohort: str, files: Mapping[str, Path], mask: Path | None, coding: str | None) -> Case:
    patient, session = split_visit(case_id)
    return Case(
        id=case_id,
        patient_id=patient,
        cohort=cohort,
        images={sequence: files[sequence] for sequence in SEQUENCES if sequence in files},
        targets={} if mask is None else {"seg": mask},
        coding=None if mask is None else coding,
        attributes={} if session is None else {"session": session},
    )


def _visible(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.glob("*")) if not file.name.startswith(".")]


def _find_images(folder: Path, channels: Sequence[str]) -> _Images:
    images: dict[str, dict[str, Path]] = {}
    for file in _visible(folder):
        if not (match := _IMAGE.fullmatch(file.name)):
            continue
        number = int(match["channel"])
        if number >= len(channels):
            msg = f"{file} is of channel {number}, and {DATASET_JSON} names {len(channels)}, counted from 0"
            raise InputError(msg)
        own = images.setdefault(match["case"], {})
        before = own.setdefault(channels[number], file)
        if before is not file:
            msg = f"both {before.name} and {file.name} are channel {number} of case {match['case']}; keep one"
            raise InputError(msg)
    return images


def _find_masks(folder: Path, images: _Images) -> dict[str, Path]:
    found = {match["case"]: file for file in _visible(folder) if (match := _MASK.fullmatch(file.name))}
    alone = [file for case, file in found.items() if case not in images]
    if alone:
        text = f"left out {len(alone)} mask{'s' * (len(alone) > 1)} without an image, such as {alone[0].name}"
        warnings.warn(f"cohort {folder.parent.name}: {text}", InputWarning, stacklevel=3)
    return {case: file for case, file in found.items() if case in images}
