"""Masks that another tool wrote, told as `btn predict` would have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.label_scheme import REGIONS, annotated_regions
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import FileRecord, OutlineRecord, PredictionRecord
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import file_key, require_among

_ENDING = re.compile(r"\.nii(\.gz)?$", re.IGNORECASE)
USUAL_REGIONS = ("WT", "TC", "ET")


@dataclass(frozen=True)
class ExternalMasks:
    """How to read the masks of another tool.

    Args:
        coding: what their labels mean, as in the cohort table.
        task: name that the task gets in the scores.
        regions: regions to score; default: those of WT, TC and ET that the coding can represent.
        target: column of the cohort table with the truth.
    """

    coding: str
    task: str = "tumour"
    regions: tuple[str, ...] = ()
    target: str = "seg"

    def scored_regions(self) -> list[str]:
        """Return the regions to score.

        Raises:
            InputError: the coding is not known.
            UsageError: a region is not known, or the coding cannot represent it.

        Example:
            >>> ExternalMasks("binary").scored_regions()
            ['WT']
        """
        wanted = tuple(dict.fromkeys(self.regions)) or USUAL_REGIONS
        for region in wanted:
            require_among(region, REGIONS, f"region {region!r} is not known")
        annotated = [*compress(wanted, annotated_regions(self.coding, wanted))]
        if not annotated or (self.regions and annotated != list(wanted)):
            missing = next(region for region in wanted if region not in annotated)
            what = f"region {missing}" if self.regions else "any of WT, TC and ET"
            there = [name for name in REGIONS if annotated_regions(self.coding, [name])[0]]
            others = ", ".join(there) or "no region"
            msg = f"masks of label scheme {self.coding} do not tell {what}; they tell {others}"
            raise UsageError(msg)
        return annotated

    def outline(self, name: str, regions: Sequence[str]) -> OutlineRecord:
        """Return the record that `btn predict` would have written for a file with some regions."""
        file = FileRecord(name=name, coding=self.coding, regions=regions)
        return OutlineRecord(target=self.target, regions=regions, files=[file])


def read_mask_options(
    coding: str | None,
    task: str | None,
    regions: Sequence[str] | None,
    target: str | None,
    tasks: str | None = None,
    heads: Sequence[str] | None = None,
) -> ExternalMasks | None:
    """Return how foreign masks are to be read, or None where no coding says that they are foreign.

    Args:
        coding: what their labels mean.
        task: name that the rows get.
        regions: which to score.
        target: column with the truth.
        tasks: of which configuration are scored; foreign masks know none.
        heads: which of the network's heads answer; foreign masks know none.

    Raises:
        UsageError: something else is said of them, but not the coding, or something that only predictions of ours have.

    Example:
        >>> read_mask_options("brats2020", "nnunet", ["ET"], None)
        ExternalMasks(coding='brats2020', task='nnunet', regions=('ET',), target='seg')
    """
    if coding is None:
        said = [name for name, value in (("--task", task), ("--region", regions), ("--target", target)) if value]
        if said:
            msg = f"{said[0]} is about masks of another tool: say with --label-scheme how they are to be read"
            raise UsageError(msg)
        return None
    said = [name for name, value in (("--tasks-of", tasks), ("--head", heads)) if value]
    if said:
        msg = (
            f"{said[0]} is for what `btn predict` wrote, and --label-scheme for masks of another tool; give one of them"
        )
        raise UsageError(msg)
    defaults = ExternalMasks(coding)
    return ExternalMasks(coding, task or defaults.task, tuple(regions or ()), target or defaults.target)


def find_masks(folder: Path, cohort: Cohort, masks: ExternalMasks) -> dict[str, PredictionRecord]:
    """Return for each case that has a file `<case_id>.nii.gz` or `.nii` what `btn predict` would have said of it.

    Args:
        folder: with one file a case.
        cohort: whose cases.
        masks: how to read them.

    Raises:
        InputError: no case has a file, or a case's file seems to have another name.
        UsageError: the regions cannot be scored, or `btn predict` wrote the folder.
    """
    regions = masks.scored_regions()
    found = find_mask_files(folder, [case.id for case in cohort])
    _refuse_own(folder, found)
    _require_masks(folder, found)
    return {
        case_id: PredictionRecord(case_id=case_id, segmentation={masks.task: masks.outline(files.own[0], regions)})
        for case_id, files in found.items()
        if files.own
    }


@dataclass(frozen=True)
class MaskFiles:
    """Files in a folder that are a case's, or seem to be.

    Args:
        own: called by its id and nothing else.
        similar: called by its id and something else, or by its id in other capitals or with other separators.
    """

    own: tuple[str, ...]
    similar: tuple[str, ...]


def find_mask_files(folder: Path, ids: Sequence[str]) -> dict[str, MaskFiles]:
    """Return id -> files, each for the longest id that its name is, begins with or holds, as whole words.

    `case_10.nii.gz` is of `case_10` alone, and `case_1_pred.nii.gz` and `seg_case-1.nii.gz` of `case_1`.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    own: dict[str, list[str]] = {case_id: [] for case_id in ids}
    similar: dict[str, list[str]] = {case_id: [] for case_id in ids}
    known = {_words(case_id): case_id for case_id in reversed(ids)}
    for name in names:
        stem, endings = _ENDING.subn("", name)
        if not endings or name.startswith("."):
            continue
        if stem in own:
            own[stem].append(name)
            continue
        words = _words(stem)
        size = len(words)
        parts = (words[start : start + length] for length in range(size, 0, -1) for start in range(size - length + 1))
        case_id = next((known[part] for part in parts if part in known), None)
        if case_id is not None:
            similar[case_id].append(name)
    return {case_id: MaskFiles(tuple(own[case_id]), tuple(similar[case_id])) for case_id in ids}


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.split(r"[_\-. ]", file_key(name)))


def _refuse_own(folder: Path, found: Mapping[str, MaskFiles]) -> None:
    place = PredictionFolder(folder)
    for case_id, files in found.items():
        require(
            files.own or not place.summary(case_id).exists(),
            f"{folder} was written by `btn predict`, which says itself what its labels mean; omit --label-scheme",
            UsageError,
        )


def _require_masks(folder: Path, found: Mapping[str, MaskFiles]) -> None:
    for case_id, files in found.items():
        if len(files.own) > 1 or (files.similar and not files.own):
            there = ", ".join(files.own or files.similar)
            msg = (
                f"case {case_id}: expected one file {case_id}.nii.gz in {folder}, found {there}; "
                "name each mask by its case alone"
            )
            raise InputError(msg)
    if not any(files.own for files in found.values()):
        names = sorted(path.name for path in folder.iterdir() if _ENDING.search(path.name)) if folder.is_dir() else []
        there = f"it holds {names[0]}" if names else "it holds no NIfTI file"
        msg = f"{folder} has no mask of any case: expected such as {next(iter(found))}.nii.gz, but {there}"
        raise InputError(msg)
