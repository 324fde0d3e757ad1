"""Scores: one long table, whatever it was measured on."""

from braintumornet.core import scores as core


class Scores(core.Scores):
    """A checked table of scores in full precision, one row per value; a notebook shows its means with their intervals.

    `frame` is a pandas DataFrame with the columns `study, arm, split, replicate, seed, cohort, case_id, patient_id,
    sequences, task, structure, lesion, metric, value, note`.
    """

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import scores_html

        return scores_html(self)
