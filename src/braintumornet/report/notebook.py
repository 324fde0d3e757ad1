"""How cohorts, predictions, scores and comparisons show themselves in a notebook: HTML with every text escaped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.core.text.names import SEQUENCES
from braintumornet.report.case_pictures import read_images
from braintumornet.report.html_page import Drawing, contour_colour, draw, fill_page
from braintumornet.statistics.comparison import Comparison
from braintumornet.statistics.patient_bootstrap import estimate_mean
from braintumornet.terminal.cells import NONE, as_effect, as_interval, as_number, as_p, as_signed, with_interval
from braintumornet.terminal.compare_screen import explain_comparison
from braintumornet.terminal.console import list_validations, tabulate_predictions
from braintumornet.terminal.score_screen import say_what_biases
from braintumornet.volumes.brain import brain_from_images
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.pictures import PLANES, take_slices
from braintumornet.volumes.volume import Volume

MOST_ROWS = 12
NO_MEAN = ("volume_", "probability", "answered")
PEOPLE = ("case_id", "patient_id")
MOST_VALUES = 6  # of an attribute; more are counted


@dataclass(frozen=True)
class NotebookTable:
    """A table of texts; numbers stand to the right.

    Args:
        columns: heads.
        rows: of texts.
        texts: how many of the first columns are no numbers.
        more: how many rows are left out.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    more: int = 0


def cohort_html(cohort: Cohort) -> str:
    """Return what the cases of a cohort have: counts of cases, patients, sequences, masks and attributes."""
    patients = len({case.patient_id for case in cohort})
    title = f"Cohort {cohort.name}: {_count(len(cohort), 'case')} of {_count(patients, 'patient')}"
    rows = [
        *((name, "sequence", str(n)) for name, n in _tally(SEQUENCES, (case.images for case in cohort))),
        *((name, "mask", str(n)) for name, n in _tally((), (case.targets for case in cohort))),
        *_list_columns(cohort),
    ]
    notes = ["All cases are synthetic."] if len(cohort) and all(case.is_synthetic for case in cohort) else []
    return _fill(title, [NotebookTable(("column", "holds", "cases"), rows, texts=2)], notes=notes)


def _list_columns(cohort: Cohort) -> Iterable[tuple[str, str, str]]:
    """Yield column, its values, and how many cases have one."""
    columns = ["coding", "pathology", "split", *dict.fromkeys(name for case in cohort for name in case.attributes)]
    for column in columns:
        values = Counter(value for case in cohort if (value := case.value(column)) is not None)
        if values:
            yield column, _describe_values(values), str(values.total())


def _describe_values(values: Counter[str]) -> str:
    """Return from where to where numbers reach, or how often there is which value."""
    with suppress(ValueError):
        numbers = sorted(values, key=float)
        if len(numbers) > 1:
            return f"{numbers[0]} to {numbers[-1]}"
    if len(values) > MOST_VALUES:
        return f"{len(values)} different values"
    return ", ".join(value if len(values) == 1 else f"{value} ({n})" for value, n in values.most_common())


def _tally(first: Iterable[str], named: Iterable[Iterable[str]]) -> list[tuple[str, int]]:
    counts = Counter(name for names in named for name in names)
    order = [*(name for name in first if name in counts), *sorted(counts.keys() - set(first))]
    return [(name, counts[name]) for name in order]


def predictions_html(records: Mapping[str, PredictionRecord], folder: Path, cohort: Cohort | None) -> str:
    """Return volumes and classes of each case, and the first case in three planes.

    Args:
        records: case id -> prediction.
        folder: where their masks lie.
        cohort: whose cases they are; without it, contours are drawn on no image.
    """
    columns, rows = tabulate_predictions(list(records.values()))
    table = NotebookTable(columns, rows[:MOST_ROWS], more=max(0, len(rows) - MOST_ROWS))
    title = f"{_count(len(records), 'prediction')} in {folder}"
    first = next(iter(records.values()), None)
    if first is None:
        return _fill(title, [])
    case = next((case for case in cohort or () if case.id == first.case_id), None)
    notes = [*list_validations(list(records.values())), *first.remarks]
    try:
        drawings = draw_planes(first, folder, case)
    except BrainTumorNetError as error:  # a picture is no reason to show nothing
        drawings, notes = [], [*notes, str(error)]
    return _fill(title, [table], drawings=drawings, of=f"case {first.case_id}", notes=notes)


def draw_planes(record: PredictionRecord, folder: Path, case: Case | None) -> list[Drawing]:
    """Return the planes through the middle of what was outlined, an image under the contours where there is one.

    Raises:
        InputError: a file cannot be read.
    """
    masks: dict[str, np.ndarray] = {}
    labels = None
    for task, outline in record.segmentation.items():
        for file in outline.files:
            labels = read_labels(folder / file.name)
            names = [f"{task} {region}" if len(record.segmentation) > 1 else region for region in file.regions]
            masks |= zip(names, region_masks(labels.array, file.coding, file.regions), strict=True)
    if labels is None:
        return []
    nothing = Volume(np.zeros(labels.array.shape, np.float32), labels.space)
    image = next(iter(read_images(case, labels, most=1).values()), nothing) if case else nothing
    tumour = np.logical_or.reduce(list(masks.values()))
    brain = brain_from_images([image.array]) if image.array.any() else tumour
    pictures = (take_slices({name: image}, brain, tumour, masks, axis) for name, axis in PLANES.items())
    return [draw(picture) for (picture,) in pictures]


