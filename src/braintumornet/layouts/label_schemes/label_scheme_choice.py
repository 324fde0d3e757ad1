"""How a cohort's masks are to be read: as the caller says, or as their labels leave no doubt about."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.label_scheme import (
    find_label_scheme,
    parse_label_scheme,
    possible_label_schemes,
    require_known_labels,
)
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.nifti import read_labels


def choose_coding(
    masks: Sequence[Path], given: str | None, ask: bool = False, suggest: Callable[[set[int]], str] = lambda labels: ""
) -> str | None:
    """Return the coding of a cohort's masks, or None if it has none; every mask is read.

    Args:
        masks: files of the whole cohort, which share one coding.
        given: what the caller says, if anything.
        ask: the labels are known to mislead, so the caller has to say it.
        suggest: labels found -> what points to which coding, as the end of an error line.

    Raises:
        InputError: a mask cannot be read or holds a label that the given coding does not have; or none is
            given and the labels fit several or none.
    """
    if given is not None:
        parse_label_scheme(given)
    found = {path: _labels_in(path) for path in masks}
    if not found:
        return None
    labels = set().union(*found.values())
    if given is None:
        given = None if ask else find_label_scheme(labels)
    if given is None:
        raise InputError(_what_to_say(labels) + suggest(labels))
    for path, own in found.items():
        try:
            require_known_labels(own, given)
        except InputError as error:
            msg = f"{path}: {error}"
            raise InputError(msg) from error
    return given


def _labels_in(path: Path) -> set[int]:
    return {int(label) for label in np.flatnonzero(np.bincount(read_labels(path).array.ravel()))}


def _what_to_say(labels: Iterable[int]) -> str:
    listed = ", ".join(str(label) for label in sorted(labels) if label) or "none but the background"
    fitting = possible_label_schemes(labels)
    could_be = f"they could be {' or '.join(fitting)}" if fitting else "no known label scheme has all of these"
    return (
        f"the masks do not say how to read them (labels found: {listed}; {could_be}); pass --label-scheme with "
        """the right name, or with a JSON object such as --label-scheme '{"1": "oedema", "2": "tumour_core"}'"""
    )
