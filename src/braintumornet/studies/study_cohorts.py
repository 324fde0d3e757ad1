"""The cases of a study: tables that are there, or phantoms that it makes for itself."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.layouts.choose_cases import load_cohorts
from braintumornet.phantom.generators import GENERATORS
from braintumornet.phantom.phantom_settings import PhantomCohort
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.studies.split_schemes import REPLICATE, IndependentReplicates
from braintumornet.studies.study_file import Permutation, Study
from braintumornet.studies.study_folder import StudyFolder


def name_tables(study: Study, cohorts: Sequence[Path] = (), external: Mapping[str, Path] | None = None) -> Study:
    """Return a study that says by itself where its cases lie, from whatever folder it is read again.

    Args:
        study: names tables, relative to the working folder, or phantoms.
        cohorts: tables to take instead of the tables and phantoms that the study names.
        external: name -> table of a fixed cohort, beside those that the study names; with `cohorts`, instead of
            its phantoms.

    Raises:
        UsageError: a cohort cannot have its name.
    """
    tables = [path.absolute() for path in cohorts or study.cohorts]
    fixed = {name: path.absolute() for name, path in {**study.external, **(external or {})}.items()}
    replaced = cohorts and external
    made = {name: one for name, one in study.phantoms.items() if not (replaced if one.external else cohorts)}
    named = {"cohorts": tuple(tables), "external": fixed, "phantoms": made}
    return Study.from_content({**dict(study), **named}, "the study")


def load_cases(study: Study, folder: StudyFolder) -> tuple[Cohort, dict[str, Cohort]]:
    """Return the cases that are split, and the fixed cohorts that every network predicts.

    Args:
        study: names tables, or phantoms, which are made once in the folder.
        folder: of the study.

    Raises:
        UsageError: there is no case, or phantoms are to be made that another version of the generator makes.
        InputError: a table cannot be used.
    """
    fixed = {name: read_manifest(folder.where_now(path)) for name, path in study.external.items()}
    made = {name: _make_all(name, one, study, folder) for name, one in study.phantoms.items()}
    learned = [made[name] for name, one in study.phantoms.items() if not one.external]
    fixed |= {name: made[name] for name, one in study.phantoms.items() if one.external}
    require(
        study.cohorts or learned,
        "the study has no cases; give a table with --cohort, or name `cohorts` or `phantoms` in the study file",
        UsageError,
    )
    parts = ([load_cohorts([folder.where_now(path) for path in study.cohorts])] if study.cohorts else []) + learned
    cohort = Cohort("+".join(part.name for part in parts), tuple(case for part in parts for case in part))
    for name, other in fixed.items():
        both = {case.id for case in cohort} & {case.id for case in other}
        if both:
            msg = f"case {min(both)} is in the study's cohort and in the external cohort {name}; take it out of one"
            raise InputError(msg)
    return cohort, fixed


def permute(cohort: Cohort, wanted: Permutation, split: str) -> Cohort:
    """Return a cohort of which the values of a column have changed places, patient by patient; blank ones stay blank.

    Args:
        cohort: all cases; those of a patient have one value.
        wanted: which column, and among whom.
        split: another one gives another order.
    """
    seed = int.from_bytes(hashlib.sha256(f"{wanted.column} {split}".encode()).digest()[:8])
    rng = np.random.default_rng(seed)
    dealt: dict[str, str] = {}
    groups: dict[str | None, dict[str, str]] = {}
    for case in cohort:
        if (value := case.value(wanted.column)) is not None:
            group = None if wanted.within is None else case.value(wanted.within)
            groups.setdefault(group, {})[case.patient_id] = value
    for patients in groups.values():
        dealt |= dict(zip(patients, rng.permutation(list(patients.values())).tolist(), strict=True))
    return Cohort(cohort.name, tuple(_with_value(case, wanted.column, dealt) for case in cohort))


def _with_value(case: Case, column: str, values: Mapping[str, str]) -> Case:
    if case.value(column) is None:
        return case
    return replace(case, attributes={**case.attributes, column: values[case.patient_id]})


def _make_all(name: str, wanted: PhantomCohort, study: Study, folder: StudyFolder) -> Cohort:
    """Return a cohort of phantoms; where replicates have cases of their own, those of all replicates."""
    place = folder.phantoms / name
    if wanted.external or not isinstance(study.splits, IndependentReplicates):
        return _make(name, wanted, place)
    cases = []
    for number in study.splits.numbers:
        own = wanted.model_copy(update={"seed": study.splits.seed_of(str(number), wanted.seed)})
        for case in _make(f"{name}-{number}", own, place / f"replicate-{number}"):
            about = {**case.attributes, REPLICATE: str(number)}
            cases.append(replace(case, cohort=name, split=wanted.side, attributes=about))
    return Cohort(name, tuple(cases))


def _make(name: str, wanted: PhantomCohort, place: Path) -> Cohort:
    if not (place / "cohort.csv").is_file():  # the table is written last
        require(
            wanted.generator in GENERATORS,
            f"phantoms {name!r} are to be of generator {wanted.generator}, and this braintumornet has generators "
            f"{', '.join(map(str, GENERATORS))}; put back {place}, or begin another study with one of these",
            UsageError,
        )
        write_phantoms(place, wanted.head, wanted.cases, wanted.seed, name, generator=wanted.generator)
    made = read_manifest(place / "cohort.csv")
    return _with_masks_of_others(made) if wanted.foreign_masks else made


def _with_masks_of_others(cohort: Cohort) -> Cohort:
    """Give each case the mask of the next one."""
    others = (*cohort.cases[1:], cohort.cases[0])
    pairs = zip(cohort, others, strict=True)
    return Cohort(cohort.name, tuple(replace(case, targets=other.targets) for case, other in pairs))
