"""Runs: networks trained, and put to use."""

import warnings
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from braintumornet.api.predictions import Predictions
from braintumornet.config import ExperimentConfig, load_config
from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.default_run import find_run, require_not_default
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputWarning
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, despite_failures, require_all
from braintumornet.inference.earlier_predictions import find_predicted
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.predict_on_ray import predict_on
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.router import usual_tasks
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.output.measures_table import write_measures
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.terminal.progress import case_progress, quiet_libraries, training_progress

if TYPE_CHECKING:
    from braintumornet.core.run_records import TransferRecord


class Run(TrainedRun):
    """A trained network in its folder: what it is, and what it predicts.

    Its files are read when they are asked for: `config`, `split`, `history` (a table), `report`, `weights()`.

    Args:
        path: folder of the run; `default` for the model in the package.

    Example:
        >>> Run("runs/first").name
        'first'
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        super().__init__(find_run(path))

    def predict(
        self,
        cohort: Cohort,
        folder: str | PathLike[str],
        *,
        tasks: Collection[str] = (),
        probabilities: bool = False,
        label_scheme: str | None = None,
        entropy: bool = False,
        region_files: bool = False,
        options: InferenceOptions | None = None,
        resume: bool = False,
        cluster: Cluster | None = None,
        cpus: int = 1,
        gpus: float | None = None,
        progress: bool = True,
    ) -> Predictions:
        """Predict the masks and markers of every case, and write them in the grid of the case's own images.

        What they measure lies beside them for all cases of the folder, in `measures.csv`.

        Args:
            cohort: the cases.
            folder: for the files.
            tasks: names of tasks, `auto` to let the run's router choose; default all, or `auto` of the model in
                the package.
            probabilities: also write the probability of each region.
            label_scheme: whose numbers the masks get, such as brats2020; default brats2023 where it has what is
                outlined.
            entropy: also write where the outline of each task is unsure, in bits.
            region_files: also write each region into a file of its own.
            options: how cases are read: in one pass or windows, mirrored, within how much memory, together with other
                runs.
            resume: leave out cases whose prediction is there, of the same weights, tasks and images.
            cluster: predict there, and not in this process.
            cpus: on a cluster, cores for each case.
            gpus: on a cluster, for each case; default 1 where there are any.
            progress: show a bar.

        Returns:
            What is said of each case; the masks lie in the folder.

        Raises:
            UsageError: this is no finished run, a task is not known, or the folder is that of a run or study.
            CasesFailedError: cases failed; carries the predictions of the others.
            InputError: a file cannot be written, or would overwrite another.
        """
        tasks = tuple(tasks) or usual_tasks(self)
        what = (probabilities, tasks, label_scheme, entropy, region_files, options or InferenceOptions())
        request = PredictionRequest(self.path, Path(folder), *what)
        request.require_possible(self.require_complete().config)
        with quiet_libraries():
            records = find_predicted(request, cohort) if resume else {}
            earlier, left = frozenset(records), cohort.select(lambda case: case.id not in records)
            with case_progress("Predicting", len(left), hidden=not progress) as advance:
                if cluster is None:
                    predictor = Predictor.from_run(self.path, request.options)
                    work = partial(predict_cohort, predictor, left, request, advance, self.router_scores)
                else:
                    work = partial(predict_on, cluster, request, left, advance, cpus, gpus)
                try:
                    made, failures = despite_failures(work)
                finally:  # also after a signal: the table has the cases that are there
                    write_measures(request.folder)
        records |= {record.case_id: record for record in made}
        in_order = {case.id: records[case.id] for case in cohort if case.id in records}
        return require_all(Predictions(request.folder, cohort, in_order, earlier), failures, len(cohort))

    def calibrate(self, cohort: Cohort, *, progress: bool = True) -> CalibrationRecord:
        """Calibrate the run on labelled cases; see `braintumornet.calibrate`.

        Args:
            cohort: labelled; of each patient one case counts.
            progress: show a bar.
        """
        from braintumornet.api.calibration import calibrate

        return calibrate(self.path, cohort, progress=progress)

    def write_report(
        self,
        page: str | PathLike[str] | None = None,
        cohort: Cohort | None = None,
        predictions: Predictions | None = None,
        settings: ScoreSettings | None = None,
    ) -> tuple[CaseFailure, ...]:
        """Write one HTML page about the run, and return the cases that could not be scored or drawn.

        Args:
            page: to write; default `report.html` in the folder, which the model in the package does not allow.
            cohort: cases with labels, to score predictions against.
            predictions: what the run predicted of them.
            settings: how they are scored.

        Raises:
            UsageError: this is no finished run, or the page would lie in the package.
            InputError: a file is damaged, a prediction is of another run, or the page cannot be written.
        """
        from braintumornet.report.run_page import write_report

        place = self.report_page(page)
        with quiet_libraries():
            folder = None if predictions is None else predictions.path
            return write_report(self, place, cohort, folder, settings)

    def report_page(self, page: str | PathLike[str] | None = None) -> Path:
        """Return where the page about the run is written.

        Args:
            page: default `report.html` in the folder.

        Raises:
            UsageError: that would be in the package.
        """
        place = self.folder.page if page is None else Path(page)
        require_not_default(place.parent, "give the page another place (--output)")
        return place


def train(
    config: str | PathLike[str] | ExperimentConfig,
    cohort: Cohort | None,
    run: str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    resume: bool = False,
    progress: bool = True,
    starting: "Callable[[TransferRecord | None], object]" = lambda origin: None,
    doubt: Callable[[str], object] | None = None,
) -> Run:
    """Train one network on a cohort, and leave everything about it in a folder.

    Args:
        config: a configuration file, the name of a shipped one, or a configuration.
        cohort: all cases; which of them train is decided by its split. None for a configuration whose `phantoms` are
            made during the training.
        run: folder of the run.
        overrides: such as `training.steps=2000`.
        resume: go on with a run that was stopped.
        progress: show a bar.
        starting: told before the first step what was taken from the run that this one starts from, if there is one.
        doubt: told what a person should look at before believing the result; default: it is a warning.

    Returns:
        The run; its weights are in `model.safetensors` of the folder.

    Raises:
        UsageError: the folder holds a run already or is that of the model in the package, or the configuration cannot
            work.
        InputError: the cohort cannot be used, or the disk is full.

    Example:
        >>> run = train("glioma_small", read_cohort("cohort.csv"), "runs/glioma")  # doctest: +SKIP
        >>> run.history.tail(1)  # doctest: +SKIP
    """
    from braintumornet.training.fresh_phantoms import choose_cohort
    from braintumornet.training.preflight import find_confounding
    from braintumornet.training.trainer import fit

    require_not_default(run, "choose another folder for the run (--run)")
    settings = config if isinstance(config, ExperimentConfig) else load_config(str(config), overrides)
    cohort = choose_cohort(settings, cohort, RunFolder(Path(run)), resume)
    tell = doubt or (lambda text: warnings.warn(text, InputWarning, stacklevel=3))
    for text in find_confounding(settings, cohort):
        tell(text)

    def begin(origin: "TransferRecord | None", doubts: Sequence[str]) -> None:
        starting(origin)
        for text in doubts:
            tell(text)

    with quiet_libraries(), training_progress() if progress else nullcontext() as bars:
        reading, step = (bars.read, bars.step) if bars else (None, None)
        fit(settings, cohort, RunFolder(Path(run)), resume=resume, reading=reading, progress=step, starting=begin)
    return Run(run)
