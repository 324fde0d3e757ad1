"""What a person sees in the terminal."""

import sys
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from statistics import fmean
from typing import Any

from braintumornet.core.files.whole_files import format_json
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.prediction_record import MarkerRecord, PredictionRecord
from braintumornet.core.score_notes import NO_ANSWER, NO_PREDICTION, SEEN
from braintumornet.core.text.alike import group_alike
from braintumornet.core.text.printable import one_line
from braintumornet.core.workers.failures import CaseFailure
from braintumornet.evaluation.marker_cohort import LEFT_OUT, SITE
from braintumornet.evaluation.score_summary import summarise
from braintumornet.evaluation.score_table import MACRO, Score
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.metrics.markers import WRONG
from braintumornet.tasks.task import Task
from braintumornet.terminal.screen import Table, screen, styled
from braintumornet.training.sample_counts import DrawnRow


def done(what: str, where: Path) -> None:
    """Say what was made and where it lies."""
    screen.print(styled(("✓", "green"), f" {what}: ", (str(where), "bold")), soft_wrap=True)


def say(text: str) -> None:
    """Say what comes next."""
    screen.print(text)


def warn(text: str) -> None:
    """Say what a person should look at before believing the result."""
    screen.print(styled(("warning:", "yellow"), f" {text}"), soft_wrap=True)


def fail(failures: Sequence[CaseFailure]) -> None:
    """Say which cases failed, one a line, beside the output."""
    for failure in failures:
        sys.stderr.write(f"error: {one_line(str(failure))}\n")


def print_json(value: Any) -> None:
    """Print a result for a program, as `format_json` formats it, in signs that every terminal has."""
    screen.print_json(format_json(value), ensure_ascii=True, allow_nan=False)


def show_predictions(records: Sequence[PredictionRecord]) -> None:
    """Show volumes and class probabilities per case, and below what is to be known of them, each thing once."""
    table = Table(title=f"Predictions ({RESEARCH_USE})", title_justify="left")
    volumes = [
        {(task, region): ml for task, outline in r.segmentation.items() for region, ml in outline.volume_ml.items()}
        for r in records
    ]
    regions = list(dict.fromkeys(key for given in volumes for key in given))
    tasks = list(dict.fromkeys(task for record in records for task in record.classification))
    table.add_column("case")
    for task, region in regions:
        table.add_column(f"{task} {region} (ml)", justify="right")
    others = dict.fromkeys((kind, task) for r in records for kind, answers in r.answers.items() for task in answers)
    for task in (*tasks, *(task for _, task in others)):
        table.add_column(task)
    for record, volume in zip(records, volumes, strict=True):
        numbers = [f"{volume[key]:.1f}" if key in volume else "-" for key in regions]
        classes = [_likeliest(record.classification.get(task)) for task in tasks]
        table.add_row(record.case_id, *numbers, *classes, *(_in_words(record, kind, task) for kind, task in others))
    screen.print(table)
    _show_notes(records)


def _in_words(record: PredictionRecord, kind: str, task: str) -> str:
    answer = record.answers.get(kind, {}).get(task)
    return "-" if answer is None else (Task.named(kind) or Task).in_words(answer.model_extra or {})


def _show_notes(records: Sequence[PredictionRecord], most: int = 20) -> None:
    said = [(record.case_id, note) for record in records for note in record.notes]
    said += [(record.case_id, SEEN) for record in records if record.seen_in_training]
    notes = group_alike(said)
    for note, ids in notes[:most]:
        whose = ids[0] if len(ids) == 1 else f"{len(ids)} cases ({', '.join(ids[:3])}{', ...' if len(ids) > 3 else ''})"
        screen.print(styled((whose, "bold"), f": {note}"), soft_wrap=True)
    if len(notes) > most:
        screen.print(f"... {len(notes) - most} more notes in the JSON files", style="dim")


def show_router(scores: Sequence[Score]) -> None:
    """Show how often the router that chose the tasks was right on the validation cases of its training."""
    found = {(score.structure, score.metric): score for score in scores}
    if (MACRO, "cases") not in found:
        warn("the router's own error is not known: its training had no validation cases of known class (data.split)")
        return
    by_task = {(score.task, score.structure, score.metric): score for score in scores}
    screen.print(f"How often the router {scores[0].task} is right, on validation cases (95 % intervals):")
    for place in (MACRO, *dict.fromkeys(s.structure for s in scores if s.structure.startswith(SITE))):
        auc, accuracy = (_interval(by_task, scores[0].task, place, metric) for metric in ("auc", "balanced_accuracy"))
        where = "all" if place == MACRO else place
        cases = f"{found[place, 'cases'].value:.0f} cases"
        screen.print(f"  {where}, {cases}: balanced accuracy {accuracy}, macro AUC {auc}")


