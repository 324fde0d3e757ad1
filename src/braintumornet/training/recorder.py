"""What happens after a step: the metrics log, validation, and the weights that are kept."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from braintumornet.config import ExperimentConfig
from braintumornet.core.run_folder import RunFolder
from braintumornet.data.store.training_case import TrainingCase
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import save_weights
from braintumornet.training.metrics_writer import TrainingLog
from braintumornet.training.resume_state import TrainingState
from braintumornet.training.validation import SCORE, validate

LOG_EVERY_STEPS = 10


class NullRecorder:
    """What a process calls that trains beside the one that keeps everything; it does nothing."""

    def note(self, kind: str, values: Mapping[str, float]) -> None:
        """Log something of the state's step as `kind/name`."""

    def after_step(self, losses: Mapping[str, float], weights: Mapping[str, float], last: bool) -> None:
        """Log, validate and save what is due after the state's step."""

    def stop(self) -> None:
        """Save the state, because the training stops after this step."""

    def close(self) -> None:
        """Write what is still in memory."""


class Recorder(NullRecorder):
    """Keeps the best weights by validation, the last without it, or the mean of many; and the state to resume from.

    Args:
        config: the experiment.
        run: where things are kept.
        state: of the training, changed by it.
        val: cases to validate on; may be empty.
        about: what else is written with the weights.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        run: RunFolder,
        state: TrainingState,
        val: Sequence[TrainingCase],
        about: Mapping[str, Any],
    ) -> None:
        self.settings = config.training
        self.fingerprint = config.fingerprint()
        self.run = run
        self.state = state
        self.val = val
        self.about = about
        self.predictor = Predictor(state.network, config)
        self.log = TrainingLog(run, state.step)
        self.saved = 0

    def note(self, kind: str, values: Mapping[str, float]) -> None:
        """Log something of the state's step as `kind/name`."""
        self.log.write(self.state.step, {f"{kind}/{name}": value for name, value in values.items()})

    def after_step(self, losses: Mapping[str, float], weights: Mapping[str, float], last: bool) -> None:
        """Log, validate and save what is due after the state's step."""
        step = self.state.step
        if step % LOG_EVERY_STEPS == 0 or last:
            self.note("loss", losses)
            self.note("weight", weights)
        if self.state.average is not None and self.state.average.is_due(step):
            self.state.average.add(self.state.network)
        if self.val and (step % self.settings.validate_every == 0 or last):
            self._validate(step, last)
        if not self.val and last:
            with self._answering(last):
                self._keep_weights({"step": step})
        if step % self.settings.save_every == 0 or last:
            self._save()

    def stop(self) -> None:
        """Save the state, because the training stops after this step."""
        if self.saved != self.state.step:
            self._save()
        self.close()

    def close(self) -> None:
        """Write what is still in memory."""
        self.log.close()

    def _save(self) -> None:
        self.state.save(self.run, self.fingerprint)
        self.saved = self.state.step

    def _validate(self, step: int, last: bool) -> None:
        with self._answering(last):
            found = validate(self.predictor, self.val)
            self.log.write(step, found.means)
            averaged = self.state.average is not None
            if last if averaged else found.means[SCORE] > self.state.best:
                self.state.best = found.means[SCORE]
                self._keep_weights({"step": step, **found.means, "by_patient": found.by_patient})

    def _answering(self, last: bool) -> AbstractContextManager[None]:
        """Give the network the weights that it is to answer with at the end of the training."""
        average = self.state.average
        return average.shown_in(self.state.network) if average is not None and last else nullcontext()

    def _keep_weights(self, notes: Mapping[str, Any]) -> None:
        made = {"lacked": self.state.drawn.lacked(), "files": self.run.digests()}
        save_weights(self.state.network, self.run.model, {**notes, **self.about, **made})
