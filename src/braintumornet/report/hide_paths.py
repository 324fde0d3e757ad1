"""Texts for a page that may be passed on: without the folders in which files lie, which may name a patient."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from braintumornet.studies.study_arms import ExternalMasksArm, PretrainedArm

if TYPE_CHECKING:
    from braintumornet.studies.plan import Plan  # which loads engines

PLACES = ("run", "folder", "experiment", "store", "cohorts", "external")  # keys whose values are paths, or may be

_PATH = re.compile(
    r"""(?<![\w/]) (?:
        (?:\.{1,2}|~\w*)? / (?:[^\s/:;,'"]+/)*          # absolute, or from here, from above, from home
        | (?:[^\s/:;,'"()]+/){2,} (?=[^\s/])             # of two folders or more
        | (?:[^\s/:;,'"()]+/) (?=[^\s/:;,'"]*\.[A-Za-z]) # of one folder and a file
    )""",
    re.VERBOSE,
)


def hide_folders(text: str, places: Iterable[Path] = ()) -> str:
    """Return a text in which of every path only the last part is left.

    Args:
        text: such as an error line.
        places: folders that it may mention in any form, also with blanks in their names.

    Example:
        >>> hide_folders("cannot read /data/clinic/a.nii.gz: it is gone")
        'cannot read a.nii.gz: it is gone'
        >>> hide_folders("clinic/Jane-Doe/a.nii.gz and ../Jane/a.nii.gz and jane/a.nii.gz, 15/70 of WT/TC")
        'a.nii.gz and a.nii.gz and a.nii.gz, 15/70 of WT/TC'
        >>> hide_folders("no mask in my files/Jane Doe", [Path("my files/Jane Doe")])
        'no mask in Jane Doe'
    """
    folders = {str(parent) for place in places for parent in place.parents if parent.name}
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(f"{folder}/", "")
    return _PATH.sub("", text)


def places_of(plan: "Plan", folder: Path) -> list[Path]:
    """Return all files and folders that a study in a folder may speak of."""
    cases = [case for cohort in (plan.cohort, *plan.external.values()) for case in cohort]
    files = [file for case in cases for file in case.files().values()]
    runs = [arm.run for arm in plan.study.arms.values() if isinstance(arm, PretrainedArm)]
    masks = [Path(arm.folder) / "mask" for arm in plan.study.arms.values() if isinstance(arm, ExternalMasksArm)]
    return [*dict.fromkeys([*files, *runs, *masks, folder / "job"])]


def without_places(value: Any, key: str = "") -> Any:
    """Return the content of a configuration or study without the places of tables, runs, masks and stores.

    Example:
        >>> without_places({"cohorts": ["clinic/a.csv"], "set": {"data.store": "x/store"}, "seed": 1})
        {'cohorts': ['a.csv'], 'set': {'data.store': 'store'}, 'seed': 1}
    """
    if isinstance(value, dict):
        keys = {name: key if key == "external" else str(name).rpartition(".")[2] for name in value}
        return {name: without_places(one, keys[name]) for name, one in value.items()}
    if isinstance(value, list):
        return [without_places(one, key) for one in value]
    if isinstance(value, str):
        return Path(value).name if key in PLACES or Path(value).is_absolute() else hide_folders(value)
    return value
