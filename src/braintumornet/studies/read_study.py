"""A study from its file, or from the folder in which it was begun."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from braintumornet.config import SHIPPED
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.default_run import find_run
from braintumornet.core.files.overrides import apply_overrides
from braintumornet.core.files.yaml_file import is_file, read_layers
from braintumornet.core.text.earlier_names import STUDY_NAMES, EarlierNames
from braintumornet.core.text.errors import UsageError, prefix_errors
from braintumornet.data.splits import Split
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.plan import Plan
from braintumornet.studies.run_jobs import require_same_study
from braintumornet.studies.split_schemes import IndependentReplicates
from braintumornet.studies.study_arms import PretrainedArm, TrainedArm, require_known_tasks
from braintumornet.studies.study_cohorts import load_cases
from braintumornet.studies.study_file import Study
from braintumornet.studies.study_folder import StudyFolder

SHIPPED_STUDIES = SHIPPED / "studies"


def shipped_studies() -> list[str]:
    """Return the names of the studies that come with the package."""
    return sorted(path.stem for path in SHIPPED_STUDIES.glob("*.yaml"))


def load_study(
    name_or_path: str,
    overrides: Sequence[str] = (),
    names: EarlierNames = STUDY_NAMES,
    where_now: Callable[[Path], Path] = Path,
) -> Study:
    """Read a study file or a shipped study, on top of the one that its `base` names.

    Args:
        name_or_path: a path, or the name of a shipped study such as `study_plgg_small`.
        overrides: such as `splits.repeats=3`.
        names: that keys had before, which are read as those of now.
        where_now: tells where a configuration lies that may have been moved.

    Raises:
        UsageError: it is not there, or holds a key or value that is not allowed.
    """
    content = read_layers(name_or_path, SHIPPED_STUDIES, names)
    apply_overrides(content, overrides, names)
    if isinstance(content.get("arms"), dict):  # a file can leave out an arm of its base
        content["arms"] = {name: arm for name, arm in content["arms"].items() if arm is not None}
    study = _locate(Study.from_content(content, Path(name_or_path).name), Path(name_or_path).parent, where_now)
    require_known_tasks(study.arms, study.questions())
    for name, arm in study.arms.items():
        if isinstance(arm, TrainedArm):
            study.arm_config(name, study.seeds[0])
        if isinstance(arm, PretrainedArm) and not find_run(arm.run).is_dir():
            msg = f"arm {name!r}: there is no run {arm.run}"
            raise UsageError(msg)
    return study


def _locate(study: Study, folder: Path, where_now: Callable[[Path], Path]) -> Study:
    """Return a study that names files of configurations as they are found from whatever folder."""

    def place(experiment: str) -> str:
        places = (folder / experiment, Path(experiment), where_now(Path(experiment)))
        return next((str(file.absolute()) for file in places if is_file(file)), experiment)

    arms = {
        name: arm.model_copy(update={"experiment": place(arm.experiment)})
        for name, arm in study.arms.items()
        if isinstance(arm, TrainedArm) and arm.experiment
    }
    return study.model_copy(update={"experiment": place(study.experiment), "arms": {**study.arms, **arms}})


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
