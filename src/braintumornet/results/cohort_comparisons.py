"""The arms of a part of a study against the baseline, over the splits that all of them have."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.metrics.marker_answers import MACRO
from braintumornet.results.split_means import AUC
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison import Comparison
from braintumornet.statistics.comparison_settings import ComparisonSettings

RUN = ["split", "replicate", "seed"]


@dataclass(frozen=True)
class PartComparison:
    """The arms of a part against the baseline.

    Args:
        comparison: None where there is nothing to compare.
        why_not: the reason.
        left_out: splits and seeds that not all arms have, because a job failed or is not done.
    """

    part: str
    metric: str
    comparison: Comparison | None
    why_not: str
    left_out: tuple[str, ...]


def compare_part(
    scores: Scores,
    part: str,
    metric: str,
    baseline: str,
    test_share: float,
    same: Collection[tuple[str, str]] = (),
) -> PartComparison:
    """Compare all arms of a part with the baseline, over the splits that all of them have.

    Args:
        scores: of all arms.
        part: whose they are.
        metric: such as `dice`.
        baseline: arm; where it has no such value, the first that has.
        test_share: patients tested over patients that train.
        same: arms and tasks whose answers are the baseline's own, so that there is nothing to compare.
    """
    rows = scores.select(metric=metric, **({"structure": MACRO} if metric == AUC else {})).frame
    rows = rows[[place not in same for place in zip(rows["arm"], rows["task"], strict=True)]]
    # of an arm of parts one task may be done and another not
    runs = rows.drop_duplicates(["arm", "task", *RUN]).groupby(RUN).size()
    everywhere = runs[runs == len(rows[["arm", "task"]].drop_duplicates())].index
    left_out = tuple(map(_name_run, runs.index.difference(everywhere)))
    common = rows[rows.set_index(RUN).index.isin(everywhere)]
    arms = [*rows["arm"].unique(), baseline]
    settings = ComparisonSettings(
        metric=metric, baseline=baseline if baseline in arms[:-1] else arms[0], test_share=test_share
    )
    try:
        found = compare(Scores(common), settings=settings)
    except BrainTumorNetError as error:
        return PartComparison(part, metric, None, str(error), left_out)
    known = tuple(f"{arm}, {task} " for arm, task in same)
    notes = tuple(note for note in found.notes if not (known and note.startswith(known)))
    return PartComparison(part, metric, replace(found, notes=notes), "", left_out)


def _name_run(run: tuple[str, str, str]) -> str:
    split, replicate, seed = run
    return f"split {split}" + (f", replicate {replicate}" if replicate else "") + f", seed {seed}"
