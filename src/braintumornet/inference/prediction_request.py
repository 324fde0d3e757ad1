"""What a person wants to have predicted."""

from dataclasses import dataclass, field
from pathlib import Path

from braintumornet.config import ExperimentConfig
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.router import choose_tasks
from braintumornet.output.overwriting import require_label_scheme
from braintumornet.tasks.task import Task


@dataclass(frozen=True)
class PredictionRequest:
    """What is wanted of every case; the words are those of `predict_cohort`.

    Args:
        run: folder of the run that answers.
        folder: for the files.
        probabilities: also write the probability of each region.
        tasks: names of tasks, `auto` to let the router choose, none for all.
        label_scheme: whose numbers the masks get; None for those of `label_rule`.
        entropy: also write where the outline of each task is unsure.
        region_files: also write each region into a file of its own.
        options: how the cases are read.
    """

    run: Path
    folder: Path
    probabilities: bool = False
    tasks: tuple[str, ...] = ()
    label_scheme: str | None = None
    entropy: bool = False
    region_files: bool = False
    options: InferenceOptions = field(default_factory=InferenceOptions)

    def require_possible(self, config: ExperimentConfig) -> list[Task]:
        """Return the tasks that are to be answered; refuse what a network cannot answer, before any work.

        Raises:
            UsageError: a task or router is not there, or the label scheme has no number for what a task outlines.
            InputError: the label scheme is not known.
        """
        wanted = choose_tasks(config, self.tasks)
        tasks = [task for task in config.tasks if wanted is None or task.name in wanted]
        require_label_scheme(tasks, self.label_scheme)
        return tasks