def show_drawn(rows: Sequence[DrawnRow], column: str) -> None:
    """Show what was drawn in training: samples per group, and how many of them had each label."""
    groups = list(dict.fromkeys(row.group for row in rows))
    table = Table(title=f"Samples drawn, by {column}", title_justify="left")
    table.add_column("")
    for group in groups:
        table.add_column(group, justify="right")
    counts = {(row.group, row.task, row.what): row.samples for row in rows}
    for task, what in sorted(dict.fromkeys((row.task, row.what) for row in rows), key=lambda key: key[0] != ""):
        table.add_row(f"{task} {what}".strip(), *(str(counts.get((group, task, what), 0)) for group in groups))
    screen.print(table)


def _likeliest(marker: MarkerRecord | None) -> str:
    return "-" if marker is None else f"{marker.likeliest} {marker.probabilities[marker.likeliest]:.2f}"


def show_scores(scores: Sequence[Score]) -> None:
    """Show scores per case, their means, the lesions, and the markers."""
    _show_cases(scores)
    _show_means(scores)
    _show_lesions(scores)
    _show_markers(scores)
    _show_what_flatters_or_lacks(scores)
    screen.print("\n".join(describe_policy()), style="dim")
    screen.print(RESEARCH_USE, style="dim")


def _show_what_flatters_or_lacks(scores: Sequence[Score]) -> None:
    seen, missing = _cases_with(scores, SEEN), _cases_with(scores, NO_PREDICTION, NO_ANSWER)
    if seen:
        were = "was" if len(seen) == 1 else "were"
        screen.print(f"{len(seen)} of these cases {were} seen in training: their scores flatter.", style="yellow")
    if missing:
        have = "has no prediction: it counts" if len(missing) == 1 else "have no prediction: they count"
        screen.print(f"{len(missing)} of these cases {have} as empty masks and wrong markers.", style="yellow")


def _cases_with(scores: Sequence[Score], *notes: str) -> list[str]:
    return list(dict.fromkeys(s.case_id for s in scores if s.case_id and any(note in s.note for note in notes)))


def _show_cases(scores: Sequence[Score], most: int = 12) -> None:
    by_row: dict[tuple[str, str, str], dict[str, Score]] = {}
    for score in scores:
        if score.metric in ("dice", "hd95_mm", "volume_truth_ml", "volume_prediction_ml"):
            by_row.setdefault((score.case_id, score.task, score.structure), {})[score.metric] = score
    if not by_row:
        return
    several_tasks = len({task for _, task, _ in by_row}) > 1
    table = Table(title="Per case", title_justify="left")
    table.add_column("case")
    for column in (["task"] if several_tasks else []) + ["region"]:
        table.add_column(column)
    for column in ("Dice", "HD95 (mm)", "truth (ml)", "predicted (ml)"):
        table.add_column(column, justify="right")
    if any(row["dice"].note for row in by_row.values()):
        table.add_column("note")
    before = ""
    for (case, task, region), row in list(by_row.items())[:most]:
        dice, volumes = row["dice"], (row["volume_truth_ml"].value, row["volume_prediction_ml"].value)
        numbers = (f"{dice.value:.3f}", f"{row['hd95_mm'].value:.1f}", *(f"{ml:.1f}" for ml in volumes))
        names = ("" if case == before else case, *([task] if several_tasks else []), region)
        table.add_row(*names, *numbers, *([dice.note.partition(":")[0]] if dice.note else []))
        before = case
    screen.print(table)
    if len(by_row) > most:
        screen.print(f"... {len(by_row) - most} more rows in the table of scores", style="dim")


def _show_means(scores: Sequence[Score]) -> None:
    rows = [row for row in summarise(scores) if row.cases]
    if not rows:
        return
    everywhere = {(row.task, row.structure): row.cases for row in rows if row.truth == "all"}
    rows = [row for row in rows if row.truth == "all" or row.cases < everywhere[row.task, row.structure]]
    table = Table(title="Means", title_justify="left")
    for column in ("task", "region", "truth"):
        table.add_column(column)
    tolerances = {s.metric.removeprefix("surface_dice_") for s in scores if s.metric.startswith("surface_dice_")}
    surface = f"surface Dice {', '.join(sorted(tolerances))}"
    for column in ("cases", "mean Dice", surface, "median HD95 (mm)"):
        table.add_column(column, justify="right")
    words = {"all": "all cases", "with": "structure there", "without": "structure absent"}
    for row in rows:
        means = (f"{row.mean_dice:.3f}", f"{row.mean_surface_dice:.3f}")
        numbers = (str(row.cases), *means, f"{row.median_hd95_mm:.1f}")
        table.add_row(row.task, row.structure, words[row.truth], *numbers)
    screen.print(table)


