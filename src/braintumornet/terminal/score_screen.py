"""Scores in the terminal: per case, their means, lesions and markers; rounded here and nowhere before."""

from collections.abc import Mapping, Sequence
from math import isnan
from statistics import fmean
from typing import Any

from braintumornet.core.frames import rows_of
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.score_notes import NO_ANSWER, NO_PREDICTION, NO_VALUE, NOT_ASSESSED, SEEN
from braintumornet.core.scores import Scores
from braintumornet.core.workers.failures import CaseFailure
from braintumornet.evaluation.score_summary import about_cohort, shown_means, summarise, summarise_others
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.metrics.marker_answers import MACRO, WRONG
from braintumornet.scoring.markers_of_cohort import LEFT_OUT, SITE
from braintumornet.terminal.cells import with_interval
from braintumornet.terminal.console import print_json, warn
from braintumornet.terminal.screen import numbers, screen, show_table

Found = Mapping[tuple[str, str, str], Any]
"""Task, structure, metric -> row about a cohort."""
PER_CASE = {
    "dice": "Dice",
    "hd95_mm": "HD95 (mm)",
    "volume_truth_ml": "truth (ml)",
    "volume_prediction_ml": "predicted (ml)",
}
DETECTION = {
    "lesions": "lesions",
    "detection_sensitivity": "sensitivity",
    "detection_precision": "precision",
    "detection_f1": "F1",
    "false_lesions_per_case": "false per case",
}
OF_MARKERS = {
    "auc": "AUC",
    "balanced_accuracy": "balanced accuracy",
    "baseline_auc": "AUC of the clinical baseline",
}
TRUTHS = {"all": "all cases", "with": "structure present", "without": "structure absent", "assessed": "assessed only"}


def show_router(scores: Scores) -> None:
    """Show how often the router that chose the tasks was right on the validation cases of its training."""
    found = about_cohort(scores)
    places = list(dict.fromkeys(structure for _, structure, _ in found))
    if MACRO not in places:
        warn("the router's own error is not known: its training had no validation cases of known class (data.split)")
        return
    task = str(scores.frame["task"].iloc[0])
    screen.print(f"How often the router is right (task {task}), on validation cases (95 % intervals):")
    for place in (MACRO, *(place for place in places if place.startswith(SITE))):
        auc, accuracy = (_interval(found, task, place, metric) for metric in ("auc", "balanced_accuracy"))
        where = "all" if place == MACRO else place
        cases = f"{found[task, place, 'cases'].value:.0f} cases"
        screen.print(f"  {where}, {cases}: balanced accuracy {accuracy}, macro AUC {auc}")


def show_scores(scores: Scores) -> None:
    """Show scores per case, their means, the lesions, and the markers."""
    _show_cases(scores)
    _show_means(scores)
    _show_lesions(scores)
    _show_markers(about_cohort(scores))
    _show_others(scores)
    for text in say_what_biases(scores):
        screen.print(text, style="yellow")
    screen.print("\n".join(describe_policy()), style="dim")
    screen.print(RESEARCH_USE, style="dim")


def say_what_biases(scores: Scores) -> list[str]:
    """Return how many cases were seen in training, and how many have no prediction; nothing where none are."""
    seen, missing = (len(_cases_with(scores, *notes)) for notes in ((SEEN,), (NO_PREDICTION, NO_ANSWER, NO_VALUE)))
    were = "was" if seen == 1 else "were"
    have = "has no prediction: it counts" if missing == 1 else "have no prediction: they count"
    biased = f"{seen} of these cases {were} seen in training: their scores are optimistically biased."
    empty = f"{missing} of these cases {have} as empty masks and wrong markers."
    refused = len(_cases_with(scores, NOT_ASSESSED))
    were = "was" if refused == 1 else "were"
    less = f"{refused} of these cases {were} not assessed in every region: there the means count a failure."
    return [text for text, number in ((biased, seen), (empty, missing), (less, refused)) if number]


def _cases_with(scores: Scores, *notes: str) -> list[str]:
    noted = scores.frame["note"].map(lambda said: any(note in said for note in notes)).astype(bool)
    return [case_id for case_id in scores.frame["case_id"][noted].unique() if case_id]


def _show_cases(scores: Scores, most: int = 12) -> None:
    rows = scores.select(metric=PER_CASE.keys(), lesion="")
    if not len(rows):
        return
    several_tasks = rows.frame["task"].nunique() > 1
    noted = any(row.note for row in rows.select(metric="dice"))
    names = ("case", *["task"] * several_tasks, "region")
    groups, shown, before = list(rows.groups("case_id", "task", "structure")), [], ""
    for (case, task, region), own in groups[:most]:
        found = {row.metric: row for row in own}
        dice, *others = (found[metric].value for metric in PER_CASE)
        about = ("" if case == before else case, *[task] * several_tasks, region)
        note = found["dice"].note.partition(":")[0]
        shown.append((*about, f"{dice:.3f}", *(f"{value:.1f}" for value in others), *[note] * noted))
        before = case
    show_table("Per case", (*names, *numbers(*PER_CASE.values()), *["note"] * noted), shown)
    if len(groups) > most:
        screen.print(f"... {len(groups) - most} more rows in the table of scores", style="dim")


