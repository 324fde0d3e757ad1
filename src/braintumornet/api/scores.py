"""A table of scores, as a notebook shows it."""

from braintumornet.core import scores as core


class Scores(core.Scores):
    """A checked table of scores in full precision, one row per value; a notebook shows its means with their intervals.

    `frame` is a pandas DataFrame with the columns `study, arm, split, replicate, seed, cohort, case_id, patient_id,
    sequences, task, structure, lesion, metric, value, note`. The name of a metric ends with the unit of its values,
    such as mm or ml, if they have one.

    Args:
        frame: a DataFrame with a column `value` and any of the others; it is not changed.

    Example:
        >>> scores = Scores.of([{"case_id": "a", "structure": "WT", "metric": "dice", "value": 0.8}])
        >>> scores.select(structure="WT").frame["value"].mean()
        np.float64(0.8)
    """

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import scores_html

        return scores_html(self)
