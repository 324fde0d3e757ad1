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
    """A trained network in its folder, with its records and its predictions.

    Its files are read only when they are accessed: `config`, `split`, `history` (a table), `report`, `weights()`.

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
        """Predict the masks and markers of every case, and write them on the grid of the case's own images.

        The measures of all cases in the folder are written beside them, to `measures.csv`.

        Args:
            cohort: cases to predict.
            folder: folder for the predictions.
            tasks: names of tasks, or `auto` to let the run's router choose; default: all tasks, or `auto` for the model
                in the package.
            probabilities: also write the probability of each region.
            label_scheme: label scheme of the masks, such as brats2020; default: brats2023 if it has all outlined
                regions.
            entropy: also write where the outline of each task is unsure, in bits.
            region_files: also write each region to its own file.
            options: how cases are read: in one pass or in windows, with mirroring, a memory limit and other runs.
            resume: skip cases that already have a prediction from the same weights, tasks and images.
            cluster: predict on this cluster instead of in this process.
            cpus: on a cluster, cores per case.
            gpus: on a cluster, GPUs per case; default: 1 if there are any.
            progress: show a progress bar.

        Returns:
            The predictions of all cases; the masks are in the folder.

        Raises:
            UsageError: the run is not finished, a task is not known, or the folder is that of a run or study.
            CasesFailedError: some cases failed; the error carries the predictions of the others.
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
            cohort: labelled cases; one case per patient is used.
            progress: show a progress bar.
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
            page: path of the page; default: `report.html` in the folder, which the model in the package does not allow.
            cohort: labelled cases to score predictions against.
            predictions: the run's predictions for these cases.
            settings: how the predictions are scored.

        Raises:
            UsageError: the run is not finished, or the page would lie in the package.
            InputError: a file is damaged, a prediction is from another run, or the page cannot be written.
        """
        from braintumornet.report.run_page import write_report

        place = self.report_page(page)
        with quiet_libraries():
            folder = None if predictions is None else predictions.path
            return write_report(self, place, cohort, folder, settings)

    def report_page(self, page: str | PathLike[str] | None = None) -> Path:
        """Return the path of the page about the run.

        Args:
            page: path of the page; default: `report.html` in the folder.

        Raises:
            UsageError: the page would lie in the package.
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
    """Train one network on a cohort, and write everything about it to a folder.

    Args:
        config: a configuration file, the name of a shipped one, or a configuration.
        cohort: all cases; the split decides which of them are used for training. None for a configuration whose
            `phantoms` are made during training.
        run: folder for the run.
        overrides: changes to the configuration, such as `training.steps=2000`.
        resume: continue a run that was stopped.
        progress: show a progress bar.
        starting: called before the first step with what was taken from the run that this one starts from, or None.
        doubt: called with what a person should check before trusting the result; default: issue a warning.

    Returns:
        The run; its weights are in `model.safetensors` of the folder.

    Raises:
        UsageError: the folder already holds a run or is that of the model in the package, or the configuration cannot
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