def _show_means(scores: Scores) -> None:
    names = scores.frame["metric"].unique()
    tolerances = sorted(name.removeprefix("surface_dice_") for name in names if name.startswith("surface_dice_"))
    figures = numbers("cases", "mean Dice", f"surface Dice {', '.join(tolerances)}", "median HD95 (mm)")
    rows = (
        (
            row.task,
            row.structure,
            TRUTHS[row.truth],
            str(row.cases),
            f"{row.mean_dice:.3f}",
            f"{row.mean_surface_dice:.3f}",
            f"{row.median_hd95_mm:.1f}",
        )
        for row in rows_of(shown_means(summarise(scores)))
    )
    show_table("Means", ("task", "region", "truth", *figures), rows)


def _show_lesions(scores: Scores) -> None:
    found = scores.select(case_id="", metric=DETECTION.keys())
    if len(found.select(metric="detection_f1")):
        _show_detection(found)
    for (task, region), own in scores.select(metric="lesionwise_dice").groups("task", "structure"):
        screen.print(f"{task} {region}: mean lesion-wise Dice {fmean(own.frame['value']):.3f}, {len(own)} cases")


def _show_detection(found: Scores) -> None:
    rows = []
    for (task, structure, size), own in found.groups("task", "structure", "lesion"):
        values = {row.metric: row.value for row in own}
        lesions, *shares = (values[metric] for metric in DETECTION)
        if lesions or shares[-1]:  # else a bin in which nothing lies
            cells = ("-" if isnan(share) else f"{share:.2f}" for share in shares)
            rows.append((task, f"{structure} {size}".strip(), f"{lesions:.0f}", *cells))
    show_table("Lesions found", ("task", "lesions of", *numbers(*DETECTION.values())), rows)


def _show_markers(found: Found) -> None:
    for task in _markers(found):
        structures = list(dict.fromkeys(s for t, s, metric in found if t == task and metric == "cases"))
        rows = (
            (
                structure,
                f"{found[task, structure, 'cases'].value:.0f}",
                *(_interval(found, task, structure, metric) for metric in OF_MARKERS),
                found[task, structure, "auc"].note,
            )
            for structure in sorted(structures, key=lambda s: (s == MACRO) + 2 * s.startswith(SITE))
        )
        title = f"Marker {task} (95 % bootstrap interval over patients)"
        show_table(title, ("class", *numbers("cases", *OF_MARKERS.values()), "note"), rows)
        screen.print(_about_marker(found, task))


def _show_others(scores: Scores) -> None:
    rows = (
        (
            row.task,
            row.structure,
            row.metric,
            f"{row.cases:.0f}",
            with_interval(row.mean, row.low, row.high, "{:.3g}".format),
        )
        for row in rows_of(summarise_others(scores))
    )
    title = "Other scores (95 % bootstrap interval over patients)"
    show_table(title, ("task", "structure", "metric", *numbers("cases", "mean")), rows)


def _about_marker(found: Found, task: str) -> str:
    brier, gap = (found[task, MACRO, metric].value for metric in ("brier", "calibration_error"))
    parts = [f"Brier score {brier:.3f}, calibration error {gap:.3f}"]
    for metric, words in (
        ("cases_without_label", "cases without a label left out"),
        ("cases_without_prediction", WRONG),
        ("cases_left_out", LEFT_OUT),
    ):
        number = found.get((task, MACRO, metric))
        parts += [f"{number.value:.0f} {words}"] if number and number.value else []
    baseline = found.get((task, MACRO, "baseline_auc"))
    parts += [f"clinical baseline: {baseline.note}"] if baseline and baseline.note else []
    return "; ".join(parts)


def _markers(found: Found) -> list[str]:
    return [task for task, structure, metric in found if (structure, metric) == (MACRO, "auc")]


def _interval(found: Found, task: str, structure: str, metric: str) -> str:
    if (task, structure, metric) not in found:
        return ""
    return with_interval(*(found[task, structure, metric + end].value for end in ("", "_low", "_high")))


def print_scores_json(scores: Scores, failures: Sequence[CaseFailure] = ()) -> None:
    """Print means, detection of lesions, marker scores, and the cases seen in training, not predicted or not scored.

    Args:
        scores: of one run.
        failures: cases that could not be scored.
    """
    cohort = scores.select(case_id="").frame
    cohort = cohort.assign(structure=(cohort["structure"] + " " + cohort["lesion"]).str.strip())
    rows = cohort[["case_id", "task", "structure", "metric", "value", "note"]]
    of_markers = rows["task"].isin(_markers(about_cohort(scores)))
    others = summarise_others(scores).to_dict("records")
    print_json(
        {
            "use": RESEARCH_USE,
            "means": summarise(scores).to_dict("records"),
            **({"others": others} if others else {}),
            "lesions": rows[~of_markers].to_dict("records"),
            "markers": rows[of_markers].to_dict("records"),
            "seen_in_training": _cases_with(scores, SEEN),
            "not_assessed": _cases_with(scores, NOT_ASSESSED),
            "without_prediction": _cases_with(scores, NO_PREDICTION, NO_ANSWER, NO_VALUE),
            "failures": [failure.as_json() for failure in failures],
        }
    )
