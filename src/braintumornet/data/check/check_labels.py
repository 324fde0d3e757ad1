"""What is wrong with a tumour mask: its coding, its codes, its place."""

import numpy as np

from braintumornet.core.cohort.label_scheme import parse_label_scheme, possible_label_schemes
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.group_messages import list_some
from braintumornet.data.check.findings import Finding, Kind, Severity

STRAY_SHARE = 0.02  # of the labelled voxels outside the brain; the real cases that were seen have up to 0.005
LOST_SHARE = 0.5


def check_labels(column: str, mask: np.ndarray, coding: str | None) -> tuple[np.ndarray | None, list[Finding]]:
    """Find a mask that is none, has no coding, or holds labels that its coding does not have.

    Args:
        column: name of the mask.
        mask: (D, H, W) as read.
        coding: as the table has it.

    Returns:
        int16 labels (D, H, W), or None where the values are no labels; and what is wrong.
    """
    labels = np.rint(mask)
    if np.abs(mask - labels).max() > 0.01 or labels.min() < 0 or labels.max() > 32767:
        text = (
            f"{column} is not a mask: expected whole numbers from 0 to 32767, "
            f"found values from {mask.min():g} to {mask.max():g}"
        )
        return None, [Finding(Kind.NOT_LABELS, Severity.ERROR, text)]
    labels = labels.astype(np.int16)
    found = [int(label) for label in np.flatnonzero(np.bincount(labels.ravel())) if label]
    return labels, _check_codes(column, found, coding)


def _check_codes(column: str, found: list[int], coding: str | None) -> list[Finding]:
    fitting = [*possible_label_schemes(found), "a JSON object"]
    if coding is None:
        text = f"{column} has no coding (labels {_list(found)}); fill the column 'coding': {' or '.join(fitting)}"
        return [Finding(Kind.NO_CODING, Severity.ERROR, text)]
    try:
        known = parse_label_scheme(coding)
    except InputError:
        return []  # the table's own fault, which stands there already
    unknown = [label for label in found if label not in known]
    if not unknown:
        return []
    text = (
        f"{column} holds {_list(unknown)}, which label scheme {coding!r} (labels {_list(list(known))}) does not have; "
        f"give the right label scheme: {' or '.join(fitting)}"
    )
    return [Finding(Kind.UNKNOWN_LABEL, Severity.ERROR, text)]


def _list(labels: list[int]) -> str:
    return list_some(list(map(str, labels)), most=8) or "none"


def check_place(column: str, labels: np.ndarray, brain: np.ndarray) -> list[Finding]:
    """Find labelled voxels outside the brain: a few are a note, many a warning, most an error.

    Args:
        column: name of the mask.
        labels: int16 (D, H, W).
        brain: boolean (D, H, W).
    """
    labelled = int((labels > 0).sum())
    outside = int(((labels > 0) & ~brain).sum())
    if not outside or not brain.any():  # an empty brain is a finding of its own
        return []
    share = outside / labelled
    counted = f"{outside} of {labelled} labelled voxels ({_percent(share)}) lie outside the brain"
    if share > LOST_SHARE:
        text, severity = f"{column}: {counted}; the mask is flipped, shifted or another patient's", Severity.ERROR
    elif share > STRAY_SHARE:
        text, severity = f"{column}: {counted}; look whether mask and brain mask belong together", Severity.WARNING
    else:
        text, severity = f"{column}: {counted}; they are kept", Severity.NOTE
    return [Finding(Kind.OUTSIDE_BRAIN, severity, text)]


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 0.0005 else "< 0.05 %"
