"""The scores of a folder of predictions against a cohort's labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.prediction_record import PredictionRecord, read_predictions
from braintumornet.core.scores import Row, Scores
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.text.names import SEQUENCES, require_among, suggest
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, require_all
from braintumornet.core.workers.parallel import plan_workers
from braintumornet.evaluation.external_masks import ExternalMasks, find_masks
from braintumornet.evaluation.predicted_heads import heads_of, kinds_of, questions_of, scorer, with_seen_patients
from braintumornet.scoring.masks_of_cohort import score_masks
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.scoring.scored_task import AskedHead, Question, Scoring, choose_head
from braintumornet.volumes.nifti import count_voxels

PROCESS_BYTES = 200 * 2**20  # Python with NumPy and SciPy
VOXEL_BYTES = 40  # two label maps while they are read, and their regions


def evaluate_cohort(
    cohort: Cohort,
    folder: Path,
    questions: Sequence[Question] | None = None,
    heads: Mapping[str, str] | None = None,
    settings: ScoreSettings | None = None,
    jobs: int | Cluster | None = 1,
    advance: Callable[[object], object] = lambda case: None,
) -> Scores:
    """Score every case that has a label and that a task is for.

    A case without a prediction, or whose task a router left out, counts as an empty one, never as nothing. The marker
    of a case without a prediction counts as a wrong answer; one that was left out on purpose is counted apart. A case
    with a file that cannot be read or lies elsewhere is not scored, and does not end the others.

    Args:
        cohort: with masks and markers.
        folder: what `btn predict` wrote.
        questions: what is asked; default the tasks that the predictions name.
        heads: task -> head that answers it; default as in `choose_head`.
        settings: how masks are scored.
        jobs: cases at once; None for one per processor core; or a cluster. The scores do not depend on it.
        advance: called after each case.

    Raises:
        CasesFailedError: cases failed; carries the scores of the others.
        InputError: there is no prediction at all, or those of one task disagree on what it is.
        UsageError: no head answers a task, or one is chosen for a task that is not asked.
    """
    records, failures = _read(cohort, folder)
    asked = _choose_heads(questions_of(records) if questions is None else questions, heads or {}, records)
    scored = _without_damaged(cohort, failures, advance)
    scoring = Scoring(records, folder, settings or ScoreSettings(), _plan(cohort, jobs), advance)
    rows: list[Row] = []
    for kind in kinds_of(records.values()):
        own, unread = scorer(kind).score([one for one in asked if one.question.kind == kind], scored, scoring)
        rows += own
        failures += unread
    failures = list({failure.case_id: failure for failure in failures}.values())
    return require_all(with_cases(rows, cohort), failures, len(cohort))


def with_cases(rows: Iterable[Row], cohort: Cohort) -> Scores:
    """Return rows as a table that says of each case what the cohort says of it."""
    about = {
        case.id: {
            "cohort": case.cohort,
            "patient_id": case.patient_id,
            "sequences": " ".join(name for name in SEQUENCES if name in case.images),
        }
        for case in cohort
    }
    return Scores.of({**row, **about.get(row.get("case_id", ""), {})} for row in rows)


def evaluate_masks(
    cohort: Cohort,
    folder: Path,
    masks: ExternalMasks,
    settings: ScoreSettings | None = None,
    jobs: int | Cluster | None = 1,
    advance: Callable[[object], object] = lambda case: None,
) -> Scores:
    """Score the masks of another tool; a case without one counts as an empty one.

    Args:
        cohort: with masks.
        folder: with a file `<case_id>.nii.gz` for each case.
        masks: how they are to be read.
        settings: how they are scored.
        jobs: cases at once; None for one per processor core; or a cluster.
        advance: called after each case.

    Raises:
        CasesFailedError: files cannot be read, lie on other grids than the truth, or hold labels that the coding lacks;
            carries the scores of the other cases.
        InputError: no case has a file or a label, or the truth tells none of the regions.
        UsageError: the regions cannot be scored, or `btn predict` wrote the folder.
    """
    if not any(masks.target in case.targets for case in cohort):
        columns = {column for case in cohort for column in case.targets}
        msg = f"cohort {cohort.name} has no mask in the column {masks.target!r}; {suggest(masks.target, columns)}"
        raise InputError(msg)
    regions = masks.scored_regions()
    asked = AskedHead(Question(masks.task, masks.target, tuple(regions)), masks.task)
    found = find_masks(folder, cohort, masks)
    scoring = Scoring(found, folder, settings or ScoreSettings(), _plan(cohort, jobs), advance)
    rows, failures = score_masks([asked], cohort, scoring)
    require(
        rows or failures,
        f"the true masks of cohort {cohort.name} do not tell {', '.join(regions)} by their label scheme",
    )
    return require_all(with_cases(rows, cohort), failures, len(cohort))


def require_scores(scores: Scores, cohort: Cohort, folder: Path) -> None:
    """Refuse an evaluation that scored nothing.

    Raises:
        InputError: says what to fill in.
    """
    require(
        len(scores),
        f"no case of cohort {cohort.name} has a label for any task that {folder} answers; fill the column of the "
        "mask or marker, and those that the tasks' `where` asks for (such as pathology), or score the tasks of "
        "another configuration with --tasks-of",
    )


def _read(cohort: Cohort, folder: Path) -> tuple[dict[str, PredictionRecord], list[CaseFailure]]:
    found, failures = read_predictions(folder, [case.id for case in cohort])
    if not found:
        require_all(Scores.of([]), failures, len(cohort))
        msg = (
            f"{folder} holds no prediction of any case of cohort {cohort.name}; make some with `btn predict`, "
            "or say with --label-scheme how the masks of another tool are to be read"
        )
        raise InputError(msg)
    return with_seen_patients(cohort, found), failures


def _without_damaged(cohort: Cohort, failures: Sequence[CaseFailure], advance: Callable[[object], object]) -> Cohort:
    damaged = {failure.case_id for failure in failures}
    for case_id in damaged:
        advance(case_id)
    return cohort.select(lambda case: case.id not in damaged)


def _choose_heads(
    questions: Sequence[Question], chosen: Mapping[str, str], records: Mapping[str, PredictionRecord]
) -> list[AskedHead]:
    tasks = [question.task for question in questions]
    for task in chosen:
        require_among(task, tasks, f"--head names the task {task!r}, which is not scored")
    heads = {kind: list(heads_of(records, kind)) for kind in {question.kind for question in questions}}
    return [AskedHead(question, choose_head(question, heads[question.kind], chosen)) for question in questions]


def _plan(cohort: Cohort, jobs: int | Cluster | None) -> int | Cluster:
    """Return how many processes fit into memory, each with the largest case; a cluster looks after its own."""
    if isinstance(jobs, Cluster):
        return jobs
    largest = max((count_voxels(file) for case in cohort for file in case.targets.values()), default=0)
    return plan_workers(jobs, len(cohort), PROCESS_BYTES + VOXEL_BYTES * largest).jobs
