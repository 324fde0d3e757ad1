"""Predictions: read from their folder, and scored."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path

from braintumornet.core.case import Cohort
from braintumornet.core.prediction_record import PredictionRecord, read_predictions
from braintumornet.core.text.errors import UsageError
from braintumornet.core.text.names import suggest
from braintumornet.core.workers.failures import require_all
from braintumornet.report.notebook import predictions_html


class Predictions:
    """What networks, or another tool, say of cases: label files in a folder, and a record of each case.

    Args:
        path: the folder.
        cohort: whose cases they are, so that a notebook can show their images.
        records: case id -> what its prediction says of itself; default: all that the folder holds.
        earlier: ids of the cases that were not predicted again, because they had been before.
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
        """Case id -> what the prediction says of itself.

        Raises:
            CasesFailedError: some are damaged; carries those of the others.
        """
        ids = sorted(file.stem for file in self.path.glob("*.json") if not file.name.startswith("."))
        records, failures = read_predictions(self.path, ids)
        return require_all(records, failures, len(ids))

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[PredictionRecord]:
        return iter(self.records.values())

    def __getitem__(self, case_id: str) -> PredictionRecord:
        """Return what the prediction of a case says of itself.

        Raises:
            UsageError: there is none.
        """
        if case_id not in self.records:
            msg = f"{self.path} holds no prediction of case {case_id!r}; {suggest(case_id, self.records)}"
            raise UsageError(msg)
        return self.records[case_id]

    def only(self, *case_ids: str) -> "Predictions":
        """Return the predictions of some cases; a notebook shows the first of them in pictures.

        Raises:
            UsageError: a case has none.
        """
        return Predictions(self.path, self.cohort, {case_id: self[case_id] for case_id in case_ids}, self.earlier)

    def _repr_html_(self) -> str:
        return predictions_html(self.records, self.path, self.cohort)
