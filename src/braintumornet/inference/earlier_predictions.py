"""Which cases of a cohort were predicted before, just as they would be now."""

from collections.abc import Collection
from pathlib import Path

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.file_hashes import CACHE_NAME, Digests
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord, read_predictions
from braintumornet.core.text.errors import InputError, require
from braintumornet.inference.ensemble import open_runs, provenance_of
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import digest_inputs
from braintumornet.inference.router import choose_tasks
from braintumornet.output.label_file import label_rule, rule_of_assessed
from braintumornet.output.write_prediction import files_of
from braintumornet.tasks.routing import AUTO


def find_predicted(
    request: PredictionRequest, cohort: Cohort, digests: Digests | None = None
) -> dict[str, PredictionRecord]:
    """Return case id -> prediction of the cases that need not be predicted again.

    A prediction counts where the same version made it with the same weights and configuration for the same tasks, all
    that it wrote is there in the numbers that are wanted, every file that it read stands in the same column with the
    same content, and what it says of who was seen in training still holds.

    Args:
        request: what is wanted of every case.
        cohort: the cases.
        digests: what is known of their files; default: what the folder of the predictions remembers.

    Raises:
        UsageError: the run is not finished, or lacks a task.
        InputError: a file of the run is damaged.
    """
    runs = open_runs(request.run, request.options)
    config, made_by = runs[0].config, provenance_of(runs, request.options)
    wanted = set(choose_tasks(config, request.tasks) or [task.name for task in config.tasks])
    place = PredictionFolder(request.folder)
    digests = digests or Digests(request.folder / CACHE_NAME)
    cases, patients = (
        frozenset[str]().union(*ids) for ids in zip(*(r.folder.learned_from() for r in runs), strict=True)
    )
    there, _ = read_predictions(request.folder, [case.id for case in cohort])  # a damaged one is made anew
    found = {
        case.id: there[case.id]
        for case in cohort
        if case.id in there
        and there[case.id].provenance == made_by
        and _answers(there[case.id], wanted, routed=AUTO in request.tasks)
        and _is_written_as_wanted(there[case.id], request)
        and all(file.is_file() for file in files_of(there[case.id], place, request.probabilities))
        and (not request.entropy or all(one.entropy_file for one in there[case.id].segmentation.values()))
        and there[case.id].seen_in_training == (case.id in cases or case.patient_id in patients)
        and there[case.id].inputs == _read_now(case, config, digests)
    }
    digests.save()
    return found


def require_not_of_others(folder: Path, cohort: Cohort, config: ExperimentConfig) -> None:
    """Refuse to replace predictions of other images that lie under the same case ids.

    Those of a case of which any file is the same are its own; of what earlier versions predicted nobody knows.

    Args:
        folder: for the predictions.
        cohort: the cases.
        config: of the run that predicts.

    Raises:
        InputError: names the first such case.
    """
    there, _ = read_predictions(folder, [case.id for case in cohort])
    digests = Digests(folder / CACHE_NAME)
    for case in cohort:
        before = set(there[case.id].inputs.values()) if case.id in there else set()
        now = _read_now(case, config, digests) if before else None
        require(
            now is None or not before.isdisjoint(now.values()),
            f"case {case.id}: {folder / case.id}.json is the prediction of other images under the same id; "
            "choose another --output or --case-id, or add --overwrite",
        )


def _read_now(case: Case, config: ExperimentConfig, digests: Digests) -> dict[str, str] | None:
    """Return the digests of the files that would be read; None where one cannot be, which predicting it will say."""
    try:
        return digest_inputs(case, config, digests)
    except InputError:
        return None


def _is_written_as_wanted(record: PredictionRecord, request: PredictionRequest) -> bool:
    """Say whether all masks have the numbers that are wanted, and lie in the files that are wanted and no others."""
    for outline in record.segmentation.values():
        rule = rule_of_assessed(outline.regions, outline.assessed, request.label_scheme)
        whole = [] if rule is None else [(set(outline.assessed), rule.coding)]
        apart = outline.assessed if rule is None or request.region_files else []
        own = [({region}, alone.coding) for region in apart if (alone := label_rule([region])) is not None]
        if [(set(file.regions), file.coding) for file in outline.files] != [*whole, *own]:
            return False
    return True


def _answers(record: PredictionRecord, wanted: Collection[str], routed: bool) -> bool:
    """Say whether all that is wanted was answered and nothing else; of a router, whether it was asked."""
    if routed or record.router is not None:
        return routed and record.router is not None
    others = [task for answers in record.answers.values() for task in answers]
    return {*record.segmentation, *record.classification, *others} == set(wanted)
