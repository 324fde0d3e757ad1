"""A BIDS data set: `sub-01/ses-01/anat/sub-01_ses-01_T1w.nii.gz`, with masks there or in its derivatives."""

import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.cohort_line import OWN_COLUMNS
from braintumornet.core.cohort.cohort_table import READ_ATTRIBUTES
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.columns import column_key
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.core.text.names import SEQUENCES, shorten
from braintumornet.layouts.bids_files import BidsFile, choose_plainest, contrast_is_doubtful, find_bids_files, read_tsv
from braintumornet.layouts.bids_masks import MASKS, LeaveOut, TumourMask, find_brain_mask, find_tumour_mask
from braintumornet.layouts.label_schemes.label_scheme_choice import choose_coding
from braintumornet.layouts.layout import Layout, refuse_no_folder

_DESCRIPTION = "dataset_description.json"


class BidsLayout(Layout):
    """A raw data set, or a derivative read by itself; sessions are visits, `participants.tsv` gives attributes.

    `T1w` with the entity `ce` is t1c, without it t1n; `T2w` and `FLAIR` are t2w and t2f.
    """

    kind: Literal["bids"] = "bids"

    def refusal(self, path: Path) -> str | None:
        """Ask for a `dataset_description.json` beside folders of subjects."""
        if refusal := refuse_no_folder(path):
            return refusal
        if not (path / _DESCRIPTION).is_file():
            return f"it holds no {_DESCRIPTION}, which every BIDS data set has"
        if not any(file.root == path and file.sequence for file in find_bids_files(path)):
            return "it holds no image such as sub-01/anat/sub-01_T1w.nii.gz"
        return None

    def read(self, folder: Path, coding: str | None = None, needs_masks: bool = True) -> Cohort:
        """Read a cohort from a data set.

        Args:
            folder: holds `dataset_description.json`.
            coding: of segmentations (`_dseg`); None where a `_dseg.tsv` names their labels. Masks of the whole tumour
                are binary.
            needs_masks: False to leave out masks, and not to open them, where no coding is given.

        Raises:
            InputError: the folder is not laid out so, no image can be used, or the masks' coding is not known.

        Warns:
            InputWarning: files are left out, because several could be meant or their names leave a doubt.
        """
        if refusal := self.refusal(folder):
            msg = f"{folder}: {refusal}"
            raise InputError(msg)
        folder = folder.resolve()
        reasons: dict[str, list[Path]] = defaultdict(list)
        examinations: dict[str, list[BidsFile]] = defaultdict(list)
        for file in find_bids_files(folder):
            examinations[file.case_id].append(file)
        with_masks = needs_masks or coding is not None
        found = [
            _choose_files(files, folder, with_masks, lambda reason, path: reasons[reason].append(path))
            for _, files in sorted(examinations.items())
        ]
        for reason, paths in reasons.items():
            number = f"{len(paths)} file{'s' * (len(paths) > 1)}"
            text = f"left out {number} ({reason}), such as {paths[0].relative_to(folder)}"
            warnings.warn(f"cohort {folder.name}: {text}", InputWarning, stacklevel=2)
        found = [examination for examination in found if examination.images]
        if not found:
            msg = f"{folder} holds no image of which it is clear what it is; correct the names that are said"
            raise InputError(msg)
        codings = _choose_codings(folder.name, [one.mask for one in found if one.mask is not None], coding)
        participants = _read_participants(folder)
        return Cohort(folder.name, tuple(one.as_case(folder.name, codings, participants) for one in found))


@dataclass(frozen=True)
class _Examination:
    """Which files a case has."""

    subject: str
    session: str
    images: Mapping[str, Path]
    mask: TumourMask | None
    brainmask: Path | None

    def as_case(self, cohort: str, codings: Mapping[Path, str], participants: Mapping[str, Mapping[str, str]]) -> Case:
        known = participants.get(self.subject, {})
        session = {"session": self.session.removeprefix("ses-")} if self.session else {}
        return Case(
            id="_".join(filter(None, (self.subject, self.session))),
            patient_id=self.subject,
            cohort=cohort,
            images=self.images,
            targets={} if self.mask is None else {"seg": self.mask.path},
            brainmask=self.brainmask,
            coding=None if self.mask is None else codings[self.mask.path],
            pathology=known.get("pathology"),
            attributes={**{name: cell for name, cell in known.items() if name != "pathology"}, **session},
        )


