"""A study from its folder, as it was begun."""

from collections.abc import Mapping
from dataclasses import fields

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.earlier_names import STUDY_NAMES
from braintumornet.core.text.errors import prefix_errors
from braintumornet.data.splits import Split
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.plan import Plan
from braintumornet.studies.run_jobs import require_same_study
from braintumornet.studies.split_schemes import IndependentReplicates
from braintumornet.studies.study_cohorts import load_cases
from braintumornet.studies.study_file import Study, load_study
from braintumornet.studies.study_folder import StudyFolder


def reopen(folder: StudyFolder) -> Plan:
    """Return the plan of a study that was begun.

    Args:
        folder: in which `btn study` wrote the study file and the plan.

    Raises:
        UsageError: the folder holds no study, or a configuration or the cases changed since.
        InputError: a table or a file of the folder cannot be read.
    """
    folder.require_study()
    plan = plan_in(load_study(str(folder.study), names=STUDY_NAMES.quietly(), where_now=folder.where_now), folder)
    with prefix_errors(f"the files that {folder.study} names have changed since the study was begun: "):
        require_same_study(plan, folder)
    return plan


def plan_in(study: Study, folder: StudyFolder) -> Plan:
    """Return the plan of a study in its folder: with the splits that it was begun with, also by an earlier version.

    Args:
        study: the file.
        folder: where it is to run, or has begun to.

    Raises:
        InputError: a table cannot be read, or a split cannot be made.
        UsageError: the arms cannot be compared.
    """
    cohort, external = load_cases(study, folder)
    return plan_study(study, cohort, external, _begun_splits(study, cohort, folder), folder.digests())


def _begun_splits(study: Study, cohort: Cohort, folder: StudyFolder) -> Mapping[str, Split] | None:
    """Return the splits of the plan in the folder; None where there is none of this study and these cases."""
    if not folder.plan.is_file():
        return None
    stored = folder.read_plan()
    if stored["study"] != study.fingerprint():
        return None
    sides = [side.name for side in fields(Split)]
    splits = {name: Split(*(tuple(split[side]) for side in sides)) for name, split in stored["splits"].items()}
    ids = {case.id for case in cohort}
    named = {name: {case for side in sides for case in split.ids(side)} for name, split in splits.items()}
    apart = isinstance(study.splits, IndependentReplicates)  # each split has cases of its own
    same = set().union(*named.values()) == ids and (apart or all(own == ids for own in named.values()))
    return splits if same else None
