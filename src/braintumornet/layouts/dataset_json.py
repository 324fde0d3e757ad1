"""`dataset.json`, in which nnU-Net and the Medical Segmentation Decathlon say what channels and labels are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import SEQUENCES, find_sequence, shorten
from braintumornet.layouts.label_schemes.label_names import label_scheme_of, read_label_names
from braintumornet.layouts.label_schemes.label_scheme_choice import choose_coding
from braintumornet.layouts.label_schemes.label_scheme_hints import suggest_coding

DATASET_JSON = "dataset.json"
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
