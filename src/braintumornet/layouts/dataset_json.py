"""`dataset.json`, in which nnU-Net and the Decathlon say what channels and labels are, and the folders beside it."""

import re
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.core.text.names import SEQUENCES, shorten
from braintumornet.layouts.label_schemes.label_names import label_scheme_of, read_label_names
from braintumornet.layouts.label_schemes.label_scheme_choice import choose_coding
from braintumornet.layouts.label_schemes.label_scheme_hints import suggest_coding

DATASET_JSON = "dataset.json"
TRAINING, TEST = "Tr", "Ts"
"""How the folders of images and labels end."""
_NIFTI_NAME = re.compile(r"(?P<case>.+?)\.nii(?:\.gz)?")
SCHEME_KEY = "label_scheme"
"""Where our own export says the label scheme; nnU-Net keeps keys that it does not know."""


def read_dataset_json(folder: Path) -> Mapping[str, Any]:
    """Return what the `dataset.json` of a folder says.

    Raises:
        InputError: it is missing, damaged or no JSON object.
    """
    dataset = read_json(folder / DATASET_JSON)
    if not isinstance(dataset, dict):
        msg = f"{folder / DATASET_JSON} is no JSON object; expected one with channel_names (or modality) and labels"
        raise InputError(msg)
    return dataset


def read_channels(dataset: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    """Return the sequence of each channel, in order, as `channel_names` (or `modality`) names it.

    Raises:
        InputError: there are none, one is no known sequence, or two are the same.

    Example:
        >>> read_channels({"modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"}}, Path("a"))
        ('t2f', 't1n', 't1c', 't2w')
    """
    file = folder / DATASET_JSON
    names = dataset.get("channel_names") or dataset.get("modality")
    if not isinstance(names, dict) or sorted(names) != sorted(str(number) for number in range(len(names))):
        msg = f'{file}: expected channel_names such as {{"0": "T1", "1": "T1ce"}}, found {shorten(repr(names))}'
        raise InputError(msg)
    found: list[str] = []
    for number in range(len(names)):
        name = str(names[str(number)])
        sequence = find_sequence(name)
        if sequence is None or sequence in found:
            fault = "no sequence that is known" if sequence is None else f"{sequence}, as another channel is"
            msg = (
                f"{file}: channel {number} is called {shorten(repr(name))}, {fault}; expected one of "
                f"{', '.join(SEQUENCES)} or another usual name of it"
            )
            raise InputError(msg)
        found.append(sequence)
    return tuple(found)


def choose_stated_coding(
    dataset: Mapping[str, Any], folder: Path, given: str | None, seen: Sequence[tuple[Path, Path | None]]
) -> str | None:
    """Return how the masks of a data set are to be read: as the caller says, else as `dataset.json` does.

    Args:
        dataset: what that file says.
        folder: in which it lies.
        given: what the caller says, if anything.
        seen: mask of each case that has one, and its t1c if there is one.

    Raises:
        InputError: as `choose_coding`; names that leave a doubt are asked about.
    """
    names = read_label_names(dataset.get("labels"))
    stated = dataset.get(SCHEME_KEY)
    coding = given or (str(stated) if stated else label_scheme_of(names))

    def suggest(labels: set[int]) -> str:
        called = ", ".join(shorten(name) for name, _ in names) or "nothing"
        pairs = [(mask, t1c) for mask, t1c in seen if t1c is not None]
        return f"; {DATASET_JSON} calls them {called}{suggest_coding(labels, [folder.name], folder, pairs)}"

    try:
        return choose_coding([mask for mask, _ in seen], coding, True, suggest)
    except InputError as error:
        msg = f"cohort {folder.name}: {error}"
        raise InputError(msg) from error


def visible_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are not hidden, in order; none where there is no folder."""
    return [file for file in sorted(folder.glob("*")) if not file.name.startswith(".")]


def files_by_case(files: Iterable[Path]) -> dict[str, Path]:
    """Return case -> the NIfTI file that is named after it; other files are left aside.

    Raises:
        InputError: two are named after one case.
    """
    found: dict[str, Path] = {}
    for file in files:
        if match := _NIFTI_NAME.fullmatch(file.name):
            before = found.setdefault(match["case"], file)
            if before != file:
                msg = f"both {before} and {file} are of case {match['case']}; keep one"
                raise InputError(msg)
    return found


def find_masks(folder: Path, cases: Collection[str]) -> dict[str, Path]:
    """Return case -> its mask in a folder such as `labelsTr`.

    Raises:
        InputError: a case has two.

    Warns:
        InputWarning: masks of no case are left out.
    """
    found = files_by_case(visible_files(folder))
    alone = [file for case, file in found.items() if case not in cases]
    if alone:
        text = f"left out {len(alone)} mask{'s' * (len(alone) > 1)} without an image, such as {alone[0].name}"
        warnings.warn(f"cohort {folder.parent.name}: {text}", InputWarning, stacklevel=3)
    return {case: file for case, file in found.items() if case in cases}


def make_case(case_id: str, cohort: str, files: Mapping[str, Path], mask: Path | None, coding: str | None) -> Case:
    """Return a case with an image for each sequence, and a mask if it has one; its id may say patient and visit."""
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
