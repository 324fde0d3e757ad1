"""A raw data set of nnU-Net: `Dataset001_Name/{imagesTr,labelsTr,imagesTs}` and `dataset.json`, of version 2 or 1."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import InputError
from braintumornet.layouts.dataset_json import (
    DATASET_JSON,
    TEST,
    TRAINING,
    choose_stated_coding,
    find_masks,
    make_case,
    read_channels,
    read_dataset_json,
    visible_files,
)
from braintumornet.layouts.layout import Layout, refuse_no_folder
from braintumornet.layouts.nnunet_splits import put_into_folds, read_folds

_IMAGE = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})\.nii(?:\.gz)?")

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
        masks = {part: find_masks(folder / f"labels{part}", images[part]) if with_masks else {} for part in images}
        pairs = [(mask, images[part][case].get("t1c")) for part in masks for case, mask in masks[part].items()]
        coding = choose_stated_coding(dataset, folder, coding, pairs)
        cases = [
            make_case(case_id, folder.name, images[part][case_id], masks[part].get(case_id), coding)
            for part in images
            for case_id in images[part]
        ]
        return Cohort(folder.name, tuple(put_into_folds(cases, read_folds(folder), masks[TEST])))


def _find_images(folder: Path, channels: Sequence[str]) -> _Images:
    images: dict[str, dict[str, Path]] = {}
    for file in visible_files(folder):
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
