"""Predictions: read from their folder, and scored."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from braintumornet.api.scores import Scores
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord, read_predictions
from braintumornet.core.text.names import require_among
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, attempt, despite_failures, require_all
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort, evaluate_masks, require_scores
from braintumornet.evaluation.external_masks import ExternalMasks
from braintumornet.output.measures_table import tabulate_measures
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.scoring.scored_task import Question
from braintumornet.terminal.progress import case_progress

if TYPE_CHECKING:
    import pandas as pd


class Predictions:
    """Predictions of networks or of another tool: label files in a folder, and a record of each case.

    Args:
        path: folder of the predictions.
        cohort: cohort of the cases, so a notebook can show their images.
        records: case id -> record of its prediction; default: all that the folder holds.
        earlier: ids of the cases that were not predicted again because they already had a prediction.

    Example:
        >>> import tempfile
        >>> predictions = Predictions(tempfile.mkdtemp(), records={"a": PredictionRecord(case_id="a", segmentation={})})
        >>> len(predictions), predictions["a"].use
        (1, 'research use; not for clinical decisions')
    """

    def __init__(
        self,
        path: str | PathLike[str],
        cohort: Cohort | None = None,
        records: Mapping[str, PredictionRecord] | None = None,
        earlier: Collection[str] = (),
    ) -> None:
        self.path = Path(path)
        self.cohort = cohort
        self.earlier = earlier
        if records is not None:
            self.records = dict(records)

    @cached_property
    def records(self) -> dict[str, PredictionRecord]:
        """Case id -> record of its prediction.

        Raises:
            CasesFailedError: some records are damaged; the error carries the others.
        """
        ids = PredictionFolder(self.path).case_ids()
        records, failures = read_predictions(self.path, ids)
        return require_all(records, failures, len(ids))

    @property
    def measures(self) -> "pd.DataFrame":
        """Table of volumes (ml), positions and diameters (mm), with a row for each region and each of its lesions."""
        return tabulate_measures(self)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[PredictionRecord]:
        return iter(self.records.values())

    def __getitem__(self, case_id: str) -> PredictionRecord:
        """Return the record of a case's prediction.

        Raises:
            UsageError: the case has no prediction.
        """
        require_among(case_id, self.records, f"{self.path} holds no prediction of case {case_id!r}")
        return self.records[case_id]

    def only(self, *case_ids: str) -> "Predictions":
        """Return the predictions of some cases; a notebook shows pictures of the first one.

        Args:
            case_ids: ids of the cases.

        Raises:
            UsageError: a case has no prediction.
        """
        return Predictions(self.path, self.cohort, {case_id: self[case_id] for case_id in case_ids}, self.earlier)

    def evaluate(
        self,
        cohort: Cohort,
        *,
        tasks: str | Sequence[Question] | None = None,
        heads: Mapping[str, str] | None = None,
        settings: ScoreSettings | None = None,
        masks: ExternalMasks | None = None,
        jobs: int | Cluster | None = None,
        progress: bool = True,
    ) -> Scores:
        """Score every labelled case; one without a prediction counts as an empty mask and a wrong marker.

        Args:
            cohort: cohort with masks and markers.
            tasks: tasks to score: a configuration, or the tasks of one; default: those the networks were trained for.
            heads: task -> head that predicts it; default: the task's own head, or the only one.
            settings: how masks are scored, such as per lesion.
            masks: how to read the masks, if another tool wrote them.
            jobs: number of cases at once, or a cluster; default: one case per core.
            progress: show a progress bar.

        Returns:
            A row for each case, structure and metric; lengths in mm, volumes in ml.

        Raises:
            CasesFailedError: some cases failed; the error carries the scores of the others.
            InputError: nothing could be scored.
            UsageError: no head predicts a task.
        """
        questions = read_questions(tasks, cohort) if isinstance(tasks, str) else tasks
        with case_progress("Scoring", len(cohort), hidden=not progress) as advance:
            found, failures = despite_failures(
                partial(evaluate_cohort, cohort, self.path, questions, heads, settings, jobs, advance)
                if masks is None
                else partial(evaluate_masks, cohort, self.path, masks, settings, jobs, advance)
            )
        if not failures:
            require_scores(found, cohort, self.path)
        return require_all(Scores(found.frame), failures, len(cohort))

    def write_pages(self, *, card: str = "", progress: bool = True) -> tuple[CaseFailure, ...]:
        """Write a page `<case>.html` for each case beside its masks, and return the cases whose page failed.

        Each page is one file with a viewer of images and masks, the measures, and slices for print. The images come
        from the cohort; without one, a page has only the measures. A case that was predicted earlier keeps its page.

        Args:
            card: text of the model card, which is part of each page.
            progress: show a progress bar.
        """
        from braintumornet.report.case_page import write_case_page

        place = PredictionFolder(self.path)
        images = {case.id: case.images for case in self.cohort or ()}
        left = [r for r in self if not (r.case_id in self.earlier and place.page(r.case_id).exists())]
        failures = []
        with case_progress("Writing pages", len(left), hidden=not progress) as advance:
            for record in left:
                case_id = record.case_id
                write = partial(write_case_page, record, place, images.get(case_id, {}), place.page(case_id), card)
                failures.append(attempt(write, case_id))
                advance(record)
        return tuple(failure for failure in failures if failure is not None)

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import predictions_html

        return predictions_html(self.records, self.path, self.cohort)


def read_questions(config: str, cohort: Cohort) -> list[Question]:
    """Return the tasks of a configuration as they are asked of a cohort.

    Raises:
        UsageError: there is no such configuration, or no case has a column by which a task tells its cases.
    """
    from braintumornet.config import load_config  # which loads engines

    questions = [one.question() for one in load_config(config).tasks]
    for question in questions:
        cohort.require_columns(question.columns, f"{config}, task {question.task!r}, where")
    return questions
