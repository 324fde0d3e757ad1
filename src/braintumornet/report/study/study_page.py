"""The page of a study: what the arms reached, whether that is more than chance, and what was run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.frames import groups_of
from braintumornet.core.scores import Scores
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.report.hide_paths import hide_folders, places_of
from braintumornet.report.html_page import contour_colour, write_page
from braintumornet.report.plots import Plot
from braintumornet.report.study import study_fact_tables as facts
from braintumornet.report.study import study_plots as plots
from braintumornet.report.study import study_score_tables as tables
from braintumornet.report.study.study_gallery import view_failures
from braintumornet.report.study.study_text import describe_study, explain_intervals, shown_yaml
from braintumornet.report.text_table import TextTable, write_tables
from braintumornet.report.training_curves import colour_of
from braintumornet.results.by_volume import detection_by_volume, dice_by_volume
from braintumornet.results.empty_structure_effect import list_emptied
from braintumornet.results.reliability import pool_reliability
from braintumornet.results.retention import list_retention, task_specific
from braintumornet.results.split_means import DICE, PLACE, name_about, name_metric, name_part, patient_means
from braintumornet.results.study_result import StudyResult
from braintumornet.results.training_cost import list_costs
from braintumornet.studies.study_file import TEST

_PAIRED = (
    "Left: a line for each split. Right: a dot for each patient, the mean over the splits that tested it; wins are "
    "patients; above the dashed line the arm is better."
)
_BY_VOLUME = (
    "Test sets, Dice: mean over the splits that tested a case; bins hold about as many cases each, and cases without "
    "the structure are left aside. Lesions: all test sets together."
)
_CALIBRATION = (
    "Predictions in all test sets together; larger dots are more cases. Below the dashed line an arm is overconfident."
)
_COSTS = (
    "All networks of an arm together, median over splits; memory of the largest, computed. Operations of one pass "
    "over a training patch; training and prediction of a case measured. Of a grid, the network that was chosen; "
    "without the arm that one starts from."
)
_CHOICES = (
    "Grids are chosen by the validation patients of each split alone. Losses: of arms that learn one task alone, mean "
    "over the last tenth of the training. A weight of the size of the ratio makes two losses count about the same."
)


@dataclass(frozen=True)
class Section:
    """One part of the page.

    Args:
        title: above it.
        shown: tables.
        plots: each row of plots with what it is about.
        hidden: tables behind plots, which only the CSV files hold.
        notes: lines under it.
        explanation: how to read what is shown; it alone shows no part.
    """

    title: str
    shown: tuple[TextTable, ...] = ()
    plots: tuple[tuple[str, tuple[Plot, ...]], ...] = ()
    hidden: tuple[TextTable, ...] = ()
    notes: tuple[str, ...] = ()
    explanation: str = ""


def write_study_report(result: StudyResult, path: Path, folder: Path) -> None:
    """Write the page of a study and its tables, each whole or not at all.

    Args:
        result: of a study, finished or not.
        path: the page.
        folder: of the tables.

    Raises:
        InputError: something cannot be written.
    """
    plan, places = result.plan, places_of(result.plan, result.path)
    failures = {name: hide_folders(error, places) for name, error in result.failures.items()}
    colours = {arm: colour_of("", number) for number, arm in enumerate(plan.study.arms)}
    asked = next((question for question in plan.study.questions() if question.regions), None)
    scored, described = list(_score_sections(result, colours, bool(asked))), list(_fact_sections(result, places))
    jobs = facts.list_job_table(result, failures)
    listed = (table for section in (*scored, *described) for table in (*section.shown, *section.hidden))
    write_tables([*listed, jobs], folder)
    write_page(
        "study.html",
        path,
        name=result.path.resolve().name,
        about=describe_study(plan),
        phantoms=result.phantoms,
        left=[name for name, state in result.states.items() if state == "left"],
        total=len(plan.jobs),
        failures=failures,
        verdicts=tables.list_verdicts(result.comparisons),
        baseline=plan.study.first,
        arms=colours,
        scored=scored,
        described=described,
        views=view_failures(result, asked) if asked else [],
        contours={region: contour_colour(region) for region in (asked.regions if asked else ())},
        asked=asked,
        jobs=jobs,
        study=shown_yaml(plan.study),
        origin=_list_origin(result),
    )


def _score_sections(result: StudyResult, colours: plots.Colours, outlined: bool) -> Iterator[Section]:
    scores, means = result.scores[TEST], result.means[result.means["part"] == TEST]
    seeds = ", after the mean over seeds where there are several" if outlined else ""
    yield Section(
        "Results per split",
        tuple(tables.list_split_tables(result.means, result.arms)),
        explanation=f"Of each split the mean over its patients{seeds}; wins: splits in which the arm is the better.",
    )
    dice = means[means["metric"] == DICE]
    if dice["task"].nunique() > 1:
        yield _retention_section(result)
    compared = [(each, tables.list_comparison_table(each)) for each in result.comparisons]
    yield Section(
        "Against the baseline",
        tuple(table for _, table in compared if table is not None),
        notes=(
            *explain_intervals(result.comparisons),
            *(
                f"{name_metric(each.metric)}, {name_part(each.part)}: {each.why_not}"
                for each, table in compared
                if table is None
            ),
        ),
    )
    yield Section("Paired comparison", plots=tuple(_paired(result, colours)), explanation=_PAIRED)
    places = dice[["task", "structure"]].drop_duplicates().itertuples(index=False, name=None)
    yield _size_section({name_about(*place): place for place in places}, scores, colours)
    points = pool_reliability(scores)
    curves = tuple(plots.draw_reliability(task, own, colours) for (task,), own in groups_of(points, "task"))
    if curves:
        hidden = (plots.list_reliability_table(points),)
        yield Section("Calibration", plots=(("", curves),), hidden=hidden, explanation=_CALIBRATION)


def _retention_section(result: StudyResult) -> Section:
    reference, means = task_specific(result.plan.study), result.means
    parts = {"Every task, test": [TEST], "Every task, fixed cohorts": list(result.plan.external)}
    kept = {title: list_retention(means[means["part"].isin(own)], reference) for title, own in parts.items()}
    shown = _with_rows(*(tables.list_retention_table(title, own, reference) for title, own in kept.items()))
    change = f"Change: mean Dice of the arm minus that of {reference}, a network for each task, where both are done."
    return Section("Retention per task", shown, notes=(change,) if reference else ())


def _with_rows(*found: TextTable) -> tuple[TextTable, ...]:
    return tuple(table for table in found if table.rows)


def _empty_section(scores: Scores) -> Section:
    shown = _with_rows(tables.list_empty_structure_table(list_emptied(scores, TEST)))
    none = () if shown else ("No structure was empty in a truth or a prediction of the test sets.",)
    rules = f"Rules for empty structures: {' · '.join(describe_policy())}."
    return Section("Effect of the rules for empty structures", shown, notes=(*none, rules))


def _paired(result: StudyResult, colours: plots.Colours) -> Iterator[tuple[str, tuple[Plot, ...]]]:
    tested = result.arms[result.arms["part"] == TEST]
    for (_, task, structure, metric), own in groups_of(tested, *PLACE):
        arms = list(own["arm"])
        first = own["baseline"].iloc[0] or arms[0]
        found = [plots.draw_splits(result.means.merge(own[[*PLACE, "arm"]]), first, colours)]
        if metric == DICE:
            means = patient_means(result.scores[TEST], task, structure)
            found += [plots.draw_patients(means, (first, arm), colours) for arm in arms if arm != first]
        drawn = tuple(plot for plot in found if plot is not None)
        if drawn:
            yield f"{name_metric(metric)}, {name_about(task, structure)}", drawn


def _size_section(places: Mapping[str, tuple[str, str]], scores: Scores, colours: plots.Colours) -> Section:
    sizes = {about: points for about, place in places.items() if len(points := dice_by_volume(scores, *place))}
    lesions = {about: found for about, place in places.items() if len(found := detection_by_volume(scores, *place))}
    several = {about: points for about, points in sizes.items() if points["low_ml"].nunique() > 1}
    curves = tuple(plots.draw_sizes(about, points, colours) for about, points in several.items())
    detected = tuple(plots.draw_detection(about, found, colours) for about, found in lesions.items())
    hidden = _with_rows(plots.list_size_table(sizes), plots.list_detection_table(lesions))
    rows = tuple(("", row) for row in (curves, detected) if row)
    return Section("Results by tumour volume", plots=rows, hidden=hidden, explanation=_BY_VOLUME)


def _fact_sections(result: StudyResult, places: Sequence[Path]) -> Iterator[Section]:
    """Yield what stands below the pictures of failures."""
    if ((result.means["part"] == TEST) & (result.means["metric"] == DICE)).any():
        yield _empty_section(result.scores[TEST])
    costs = _with_rows(facts.list_cost_table(list_costs(result.plan, result.costs)))
    yield Section("Costs", costs, explanation=_COSTS)
    exposures = _with_rows(facts.list_exposure_table(result.exposures))
    yield Section("Training exposure", exposures, explanation="Counted during training; median over splits.")
    several = result.losses["task"].nunique() > 1  # the ratio of one loss to others
    losses = [facts.list_loss_table(result.losses)] if several else []
    chosen = _with_rows(facts.list_choice_table(result.plan, result.costs), *losses)
    yield Section("Grid choices and losses", chosen, explanation=_CHOICES)
    yield Section("Study plan", (facts.list_arm_table(result, places), facts.list_split_sizes_table(result.plan)))


def _list_origin(result: StudyResult) -> list[tuple[str, str]]:
    """Return fingerprints and versions, as pairs of a name and a text."""
    versions = " · ".join(f"{name} {value}" for name, value in result.environment.items()) or "not recorded"
    prints = f"study and cases {result.plan.fingerprint} · study file {result.plan.study.fingerprint()}"
    return [("fingerprints", prints), ("trained with", versions)]
