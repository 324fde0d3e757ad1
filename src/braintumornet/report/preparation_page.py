"""The page of `btn prepare`: a picture of every case, on which a person judges fifty of them in a minute."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.workers.failures import CaseFailure
from braintumornet.prepare.preparation_record import PICTURE, PreparationRecord
from braintumornet.prepare.quality.figure import Figure
from braintumornet.report.hide_paths import hide_folders
from braintumornet.report.html_page import write_page
from braintumornet.terminal.prepare_screen import (
    all_figures,
    brain_ml,
    by_gravity,
    count_verdicts,
    grave_figures,
    name_figure,
    summarise_preparation,
    value_of,
)

MOST_GRAVE = 3  # in the table; the card has all
MOST_PICTURES = 300  # of about 40 kB each
NO_IMAGE = "There is no picture: it failed before there was an image to show."
TOO_MANY = f"The page holds {MOST_PICTURES} pictures; this one lies beside the images of the case ({PICTURE})."


def write_preparation_page(
    records: Sequence[PreparationRecord],
    pictures: Mapping[str, bytes],
    path: Path,
    waiting: Sequence[CaseFailure] = (),
) -> None:
    """Write the page whole or not at all; it names cases by their ids, and shows no path and nothing of a header.

    Args:
        records: of all cases, also of those that failed.
        pictures: case id -> PNG of `case_picture`; a case without one is told in words.
        path: of the page.
        waiting: cases that were not tried, and which answer of the user they wait for.

    Raises:
        InputError: it cannot be written.
    """
    write_page(
        "preparation.html",
        path,
        summary=summarise_preparation(records),
        counts=count_verdicts(records),
        cards=[
            _card(record, pictures.get(record.case_id), place < MOST_PICTURES)
            for place, record in enumerate(by_gravity(records))
        ],
        most_grave=MOST_GRAVE,
        waiting=[(case.case_id, hide_folders(case.reason)) for case in waiting],
    )


def _card(record: PreparationRecord, picture: bytes | None, shown: bool) -> dict[str, Any]:
    return {
        "name": record.case_id,
        "verdict": record.verdict,
        "failure": hide_folders(record.failure or ""),
        "grave": [_row(figure) for figure in grave_figures(record)],
        "figures": [_row(figure) for figure in all_figures(record)],
        "brain_ml": brain_ml(record),
        "brainmask": record.brainmask or "-",
        "notes": [hide_folders(note) for note in record.notes],
        "picture": base64.b64encode(picture).decode() if picture and shown else "",
        "without": TOO_MANY if picture else NO_IMAGE,
    }


def _row(figure: Figure) -> dict[str, str]:
    return {
        "name": name_figure(figure),
        "value": value_of(figure),
        "verdict": figure.verdict,
        "limits": figure.limits,
        "note": figure.note,
    }