def _show_lesions(scores: Sequence[Score]) -> None:
    found = {(s.task, s.structure, s.metric): s.value for s in scores if s.case_id == ""}
    rows = [(task, structure) for task, structure, metric in found if metric == "detection_f1"]
    if rows:
        _show_detection(found, rows)
    per_lesion: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        if score.metric == "lesionwise_dice":
            per_lesion.setdefault((score.task, score.structure), []).append(score.value)
    for (task, region), values in per_lesion.items():
        screen.print(f"{task} {region}: mean lesion-wise Dice {fmean(values):.3f}, {len(values)} cases")


def _show_detection(found: Mapping[tuple[str, str, str], float], rows: Sequence[tuple[str, str]]) -> None:
    table = Table(title="Lesions found", title_justify="left")
    table.add_column("task")
    table.add_column("lesions of")
    columns = ("lesions", "detection_sensitivity", "detection_precision", "detection_f1", "false_lesions_per_case")
    for column in ("lesions", "sensitivity", "precision", "F1", "false per case"):
        table.add_column(column, justify="right")
    for row in rows:
        lesions, *shares = (found[*row, column] for column in columns)
        if not lesions and not shares[-1]:
            continue  # a bin in which nothing lies
        table.add_row(*row, f"{lesions:.0f}", *("-" if isnan(share) else f"{share:.2f}" for share in shares))
    screen.print(table)


def _show_markers(scores: Sequence[Score]) -> None:
    found = {(s.task, s.structure, s.metric): s for s in scores if s.case_id == ""}
    for task in _markers(found):
        table = Table(title=f"Marker {task} (95 % bootstrap interval over patients)", title_justify="left")
        table.add_column("class")
        columns = {"auc": "AUC", "balanced_accuracy": "balanced accuracy", "baseline_auc": "AUC without images"}
        for column in ("cases", *columns.values()):
            table.add_column(column, justify="right")
        table.add_column("note")
        structures = list(dict.fromkeys(s for t, s, metric in found if t == task and metric == "cases"))
        for structure in sorted(structures, key=lambda s: (s == MACRO) + 2 * s.startswith(SITE)):
            cells = [_interval(found, task, structure, metric) for metric in columns]
            cases = found[task, structure, "cases"].value
            table.add_row(structure, f"{cases:.0f}", *cells, found[task, structure, "auc"].note)
        screen.print(table)
        screen.print(_about_marker(found, task))


def _about_marker(found: Mapping[tuple[str, str, str], Score], task: str) -> str:
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
    parts += [f"without images: {baseline.note}"] if baseline and baseline.note else []
    return "; ".join(parts)


def _markers(found: Mapping[tuple[str, str, str], Score]) -> list[str]:
    return [task for task, structure, metric in found if (structure, metric) == (MACRO, "auc")]


def _interval(found: Mapping[tuple[str, str, str], Score], task: str, structure: str, metric: str) -> str:
    if (task, structure, metric) not in found:
        return ""
    value, low, high = (found[task, structure, metric + end].value for end in ("", "_low", "_high"))
    if isnan(value):
        return "-"
    return f"{value:.2f}" if isnan(low) else f"{value:.2f} ({low:.2f} to {high:.2f})"


def print_scores_json(
    scores: Sequence[Score], patients: Mapping[str, str], failures: Sequence[CaseFailure] = ()
) -> None:
    """Print means, detection of lesions, marker scores, and the cases seen in training, not predicted or not scored.

    Args:
        scores: of one run.
        patients: case id -> whose it is; intervals are taken over patients.
        failures: cases that could not be scored.
    """
    cohort = [score for score in scores if score.case_id == ""]
    tasks = _markers({(s.task, s.structure, s.metric): s for s in cohort})
    parts = {"lesions": [s for s in cohort if s.task not in tasks], "markers": [s for s in cohort if s.task in tasks]}
    rows = {name: [vars(score) for score in part] for name, part in parts.items()}
    cases = {
        "seen_in_training": _cases_with(scores, SEEN),
        "without_prediction": _cases_with(scores, NO_PREDICTION, NO_ANSWER),
        "failures": [failure.as_json() for failure in failures],
    }
    print_json({"use": RESEARCH_USE, "means": [vars(row) for row in summarise(scores, patients)], **rows, **cases})
