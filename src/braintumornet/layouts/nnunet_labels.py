"""The labels of masks as nnU-Net wants them: one set for all, numbered from 1 without a gap, and regions."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from braintumornet.core.cohort.label_scheme import (
    LABEL_SCHEMES,
    REGIONS,
    TISSUES,
    annotated_regions,
    parse_label_scheme,
)
from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.text.errors import InputError

_COMMON = "brats2023"
_NAMES = {
    "WT": "whole tumor",
    "TC": "tumor core",
    "ET": "enhancing tumor",
    "CC": "cyst",
    "RC": "resection cavity",
}


def choose_written_scheme(codings: Iterable[str]) -> str:
    """Return the label scheme to write masks of some schemes in: their own without gaps, or that of BraTS 2023.

    Raises:
        InputError: no one scheme can hold what the masks tell.

    Example:
        >>> choose_written_scheme(["brats2020"]), choose_written_scheme(["brats2013", "decathlon"])
        ('brats2023', 'brats2023')
        >>> choose_written_scheme(["peds2024"]), choose_written_scheme(["binary"])
        ('peds2024', 'binary')
    """
    given = sorted(set(codings))
    dense = [_without_gaps(parse_label_scheme(coding)) for coding in given]
    single = dense[0] if all(scheme == dense[0] for scheme in dense) else None
    if single is not None and paint_regions(single):
        return _name_of(single)
    if all(_fits(parse_label_scheme(coding), LABEL_SCHEMES[_COMMON]) for coding in given):
        return _COMMON
    if single is not None:
        return _name_of(single)
    msg = (
        f"the masks have label schemes {' and '.join(given)}, which no one set of labels can say, and nnU-Net has one; "
        "export the cases of one scheme alone (make a table of them)"
    )
    raise InputError(msg)


def _without_gaps(scheme: Mapping[int, str]) -> dict[int, str]:
    return dict(enumerate(dict.fromkeys(scheme[label] for label in sorted(scheme)), start=1))


def _name_of(scheme: Mapping[int, str]) -> str:
    return next((name for name, labels in LABEL_SCHEMES.items() if labels == scheme), None) or _as_json(scheme)


def _as_json(scheme: Mapping[int, str]) -> str:
    return format_json({str(label): tissue for label, tissue in scheme.items()})


def _fits(scheme: Mapping[int, str], common: Mapping[int, str]) -> bool:
    """Say whether each tissue lies within one of the common scheme's, and nothing that this one tells is lacking."""
    each = all(any(TISSUES[tissue] <= TISSUES[other] for other in common.values()) for tissue in scheme.values())
    return each and all(annotated_regions(_name_of(scheme), ["WT", "TC", "ET"]))


def paint_regions(scheme: Mapping[int, str]) -> list[tuple[str, list[int], int]]:
    """Return name, labels, and the label to paint of each region, the largest first, as nnU-Net paints them.

    None, where painting them one over the other would not give every label back.

    Example:
        >>> paint_regions(LABEL_SCHEMES["brats2023"])
        [('whole tumor', [1, 2, 3], 2), ('tumor core', [1, 3], 1), ('enhancing tumor', [3], 3)]
        >>> paint_regions(LABEL_SCHEMES["brats2013"])
        []
    """
    told = [region for region in _NAMES if annotated_regions(_as_json(scheme), [region])[0]]
    labels = {r: [label for label, tissue in scheme.items() if TISSUES[tissue] <= REGIONS[r]] for r in told}
    order = sorted(told, key=lambda region: -len(labels[region]))
    painted = []
    for place, region in enumerate(order):
        later = {label for other in order[place + 1 :] for label in labels[other]}
        own = [label for label in labels[region] if label not in later]
        if len(own) != 1:
            return []
        painted.append((_NAMES[region], labels[region], own[0]))
    return painted if len(painted) == len(scheme) else []


def describe_labels(coding: str) -> dict[str, Any]:
    """Return what `dataset.json` says of labels: the regions and the order in which they are painted, or tissues.

    Example:
        >>> describe_labels("binary")
        {'labels': {'background': 0, 'whole tumor': 1}}
        >>> describe_labels("brats2023")["regions_class_order"]
        [2, 1, 3]
    """
    scheme = parse_label_scheme(coding)
    painted = paint_regions(scheme)
    if not painted:
        return {"labels": {"background": 0, **{tissue: label for label, tissue in scheme.items()}}}
    regions = {name: labels if len(labels) > 1 else labels[0] for name, labels, _ in painted}
    order = {"regions_class_order": [label for *_, label in painted]} if len(painted) > 1 else {}
    return {"labels": {"background": 0, **regions}, **order}


def label_table(coding: str, written: str) -> np.ndarray:
    """Return label written for each label of a mask, indexed by it; (largest label + 1,).

    Example:
        >>> label_table("brats2020", "brats2023").tolist()
        [0, 1, 2, 0, 3]
    """
    scheme, other = parse_label_scheme(coding), parse_label_scheme(written)
    table = np.zeros(max(scheme) + 1, np.uint8)
    for label, tissue in scheme.items():
        table[label] = next(new for new, wide in other.items() if TISSUES[tissue] <= TISSUES[wide])
    return table