def scores_html(scores: Scores) -> str:
    """Return means over cases with their intervals, and what was measured on all cases at once."""
    frame = scores.frame[(scores.frame["lesion"] == "") & scores.frame["value"].notna()]
    of_cases = frame[(frame["case_id"] != "") & ~frame["metric"].str.startswith(NO_MEAN)]
    cases, patients = (scores.frame.loc[scores.frame["case_id"] != "", column].nunique() for column in PEOPLE)
    title = f"{_count(len(scores), 'score')} of {_count(cases, 'case')} of {_count(patients, 'patient')}"
    notes = ["Means over cases (95 % bootstrap intervals over patients, not over trainings)."] if len(of_cases) else []
    notes += say_what_biases(scores)
    return _fill(title, [*_tabulate_means(of_cases), *_tabulate_cohort(frame[frame["case_id"] == ""])], notes=notes)


def _tabulate_means(frame: pd.DataFrame) -> Iterator[NotebookTable]:
    """Yield a row for each arm, task and structure, a column for each metric."""
    where = [column for column in ("arm", "task", "structure") if frame[column].any()]
    metrics = list(frame["metric"].unique())
    rows = []
    for place, own in frame.groupby(where, sort=False) if where else []:
        cases = own["case_id"].nunique()
        by_metric = dict(list(own.groupby("metric")))
        rows.append((*map(str, place), str(cases), *(_mean(by_metric.get(metric), cases) for metric in metrics)))
    if rows:
        yield NotebookTable((*where, "cases", *metrics), rows[:MOST_ROWS], len(where), max(0, len(rows) - MOST_ROWS))


def _mean(rows: pd.DataFrame | None, cases: int) -> str:
    if rows is None:
        return "-"
    mean = estimate_mean(rows["value"].tolist(), rows["patient_id"].tolist())
    defined = rows["case_id"].nunique()
    return with_interval(mean.value, mean.low, mean.high, _number) + (f", {defined} cases" if defined < cases else "")


def _tabulate_cohort(frame: pd.DataFrame) -> Iterator[NotebookTable]:
    """Yield what has no mean over cases, such as an AUC, with its interval where it has one."""
    names = [column for column in ("arm", "task", "structure", "metric") if frame[column].any()]
    values = {tuple(place): value for *place, value in frame[[*names, "value"]].itertuples(index=False)}
    rows = []
    for place, value in values.items():
        low, high = (values.get((*place[:-1], f"{place[-1]}_{end}"), nan) for end in ("low", "high"))
        if not place[-1].endswith(("_low", "_high")):
            rows.append((*place, with_interval(value, low, high, _number)))
    if rows:
        yield NotebookTable((*names, "value"), rows[:MOST_ROWS], len(names), max(0, len(rows) - MOST_ROWS))


def _number(value: float) -> str:
    return f"{value:.0f}" if value > 1 and value.is_integer() else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def comparison_html(comparison: Comparison) -> str:
    """Return the effect of every arm with its interval and verdict, and what these rest on."""
    rows = [
        (
            result.arm,
            result.about,
            str(result.splits),
            str(result.patients or NONE),
            as_number(result.baseline_mean),
            as_number(result.mean),
            as_signed(result.difference),
            as_interval(result),
            f"{result.improved}/{result.of} {result.units}",
            as_p(result.p_holm),
            as_effect(result, comparison.largest_difference, NONE),
            str(result.verdict),
        )
        for result in comparison.results
    ]
    means = (f"mean of {comparison.baseline}", "mean", "difference", "95 % interval")
    columns = ("arm", "structure", "splits", "patients", *means, "wins", "p (Holm)", "MDE (80 % power)", "verdict")
    title = f"{comparison.metric}, {comparison.better} is better; baseline {comparison.baseline}"
    notes = [*comparison.notes, *explain_comparison(comparison)]
    return _fill(f"{title}, {comparison.baseline_source}", [NotebookTable(columns, rows, texts=2)], notes=notes)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _fill(
    title: str,
    tables: Sequence[NotebookTable],
    drawings: Sequence[Drawing] = (),
    of: str = "",
    notes: Sequence[str] = (),
) -> str:
    regions = dict.fromkeys(region for drawing in drawings for region in drawing.contours)
    colours = {region: contour_colour(region.rpartition(" ")[2]) for region in regions}
    content = {"title": title, "tables": tables, "drawings": drawings, "of": of, "colours": colours, "notes": notes}
    return fill_page("notebook.html", **content)
