"""A patient's examination, and a set of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Self

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import file_key, is_phantom, require_file_name, suggest


def _frozen(mapping: Mapping[str, object]) -> MappingProxyType[str, object]:
    return MappingProxyType(dict(mapping))


@dataclass(frozen=True)
class Case:
    """One examination of one patient: its image and label files, and what else is known about it.

    A missing target means that nobody looked; an empty mask means that somebody annotated the case and found no lesion.

    Args:
        id: id that is unique in the cohort; files are named after it.
        patient_id: id of the patient; cases of one patient never fall in two sets of a split.
        cohort: name of the cohort that the case comes from.
        images: sequence name (`t1n`, `t1c`, `t2w`, `t2f`) -> file.
        targets: target name (`seg`) -> file of the mask.
        brainmask: file of the brain mask, if there is one.
        coding: how to read the labels of the masks; required if there is a mask.
        pathology: pathology of the case, such as `hgg`, `mets`, `plgg`.
        split: `train`, `val` or `test`, if the cohort fixes it.
        attributes: every other column of the manifest (age, site, genotype).
    """

    id: str
    patient_id: str
    cohort: str
    images: Mapping[str, Path]
    targets: Mapping[str, Path] = field(default_factory=dict)
    brainmask: Path | None = None
    coding: str | None = None
    pathology: str | None = None
    split: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_file_name(self.id, "case_id")
        for name in ("images", "targets", "attributes"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        if self.targets and self.coding is None:
            mask = next(iter(self.targets.values())).name
            msg = (
                f"case {self.id}: the mask {mask} has no label scheme, so its labels cannot be read; "
                "fill the manifest's column 'coding' (brats2013, brats2020, brats2023, ...)"
            )
            raise InputError(msg)

    def __reduce__(self) -> tuple[object, ...]:
        """Let a case travel to another process; a read-only mapping cannot by itself."""
        values = (getattr(self, field.name) for field in fields(self))
        return type(self), tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)

    @property
    def cells(self) -> dict[str, str | None]:
        """Column of the manifest -> its cell, None if it is blank; files and blank attributes are left out.

        `id` is also the case's id, unless the manifest has a column of that name.
        """
        return {
            "id": self.id,
            **self.attributes,
            "case_id": self.id,
            "patient_id": self.patient_id,
            "cohort": self.cohort,
            "coding": self.coding,
            "pathology": self.pathology,
            "split": self.split,
        }

    def files(self) -> dict[str, Path]:
        """Return column -> file for all files of the case: images, brain mask and masks."""
        brainmask = {} if self.brainmask is None else {"brainmask": self.brainmask}
        return {**self.images, **brainmask, **self.targets}

    def value(self, name: str) -> str | None:
        """Return the cell in a column of the manifest (`genotype`, `patient_id`), or None if it is blank."""
        return self.cells.get(name)

    @property
    def is_synthetic(self) -> bool:
        """Whether the case is a phantom, according to the name of its cohort or because a generator made it."""
        return is_phantom(self.cohort, self.attributes)

    def fits(self, where: Mapping[str, str | Sequence[str]]) -> bool:
        """Return whether the case has one of the wanted values in every column named.

        Example:
            >>> case = Case("a", "a", "c", {}, pathology="hgg")
            >>> case.fits({"pathology": ("hgg", "lgg")}), case.fits({"pathology": "mets"}), case.fits({})
            (True, False, True)
        """
        return all(self.value(column) in as_values(wanted) for column, wanted in where.items())


def as_values(wanted: str | Sequence[str]) -> tuple[str, ...]:
    """Return the values that a condition on a column allows; a single one may stand by itself."""
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


@dataclass(frozen=True)
class Cohort:
    """An ordered set of cases with unique ids.

    Args:
        name: of the cohort.
        cases: in their order.
    """

    name: str
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for case in self.cases:
            key = file_key(case.id)
            before = seen.get(key)
            if before is not None:
                twice = f"case id {case.id!r} is there twice"
                alike = f"case ids {before!r} and {case.id!r} differ in capitals alone and are one file on some disks"
                msg = f"cohort {self.name}: {twice if before == case.id else alike}; ids must be unique"
                raise InputError(msg)
            seen[key] = case.id

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)

    def require_columns(self, columns: Iterable[str], what: str) -> None:
        """Refuse a column that no case has: it is misspelled, or blank for all.

        Args:
            columns: columns by which cases are told apart, as in `where`.
            what: name of the columns in the error, such as "task 'hgg': where".

        Raises:
            UsageError: names the column, and the one that was probably meant.
        """
        known = {column for case in self.cases for column in case.cells}
        for column in columns:
            if self.cases and column not in known:
                msg = f"{what}: no case of cohort {self.name} has a column {column!r}; {suggest(column, known)}"
                raise UsageError(msg)

    def select(self, wanted: Callable[[Case], bool]) -> Self:
        """Return a cohort of the cases that a function selects.

        Args:
            wanted: says whether to keep a case.
        """
        return type(self)(self.name, tuple(case for case in self.cases if wanted(case)))

    def with_ids(self, ids: list[str]) -> Self:
        """Return a cohort of the cases with the given ids.

        Args:
            ids: ids of the cases, in the order wanted.

        Raises:
            UsageError: an id is not in the cohort.
        """
        by_id = {case.id: case for case in self.cases}
        missing = [case_id for case_id in ids if case_id not in by_id]
        if missing:
            first = next(iter(by_id), "-")
            msg = f"cohort {self.name} has no case {missing[0]!r}; it has {len(self)}, the first is {first!r}"
            raise UsageError(msg)
        return type(self)(self.name, tuple(by_id[case_id] for case_id in ids))
