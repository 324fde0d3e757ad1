"""One job of a study from its start, or from where it was stopped, to its scores."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import mean, median
from time import perf_counter
from typing import Any, Protocol

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.default_run import find_run
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.workers.parallel import GIB
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort, evaluate_masks
from braintumornet.evaluation.external_masks import ExternalMasks, find_mask_files
from braintumornet.inference.earlier_predictions import find_predicted
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.cost import network_cost
from braintumornet.networks.device import choose_device, uses_bf16
from braintumornet.networks.transfer import TransferSettings
from braintumornet.scoring.scored_task import Question
from braintumornet.studies.clinical_baseline_arm import score_clinical_baseline
from braintumornet.studies.completed_jobs import is_done, masks_fingerprint
from braintumornet.studies.plan import Job
from braintumornet.studies.study_arms import ClinicalBaselineArm, ExternalMasksArm, PretrainedArm
from braintumornet.studies.study_file import VAL
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.studies.training_budget import Trained
from braintumornet.tasks.task import Task
from braintumornet.training.preflight import training_bytes
from braintumornet.training.trainer import fit

READING = InferenceOptions(reading="windows")
"""Of all arms alike: were each to choose, two could differ by how they are read."""


class Bars(Protocol):
    """What shows how far a job is."""

    @property
    def read(self) -> Callable[[int, int], None]:
        """Called after each case that was read."""

    @property
    def step(self) -> Callable[[int, int, Mapping[str, float]], None]:
        """Called after each step."""


Watch = Callable[[str], AbstractContextManager[Bars | None]]
"""Given a title, shows how far something is."""


@dataclass(frozen=True)
class Work:
    """What a job needs to know besides itself.

    Args:
        folder: of the study.
        questions: what all arms are asked.
        heads: task -> head that answers it.
    """

    folder: StudyFolder
    questions: tuple[Question, ...]
    heads: Mapping[str, str]


def run_job(job: Job, work: Work, watch: Watch = lambda title: nullcontext()) -> None:
    """Do what is left of a job; what is there already is taken as it is.

    Raises:
        BrainTumorNetError: it cannot be done.
    """
    with work.folder.job_locked(job.name):
        if is_done(job, work.folder):
            return
        cost: dict[str, Any] = {}
        choice = ""
        masks = masks_fingerprint(job, work.folder)  # before they are read: who changes one later is found out
        if isinstance(job.given, ExternalMasksArm):
            _score_masks(job, job.given, work)
        elif isinstance(job.given, ClinicalBaselineArm):
            _score_clinical_baseline(job, job.given, work)
        else:
            choice, run = _network(job, work, watch, cost)
            _answer(job, run, work, cost)
        work.folder.failure(job.name).unlink(missing_ok=True)
        done = {"fingerprint": job.fingerprint, "choice": choice, "cost": cost, **masks}
        write_json(work.folder.result(job.name), done)


def _network(job: Job, work: Work, watch: Watch, cost: dict[str, Any]) -> tuple[str, RunFolder]:
    """Return the choice of a grid, if there is one, and the run that answers."""
    if job.choices:
        choice, name = choose_point(job, work.folder)
        cost |= work.folder.read_result(name)["cost"]
        return choice, work.folder.run(name)
    if isinstance(job.given, PretrainedArm):
        return "", RunFolder(find_run(job.given.run)).require_complete()
    run = work.folder.run(job.name)
    assert job.config is not None
    config = _start_from(job, work.folder)
    cost |= _train(config, job, run, watch)
    return "", run


def choose_point(job: Job, folder: StudyFolder) -> tuple[str, str]:
    """Return the point of a grid whose network has the highest mean Dice on validation, and the job that tried it.

    Raises:
        InputError: the networks outline nothing on validation.
    """
    dice = {}
    for point, name in job.choices:
        values = Scores.read(folder.scores(name, VAL)).select(metric="dice").frame["value"].tolist()
        require(
            values,
            f"arm {job.arm!r}: a grid is chosen by Dice on validation, and {name} has none; give it masks to learn",
        )
        dice[point, name] = mean(values)
    return max(dice, key=lambda tried: dice[tried])


def _start_from(job: Job, folder: StudyFolder) -> ExperimentConfig:
    assert job.config is not None
    if not job.starts_from:
        return job.config
    source = folder.run(job.starts_from).path
    settings = job.config.transfer or TransferSettings(run=source)
    return job.config.model_copy(update={"transfer": settings.model_copy(update={"run": source})})


def _train(config: ExperimentConfig, job: Job, run: RunFolder, watch: Watch) -> dict[str, Any]:
    """Train a network, go on with it, or take it as it is; return what it costs."""
    seconds: list[float] = []
    if not run.report.is_file():
        with watch(f"{job.arm}, split {job.split}") as bars:
            began = perf_counter()

            def step(done: int, total: int, losses: Mapping[str, float]) -> None:
                nonlocal began
                seconds.append(perf_counter() - began)
                began = perf_counter()
                if bars is not None:
                    bars.step(done, total, losses)

            reading = None if bars is None else bars.read
            fit(config, job.cohort, run, resume=run.begun, reading=reading, progress=step)
    return describe_cost(config, job, seconds)


def describe_cost(config: ExperimentConfig, job: Job, seconds: Sequence[float]) -> dict[str, Any]:
    """Return what a network costs: counted, computed, and measured where it was trained just now."""
    read = config.patch_size().read
    counted = network_cost(config.backbone, config.tasks, len(config.sequences), read, config.presence_channels)
    device = choose_device(config.training.accelerator)
    bf16 = uses_bf16(config.training.precision, device)
    network = Trained(config, job.cohort)
    steps = network.steps
    return {
        "parameters": counted.parameters,
        "operations": counted.operations,
        "memory_gib": round(training_bytes(config, bf16, config.data.batch_size) / GIB, 3),
        "steps": steps,
        "training_operations": network.operations() * steps,
        "device": device.type,
        **({"training_s": round(median(seconds) * steps, 1)} if seconds else {}),
    }


def _answer(job: Job, run: RunFolder, work: Work, cost: dict[str, Any]) -> None:
    """Predict the cases that are left, and score each part."""
    predictor = Predictor.from_run(run.path, READING)
    tasks = predictor.config.tasks
    asked = [one for one in work.questions if _can_answer(tasks, one, work.heads)]
    heads = {task: head for task, head in work.heads.items() if task in {one.task for one in asked}}
    seconds: list[float] = []
    digests = work.folder.digests()
    for part, cohort in job.parts.items():
        request = PredictionRequest(run.path, work.folder.predictions(job.name, part), options=READING)
        there = find_predicted(request, cohort, digests)
        left = Cohort(cohort.name, tuple(case for case in cohort if case.id not in there))
        began = perf_counter()

        def advance(case: Case) -> None:
            nonlocal began
            seconds.append(perf_counter() - began)
            began = perf_counter()

        predict_cohort(predictor, left, request, advance)
        evaluate_cohort(cohort, request.folder, asked, heads).write(work.folder.scores(job.name, part))
    if seconds:
        cost["prediction_s"] = round(median(seconds), 2)


def _can_answer(tasks: Sequence[Task], question: Question, heads: Mapping[str, str]) -> bool:
    """Say whether a network has something to say: any outline may answer for another, a marker only for itself."""
    if question.regions:
        return any(task.gives == "maps" for task in tasks)
    return heads.get(question.task, question.task) in {task.name for task in tasks}


def _score_masks(job: Job, arm: ExternalMasksArm, work: Work) -> None:
    outlines = [question for question in work.questions if question.regions]
    (question,) = [one for one in outlines if one.task == (arm.task or outlines[0].task)]
    masks = ExternalMasks(arm.label_scheme, question.task, question.regions, question.column)
    folder = arm.place(job.split, job.seed)
    for part, cohort in job.parts.items():
        cases = cohort.select(question.is_about)
        if part != VAL and len(cases):
            _require_masks(cases, folder)
            evaluate_masks(cases, folder, masks).write(work.folder.scores(job.name, part))


def _require_masks(cases: Cohort, folder: Any) -> None:
    found = find_mask_files(folder, [case.id for case in cases])
    if not any(files.own for files in found.values()):
        name = f"{next(iter(found))}.nii.gz"
        msg = f"{folder} has no mask {name}; predict the split's test cases with the other tool and put them there"
        raise InputError(msg)


def _score_clinical_baseline(job: Job, arm: ClinicalBaselineArm, work: Work) -> None:
    (question,) = [one for one in work.questions if one.task == arm.task]
    train = job.cohort.select(lambda case: case.split == "train")
    outline = next((one for one in work.questions if one.regions), None)
    for part, cohort in job.parts.items():
        score_clinical_baseline(question, outline, train, cohort).write(work.folder.scores(job.name, part))
