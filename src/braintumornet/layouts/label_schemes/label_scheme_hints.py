"""What points to a coding where masks do not say how to read them: a suggestion with its reasons, never a decision."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.cohort.label_scheme import LABEL_SCHEMES, TISSUES, possible_label_schemes
from braintumornet.core.text.errors import InputError
from braintumornet.layouts.label_schemes.label_names import read_label_names
from braintumornet.volumes.nifti import read_labels, read_volume

# names of folders and cases as their publishers gave them
_NAMES = (
    (r"brats[-_]?peds?\b|pa?ediatric", ("peds2024",)),
    (r"brats[-_](gli|met|mets|men|ssa)\b", ("brats2023", "brats2024gli")),
    (r"brats[-_]?20?1[2-6](\b|_)", ("brats2013",)),
    (r"brats[-_]?(20)?(17|18|19|20|21)(\b|_)", ("brats2020",)),
    (r"task0?01_?brain|decathlon|\bmsd\b|^brats_\d{3}$", ("decathlon",)),
    (r"nnu-?net|^dataset\d{3}_|^task\d{3}_", ("nnunet",)),
)
# words of a `dataset.json`, the first that fits
_WORDS = (
    ("whole", TISSUES["tumour"]),
    ("o?edema", TISSUES["oedema"]),
    ("cavity", TISSUES["cavity"]),
    ("non.?enhanc|necro", TISSUES["non_enhancing_core"]),
    ("enhanc", TISSUES["enhancing"]),
    ("cyst", TISSUES["cyst"]),
    ("core", TISSUES["tumour_core"]),
)
_MOST_LOOKED_AT = 6
_FEWEST_VOXELS = 50
_FEWEST_LABELS = 3  # of two, the brighter one need not be what enhances
_MAJORITY = 2 / 3


def suggest_coding(
    labels: Iterable[int], places: Sequence[str], folder: Path, seen: Sequence[tuple[Path, Path]]
) -> str:
    """Return what points to which coding, as the end of an error line; "" if nothing does.

    Args:
        labels: found in the masks.
        places: names of the folders and cases.
        folder: in which, or above which, a `dataset.json` may lie.
        seen: mask and t1c of each case that has both.
    """
    found = {int(label) for label in labels} - {0}
    fitting = possible_label_schemes(found)
    named = _from_names(found, places)
    looked = [*_from_dataset(folder, fitting), *_from_content(found, fitting, seen)]
    hints = [*named, *looked]
    agreed = [name for name in fitting if all(name in codings for _, codings in hints)]
    if not hints:
        return ""
    if not agreed:
        return "; " + ", but ".join(f"{why}, as in {' or '.join(names) or 'none of these'}" for why, names in hints)
    best = min(
        agreed, key=lambda name: set(LABEL_SCHEMES[name]) != found
    )  # the first, or the first that has no other label
    return f"; {'probably' if looked else 'perhaps'} {best}, because {' and '.join(why for why, _ in hints)}"


def _from_names(found: Collection[int], places: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Find a name that publishers gave; it counts only where the masks show all labels that come with it."""
    for name, (pattern, codings) in product(places, _NAMES):
        whole = [coding for coding in codings if set(LABEL_SCHEMES[coding]) == found]
        if whole and re.search(pattern, name, re.IGNORECASE):
            return [(f"{name!r} is named so", whole)]
    return []


def _from_dataset(folder: Path, fitting: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Read the labels of a `dataset.json`, as the Decathlon and nnU-Net write it."""
    files = [place / "dataset.json" for place in (folder, folder.parent)]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return []
    try:
        said = _read_tissues(json.loads(file.read_text())["labels"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):  # no hint, and no fault either
        return []
    codings = [name for name in fitting if _says_the_same(LABEL_SCHEMES[name], said)]
    return [(f"its dataset.json says {'so' if codings else 'otherwise'}", codings)] if said else []


def _read_tissues(labels: Any) -> list[tuple[frozenset[str], frozenset[int]]]:
    """Return tissues and their labels, as far as a word of each name tells."""
    found = []
    for name, own in read_label_names(labels):
        tissue = next((tissue for word, tissue in _WORDS if re.search(word, name, re.IGNORECASE)), None)
        found += [(tissue, own)] if tissue is not None else []
    return found


def _says_the_same(coding: Mapping[int, str], said: Sequence[tuple[frozenset[str], frozenset[int]]]) -> bool:
    every = {label for _, labels in said for label in labels}
    return every <= set(coding) and all(
        {label for label in every if TISSUES[coding[label]] <= tissue} == labels for tissue, labels in said
    )


def _from_content(
    found: Collection[int], fitting: Sequence[str], seen: Sequence[tuple[Path, Path]]
) -> list[tuple[str, Sequence[str]]]:
    """Find the label that is brightest on t1c, as what enhances is, and the darkest, as the rest of the core is."""
    ends = [pair for mask, image in _spread(seen) if (pair := _brightest_and_darkest(mask, image)) is not None]
    if len(found) < _FEWEST_LABELS or not ends:
        return []
    (bright, dark), votes = Counter(ends).most_common(1)[0]
    if votes < _MAJORITY * len(ends):
        return []
    codings = [
        name
        for name in fitting
        if LABEL_SCHEMES[name][bright] == "enhancing"
        and TISSUES[LABEL_SCHEMES[name][dark]] <= TISSUES["non_enhancing_core"]
    ]
    counted = f"in {votes} of {len(ends)} masks" if len(ends) > 1 else "in the mask looked at"
    return [(f"label {bright} is the brightest on t1c and label {dark} the darkest {counted}", codings)]


def _spread(seen: Sequence[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    places = np.unique(np.linspace(0, len(seen) - 1, min(len(seen), _MOST_LOOKED_AT)).astype(int))
    return [seen[place] for place in places]


def _brightest_and_darkest(mask: Path, image: Path) -> tuple[int, int] | None:
    try:
        labels, t1c = read_labels(mask), read_volume(image)
    except InputError:
        return None
    if labels.space != t1c.space:
        return None
    there = [label for label, size in enumerate(np.bincount(labels.array.ravel())) if label and size >= _FEWEST_VOXELS]
    levels = {label: float(np.median(t1c.array[labels.array == label])) for label in there}
    return (max(levels, key=levels.__getitem__), min(levels, key=levels.__getitem__)) if len(levels) > 1 else None
