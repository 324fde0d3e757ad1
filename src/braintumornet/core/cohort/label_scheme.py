"""What the numbers in a mask mean, and which regions they can tell.

A coding maps each label to a tissue, a tissue is a set of elementary tissues, and a region is a set of these
too. A coding can tell a region when no label lies half inside it and every tissue of the region has a label:
a mask of enhancing tumour alone says nothing about the whole tumour.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from braintumornet.core.files.json_text import parse_json
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.text.names import require_among, shorten

_CORE = frozenset({"necrosis", "non_enhancing", "cyst", "enhancing"})

LARGEST_LABEL = 65535

POOLED = "tumour"
"""The one region of a head whose labels are another region in each kind of case; it has no tissues of its own."""

TISSUES: dict[str, frozenset[str]] = {
    "necrosis": frozenset({"necrosis"}),
    "non_enhancing": frozenset({"non_enhancing"}),
    "cyst": frozenset({"cyst"}),
    "enhancing": frozenset({"enhancing"}),
    "oedema": frozenset({"oedema"}),
    "cavity": frozenset({"cavity"}),
    "necrosis_or_cyst": frozenset({"necrosis", "cyst"}),
    "necrosis_or_non_enhancing": frozenset({"necrosis", "non_enhancing"}),
    "non_enhancing_core": _CORE - {"enhancing"},
    "tumour_core": _CORE,
    "tumour_not_enhancing": _CORE - {"enhancing"} | {"oedema"},
    "tumour": _CORE | {"oedema"},
}

REGIONS: dict[str, frozenset[str]] = {
    "WT": _CORE | {"oedema"},
    "TC": _CORE,
    "ET": frozenset({"enhancing"}),
    "NCR": _CORE - {"enhancing"},
    "ED": frozenset({"oedema"}),
    "CC": frozenset({"cyst"}),
    "RC": frozenset({"cavity"}),
}

# Task01 of the Medical Segmentation Decathlon, and nnU-Net's own conversions of BraTS, which number in the same order
_DECATHLON = {1: "oedema", 2: "non_enhancing_core", 3: "enhancing"}

LABEL_SCHEMES: dict[str, dict[int, str]] = {
    "brats2013": {1: "necrosis_or_cyst", 2: "oedema", 3: "non_enhancing", 4: "enhancing"},
    "brats2020": {1: "non_enhancing_core", 2: "oedema", 4: "enhancing"},
    "brats2023": {1: "non_enhancing_core", 2: "oedema", 3: "enhancing"},
    "brats2024gli": {1: "non_enhancing_core", 2: "oedema", 3: "enhancing", 4: "cavity"},
    "decathlon": _DECATHLON,
    "nnunet": _DECATHLON,
    "peds2024": {1: "enhancing", 2: "necrosis_or_non_enhancing", 3: "cyst", 4: "oedema"},
    "binary": {1: "tumour"},
}


def parse_label_scheme(text: str) -> dict[int, str]:
    """Return label -> tissue of a named coding or of a JSON object.

    Args:
        text: a name from `LABEL_SCHEMES`, or a JSON object such as `{"1": "oedema", "2": "tumour_core"}`.

    Raises:
        InputError: neither, or a tissue that nobody knows.

    Example:
        >>> parse_label_scheme('{"1": "oedema", "2": "tumour_core"}')
        {1: 'oedema', 2: 'tumour_core'}
    """
    if not text.lstrip().startswith("{"):
        require_among(text, LABEL_SCHEMES, f"label scheme {text!r} is neither a JSON object nor known", InputError)
        return LABEL_SCHEMES[text]
    try:
        pairs = [(int(label), str(tissue)) for label, tissue in parse_json(text).items()]
    except ValueError as error:
        msg = f'label scheme {shorten(text)!r} cannot be read ({error}); expected something like {{"1": "oedema"}}'
        raise InputError(msg) from error
    for label, tissue in pairs:
        require_among(
            tissue, TISSUES, f"label scheme {shorten(text)!r} names the tissue {shorten(tissue)!r}", InputError
        )
        require(
            1 <= label <= LARGEST_LABEL and [other for other, _ in pairs].count(label) <= 1,
            f"label scheme {shorten(text)!r}: expected each label once, from 1 to {LARGEST_LABEL}, found {label}",
        )
    return dict(pairs)


def tissues_of(name: str) -> frozenset[str]:
    """Return the elementary tissues of a region or of a tissue; their names do not overlap.

    Example:
        >>> sorted(tissues_of("necrosis_or_cyst"))
        ['cyst', 'necrosis']
    """
    return REGIONS[name] if name in REGIONS else TISSUES[name]


def annotated_regions(coding: str, regions: Sequence[str]) -> list[bool]:
    """Say for each region or tissue whether a coding can tell it.

    A binary mask annotates the one region that a task names; among several it is the whole tumour.

    Example:
        >>> annotated_regions("brats2020", ["WT", "ET"])
        [True, True]
        >>> annotated_regions("binary", ["WT", "ET"])
        [True, False]
        >>> annotated_regions("binary", ["ET"])
        [True]
        >>> annotated_regions("brats2020", ["oedema", "necrosis_or_cyst"])
        [True, False]
    """
    if coding == "binary" and len(regions) == 1:
        return [True]
    labels = [TISSUES[tissue] for tissue in parse_label_scheme(coding).values()]
    annotated = frozenset().union(*labels)
    return [_is_told(tissues_of(region), labels, annotated) for region in regions]


def _is_told(wanted: frozenset[str], labels: Sequence[frozenset[str]], annotated: frozenset[str]) -> bool:
    return wanted <= annotated and all(tissue <= wanted or not tissue & wanted for tissue in labels)


def region_masks(labels: np.ndarray, coding: str, regions: Sequence[str]) -> np.ndarray:
    """Return one binary mask per region or tissue; those that the coding cannot tell stay empty.

    Args:
        labels: integer array of any shape.
        coding: as in `parse_label_scheme`.
        regions: names from `REGIONS` or `TISSUES`.

    Returns:
        Boolean array of shape (regions, *labels.shape).

    Raises:
        InputError: the array holds a label that the coding does not have.
    """
    codes = parse_label_scheme(coding)
    masks = np.zeros((len(regions), *labels.shape), dtype=bool)
    box = _box_of_labels(labels)  # a tumour fills a few hundredths of a volume
    require_known_labels(np.unique(labels[box]), coding)
    for index, (region, told) in enumerate(zip(regions, annotated_regions(coding, regions), strict=True)):
        if told:
            inside = {code for code, tissue in codes.items() if TISSUES[tissue] <= tissues_of(region)}
            is_inside = np.zeros(max(codes) + 1, dtype=bool)
            is_inside[list(codes if coding == "binary" else inside)] = True
            masks[index][box] = is_inside[labels[box]]
    return masks


def _box_of_labels(labels: np.ndarray) -> tuple[slice, ...]:
    there, box = labels != 0, []
    while there.ndim:
        occupied = np.flatnonzero(there.any(axis=tuple(range(1, there.ndim))))
        box.append(slice(int(occupied[0]), int(occupied[-1]) + 1) if occupied.size else slice(0))
        there = there.any(axis=0)
    return tuple(box)


def require_known_labels(labels: Iterable[int], coding: str) -> None:
    """Refuse labels that a coding does not have.

    Raises:
        InputError: names the labels found and those expected.
    """
    codes = parse_label_scheme(coding)
    unknown = sorted({int(label) for label in labels} - {0, *codes})
    require(
        not unknown,
        f"the mask holds label{'s' if len(unknown) > 1 else ''} {', '.join(map(str, unknown))}, "
        f"which label scheme {coding!r} (labels 0, {', '.join(map(str, codes))}) does not have; "
        "give the right label scheme",
    )


def find_label_scheme(labels: Iterable[int]) -> str | None:
    """Return the coding that the labels of a cohort leave no doubt about, or None.

    That is `binary` where 1 is the only label, whatever part of a tumour was outlined. Several labels always fit more
    codings than one: 1, 2 and 3 mean one thing in BraTS 2023 and another in the Decathlon.

    Example:
        >>> find_label_scheme([0, 1])
        'binary'
        >>> find_label_scheme([0, 1, 2, 3]) is None
        True
    """
    return "binary" if {int(label) for label in labels} - {0} == {1} else None


def possible_label_schemes(labels: Iterable[int]) -> list[str]:
    """Return the codings that have all the labels found, for an error line."""
    found = {int(label) for label in labels} - {0}
    return [name for name, codes in LABEL_SCHEMES.items() if found <= set(codes)]