def _choose_files(files: Sequence[BidsFile], folder: Path, with_masks: bool, leave_out: LeaveOut) -> _Examination:
    """Return what a case has; images lie in the data set itself, masks there or in its derivatives."""
    images = [file for file in files if file.root == folder and file.sequence is not None]
    seen = Counter(space for space, _ in {(file.space, file.sequence) for file in images})
    # that of most sequences; the patient's own, which is blank, before others
    space = max(sorted(seen), key=seen.__getitem__, default="")
    for file in files:
        if file.space != space and (file in images or file.suffix in ("dseg", *MASKS)):
            leave_out("in another space than the case's images", file.path)
    here = [file for file in files if file.space == space]
    return _Examination(
        subject=files[0].subject,
        session=files[0].session,
        images=_choose_images([file for file in images if file.space == space], leave_out),
        mask=find_tumour_mask(here, leave_out) if with_masks else None,
        brainmask=find_brain_mask(here, leave_out),
    )


def _choose_images(files: Sequence[BidsFile], leave_out: LeaveOut) -> dict[str, Path]:
    """Return sequence -> file; several runs, say, are nobody's choice but the user's."""
    doubtful = [file for file in files if contrast_is_doubtful(file)]
    for file in doubtful:
        leave_out("whether contrast was given is not clear; BIDS says it by ce-gadolinium alone", file.path)
    chosen: dict[str, Path] = {}
    for sequence in SEQUENCES:
        candidates = [file for file in files if file.sequence == sequence and file not in doubtful]
        one = choose_plainest(candidates)
        for file in candidates:
            if file is not one:
                leave_out(f"one of several {sequence} of a case; name the right one in the table", file.path)
        chosen |= {} if one is None else {sequence: one.path}
    return chosen


def _choose_codings(cohort: str, masks: Sequence[TumourMask], given: str | None) -> dict[Path, str]:
    """Return mask -> its coding; what a table of labels says is checked against the masks."""
    masks = [mask if given is None or mask.coding == "binary" else replace(mask, coding=given) for mask in masks]
    codings: dict[Path, str] = {}
    for coding in dict.fromkeys(mask.coding for mask in masks):
        own = [mask for mask in masks if mask.coding == coding]
        names = ", ".join(dict.fromkeys(name for mask in own for name in mask.names))
        called = f"; a _dseg.tsv calls them {shorten(names)}" if names else ""
        chosen = _choose_coding(cohort, [mask.path for mask in own], coding, called)
        codings |= {mask.path: chosen for mask in own}
    return codings


def _choose_coding(cohort: str, masks: Sequence[Path], coding: str | None, called: str) -> str:
    try:
        return str(choose_coding(masks, coding, bool(called), lambda labels: called))
    except InputError as error:
        msg = f"cohort {cohort}: {error}"
        raise InputError(msg) from error


def _read_participants(folder: Path) -> dict[str, dict[str, str]]:
    """Return subject -> what `participants.tsv` says of it, in columns that a cohort table can have beside its own.

    Warns:
        InputWarning: a column is called as one of the table's own, and is left out.
    """
    file = folder / "participants.tsv"
    if not file.is_file():
        return {}
    rows = read_tsv(file, "participant_id")
    named = {column: _attribute(column) for row in rows for column in row if column != "participant_id"}
    own = sorted(column for column, name in named.items() if name is None)
    if own:
        text = f"{file.name}: left out {', '.join(own)}, which would be a column of the cohort table's own"
        warnings.warn(f"cohort {folder.name}: {text}", InputWarning, stacklevel=3)
    return {
        row["participant_id"]: {name: cell for column, cell in row.items() if (name := named.get(column)) is not None}
        for row in rows
        if "participant_id" in row
    }


def _attribute(column: str) -> str | None:
    """Return the name of an attribute as a cohort table knows it; None where a column of its own is called so."""
    key = column_key(column)
    if key in ("session", "label_scheme", "brain_mask", "id") or key.startswith("seg") or find_sequence(column):
        return None
    if key in OWN_COLUMNS:
        return key if key == "pathology" else None
    return key if key in READ_ATTRIBUTES else column
