"""What a person sees in the terminal."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.measures_record import RegionMeasures
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.run_records import SampleCount
from braintumornet.core.score_notes import SEEN
from braintumornet.core.text.group_messages import group_alike
from braintumornet.core.text.printable import one_line
from braintumornet.core.workers.failures import CaseFailure
from braintumornet.inference.card.validation_status import NEVER, UNKNOWN
from braintumornet.tasks.task import Task
from braintumornet.terminal.screen import numbers, screen, show_table, styled

_MOST_SIZES = 2  # of lesions in a cell


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
    names, rows = tabulate_predictions(records)
    columns = [numbers(name)[0] if name.endswith("(ml)") else name for name in names]
    show_table(f"Predictions ({RESEARCH_USE})", columns, rows)
    for text in list_validations(records):
        say_validation(text)
    _show_notes(records)


def list_validations(records: Sequence[PredictionRecord]) -> list[str]:
    """Return what predictions say of the patients that their networks were validated on, each thing once."""
    return list(dict.fromkeys(record.validation for record in records if record.validation))


def say_validation(text: str) -> None:
    """Say on whom a network was validated; what was not, or not as far as is known, stands out."""
    screen.print(styled((text, "yellow" if NEVER in text or UNKNOWN in text else "")), soft_wrap=True)


def show_timings(records: Sequence[PredictionRecord]) -> None:
    """Show how many seconds each stage of a case took; nothing where there is none."""
    stages = list(dict.fromkeys(stage for record in records for stage in record.timings_s))
    rows = [[record.case_id, *(f"{record.timings_s.get(stage, 0):.2f}" for stage in stages)] for record in records]
    if rows:
        show_table("Seconds", ["case", *(column for stage in stages for column in numbers(stage))], rows)


def tabulate_predictions(records: Sequence[PredictionRecord]) -> tuple[list[str], list[list[str]]]:
    """Return columns and rows, a row for each case: volumes, lesions, classes, and what other kinds of task answered.

    Lesions are those of the region that response criteria measure: how many, and of the two with the longest diameters
    these and those perpendicular to them.
    """
    outlined = [(task, region) for r in records for task, one in r.segmentation.items() for region in one.regions]
    regions = list(dict.fromkeys(outlined))
    measured = [key for key in regions if any(_has_diameters(record, *key) for record in records)]
    markers = list(dict.fromkeys(task for record in records for task in record.classification))
    others = list(dict.fromkeys((kind, name) for r in records for kind, given in r.answers.items() for name in given))
    rows = [
        [
            record.case_id,
            *(_volume(record, *key) for key in regions),
            *(_lesions_in_words(record, *key) for key in measured),
            *(str(record.classification.get(task, "-")) for task in markers),
            *(_in_words(record, kind, task) for kind, task in others),
        ]
        for record in records
    ]
    volumes = (f"{task} {region} (ml)" for task, region in regions)
    lesions = (f"{task} {region} lesions (mm)" for task, region in measured)
    return ["case", *volumes, *lesions, *markers, *(task for _, task in others)], rows


def _measures(record: PredictionRecord, task: str, region: str) -> RegionMeasures | None:
    outline = record.segmentation.get(task)
    return None if outline is None else outline.measures.get(region)


def _has_diameters(record: PredictionRecord, task: str, region: str) -> bool:
    measures = _measures(record, task, region)
    return measures is not None and any(lesion.diameters for lesion in measures.lesions)


def _lesions_in_words(record: PredictionRecord, task: str, region: str) -> str:
    measures = _measures(record, task, region)
    if measures is None:
        return _no_answer(record, task, region)
    found = sorted((told for lesion in measures.lesions if (told := lesion.diameters)), key=lambda d: -d.longest_mm)
    sizes = ", ".join(f"{told.longest_mm:.0f} x {told.perpendicular_mm:.0f}" for told in found[:_MOST_SIZES])
    more = ", ..." if len(found) > _MOST_SIZES else ""
    return f"{measures.number_of_lesions}: {sizes}{more}" if found else str(measures.number_of_lesions)


def _volume(record: PredictionRecord, task: str, region: str) -> str:
    if (task, region) in record.volumes_ml:
        return f"{record.volumes_ml[task, region]:.1f}"
    return _no_answer(record, task, region)


def _no_answer(record: PredictionRecord, task: str, region: str) -> str:
    outline = record.segmentation.get(task)
    return "not assessed" if outline is not None and region in outline.not_assessed else "-"


def _in_words(record: PredictionRecord, kind: str, task: str) -> str:
    answer = record.answers.get(kind, {}).get(task)
    return "-" if answer is None else (Task.named(kind) or Task).in_words(answer.model_extra or {})


def _show_notes(records: Sequence[PredictionRecord], most: int = 20) -> None:
    said = [(record.case_id, note) for record in records for note in record.remarks]
    said += [(record.case_id, SEEN) for record in records if record.seen_in_training]
    notes = group_alike(said)
    for note, ids in notes[:most]:
        whose = ids[0] if len(ids) == 1 else f"{len(ids)} cases ({', '.join(ids[:3])}{', ...' if len(ids) > 3 else ''})"
        screen.print(styled((whose, "bold"), f": {note}"), soft_wrap=True)
    if len(notes) > most:
        screen.print(f"... {len(notes) - most} more notes in the JSON files", style="dim")


def show_sample_counts(rows: Sequence[SampleCount], column: str) -> None:
    """Show what was drawn in training: samples per group, and how many of them had each label."""
    groups = list(dict.fromkeys(row.group for row in rows))
    counts = {(row.group, row.task, row.what): row.samples for row in rows}
    listed = (
        (f"{task} {what}".strip(), *(str(counts.get((group, task, what), 0)) for group in groups))
        for task, what in sorted(dict.fromkeys((row.task, row.what) for row in rows), key=lambda key: key[0] != "")
    )
    show_table(f"Training samples by {column}", ("", *numbers(*groups)), listed)
