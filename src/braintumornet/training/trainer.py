"""The training loop, readable from top to bottom."""

import math
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import ReportRecord, ScoreRecord
from braintumornet.core.text.errors import BrainTumorNetError, require
from braintumornet.core.workers.stop_signals import Held, Stopped, held_back, stopping
from braintumornet.data.training_data_profile import profile_inputs
from braintumornet.inference.card.model_card import write_card
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.router import measure_router
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.losses import task_losses, teaching
from braintumornet.training.choose_post_processing import choose_post_processing
from braintumornet.training.distributed import explaining, highest, seed_step, sum_gradients
from braintumornet.training.one_pass_check import check_one_pass
from braintumornet.training.optimiser import add_weight_penalty, clip_gradients, set_learning_rate
from braintumornet.training.start_run import alone_in, note_seconds
from braintumornet.training.training_setup import Reading, Session, Starting, load_batches, open_session
from braintumornet.weighting.gradients import measure_gradients

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after each step with steps done, steps in all, and the losses per task."""


MOST_PROFILED = 100
"""Training cases that tell what the images were like: more would tell the same."""


def fit(
    config: ExperimentConfig,
    cohort: Cohort,
    run: RunFolder,
    *,
    resume: bool = False,
    reading: Reading | None = None,
    progress: Progress | None = None,
    starting: Starting = lambda origin, doubts: None,
) -> ReportRecord:
    """Train a network on a cohort and leave everything about it, and a model card, in the run folder.

    Args:
        config: the experiment.
        cohort: all cases; which of them train is decided by its split.
        run: must not hold a run yet, unless `resume`.
        resume: go on from the last saved state; the result is that of an uninterrupted training.
        reading: told about each case.
        progress: told about each step.
        starting: told what was taken from the run that this one starts from, if there is one, and what a person should
            look at before believing the result.

    Raises:
        UsageError: the run folder is taken, another training is at work in it, or the configuration cannot work.
        InputError: the cohort cannot be used, or the disk is full.
        Stopped: a signal came; at once before the first step, and else after the step, with the state saved.
    """
    began = monotonic()
    with stopping(), alone_in(run), explaining(run.path):
        session = open_session(config, cohort, run, resume, reading, starting)
        with held_back() as held:
            _train(config, session, progress or (lambda done, total, losses: None), held)
        state, best = session.state, session.state.best if session.val else None
        report = ReportRecord(steps=state.step, best=best, sample_counts=state.drawn.rows(), router=())
        if session.fabric.is_global_zero:
            val = cohort.with_ids(list(session.split.val))
            checked = {"router": _router_scores(config, val, run), "one_pass": check_one_pass(config, val, run)}
            report = report.model_copy(update={**checked, **_learn_of(config, session, run)})
            write_json(run.report, report.as_json())
            if not resume:
                note_seconds(run, monotonic() - began)
            write_card(TrainedRun(run.path))
        return report


def _learn_of(config: ExperimentConfig, session: Session, run: RunFolder) -> dict[str, Any]:
    """Return what the cases tell after a training: what images were like, and how masks are cleaned best."""
    some = session.train[:: -(-len(session.train) // MOST_PROFILED)]
    known = profile_inputs((case.images() for case in some), config.sequences)
    chosen = choose_post_processing(Predictor.from_run(run.path), session.val) if session.val else {}
    return {**({"input_profile": known} if known else {}), **({"post_processing": chosen} if chosen else {})}


def _train(config: ExperimentConfig, session: Session, progress: Progress, held: Held) -> None:
    """Take the steps that are left.

    Raises:
        Stopped: after a step in which a signal came to one of the processes; the state is saved.
    """
    state, fabric = session.state, session.fabric
    total = config.training.total_steps(len(session.train), config.data.batch_size)
    steps = range(state.step, total)
    session.forward.train()
    for step, batch in zip(steps, load_batches(config, session, steps), strict=True):
        values = _step(config, session, batch, step, total)
        progress(state.step, total, values)
        if number := highest(held.number, fabric):
            session.recorder.stop()
            fabric.barrier()  # the first process has saved
            raise Stopped(number, f"after step {state.step} of {total}; the state is saved")
    session.recorder.close()


def _step(config: ExperimentConfig, session: Session, batch: Batch, step: int, total: int) -> dict[str, float]:
    """Learn from one batch, keep what is due, and return the losses."""
    fabric, optimizer, state = session.fabric, session.optimizer, session.state
    settings, shared = config.training, session.shared
    state.step, state.network.step = step + 1, step
    seed_step(config.seed, step, fabric.global_rank)
    set_learning_rate(optimizer, settings, step / total)
    session.schedule.begin(step)
    outputs = session.forward(batch.image, truth=batch.targets, present=batch.present_sequences)
    losses = task_losses(outputs, batch, session.criteria)
    values = {name: loss.item() for name, loss in losses.items()}
    require_finite(values, step)
    weights = {}
    if losses:
        due = settings.gradient_cosine_every and state.step % settings.gradient_cosine_every == 0
        measured = measure_gradients(teaching(losses, config.tasks), shared, fabric) if due else None
        weights = state.weighting.backward(dict(sorted(losses.items())), shared, fabric)
        if measured is not None:
            session.recorder.note("cosine", measured.cosines)
            session.recorder.note(
                "gradient", {name: weights.get(name, 1) * norm for name, norm in measured.norms.items()}
            )
        sum_gradients(state.network.parameters())
        add_weight_penalty(state.network, settings.l1, settings.l2)
        session.schedule.hold_back()
        if settings.max_norm is not None:
            clip_gradients(state.network.parts(), settings.max_norm, step)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    state.drawn.add(batch)
    session.recorder.after_step(values, weights, last=state.step == total)
    return values


def _router_scores(config: ExperimentConfig, val: Cohort, run: RunFolder) -> list[ScoreRecord]:
    """Return the error of the router, if there is one, on the validation cases."""
    if config.router is None or not len(val):
        return []
    scores = measure_router(Predictor.from_run(run.path), val).frame
    return [ScoreRecord.model_validate(row) for row in scores[list(ScoreRecord.model_fields)].to_dict("records")]


def require_finite(losses: Mapping[str, float], step: int) -> None:
    """Stop a training that has gone astray.

    Raises:
        BrainTumorNetError: names the task.
    """
    for name, loss in losses.items():
        require(
            math.isfinite(loss),
            f"step {step}: the loss of task {name!r} is {loss}; train anew with a lower training.learning_rate",
            BrainTumorNetError,
        )
