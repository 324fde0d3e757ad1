"""A study from its folder, as it was begun."""

from braintumornet.core.errors import UsageError
from braintumornet.experiments.cohorts import load_cases
from braintumornet.experiments.execute import require_same_study
from braintumornet.experiments.folder import StudyFolder
from braintumornet.experiments.plan import Plan
from braintumornet.experiments.planning import plan_study
from braintumornet.experiments.study import load_study


def reopen(folder: StudyFolder) -> Plan:
    """Return the plan of a study that was begun.

    Args:
        folder: in which `btn study` wrote the study file and the plan.

    Raises:
        UsageError: the folder holds no study, or a configuration or the cases changed since.
        InputError: a table or a file of the folder cannot be read.
    """
    folder.require_study()
    study = load_study(str(folder.study))
    plan = plan_study(study, *load_cases(study, folder))
    try:
        require_same_study(plan, folder)
    except UsageError as error:
        msg = f"the files that {folder.study} names have changed since the study was begun: {error}"
        raise UsageError(msg) from error
    return plan
