"""Ids, paths and cells on the terminal: as they are, and nothing in them is obeyed."""

import re
from pathlib import Path

import pandas as pd
import pytest

import braintumornet
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction_record import MarkerRecord, OutlineRecord, PredictionRecord
from braintumornet.core.run_records import SampleCount
from braintumornet.core.scores import Scores
from braintumornet.core.task_record import TaskRecord
from braintumornet.terminal import console
from braintumornet.terminal.import_screen import show_cohort
from braintumornet.terminal.info_screen import show_package
from braintumornet.terminal.progress import case_progress, training_progress
from braintumornet.terminal.retention_screen import show_retention
from braintumornet.terminal.score_screen import show_scores
from braintumornet.terminal.screen import screen

from ..score_tables import make_rows

ODD = "[/b] [red]x[/red] :a: \x1b[31m\x9b1m\x07"


def kept(*rows):
    """Return what arms keep of a structure of three cases, from arm, task, mean Dice and what it lost."""
    return pd.DataFrame(rows, columns=["arm", "task", "mean_dice", "change"]).assign(structure="WT", cases=3)


SHOWN = r"[/b] [red]x[/red] :a: \x1b[31m\x9b1m\x07"

REGION = {"dice": 0.5, "hd95_mm": 1.0, "volume_truth_ml": 1.0, "volume_prediction_ml": 1.0, "surface_dice_1mm": 0.5}
RECORD = PredictionRecord(
    case_id=ODD,
    segmentation={ODD: OutlineRecord(target="seg", regions=["WT"], files=[], volume_ml={"WT": 1.0})},
    classification={"g": MarkerRecord(target="g", probabilities={ODD: 1.0})},
    answers={"unknown": {"u": TaskRecord(target="u", said=ODD)}},
    notes=[ODD],
)
CALLS = {
    "done": lambda: console.done(ODD, ODD),
    "say": lambda: console.say(ODD),
    "warn": lambda: console.warn(ODD),
    "cohort": lambda: show_cohort(Cohort(ODD, (Case("a[red]", "p", "c", {}),))),
    "predictions": lambda: console.show_predictions([RECORD]),
    "drawn": lambda: console.show_sample_counts([SampleCount(group=ODD, task=ODD, what="x", samples=3)], ODD),
    "scores": lambda: show_scores(Scores.of(make_rows(ODD, "t", ODD, REGION, note=ODD))),
    "arms": lambda: show_retention(kept((ODD, "t", 0.5, 0.0))),
    "package": lambda: show_package(
        {
            "version": ODD,
            "configurations": {ODD: ODD},
            "studies": {},
            "kinds": {"a": [ODD]},
            "machine": {"free_memory_gib": 1, "bf16": True, "device": ODD, "cores": 1, "python": "3", "torch": "2"},
        }
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_text_is_shown_as_it_is(what, capsys, monkeypatch):
    monkeypatch.setattr(screen, "_width", 400)
    CALLS[what]()
    out = capsys.readouterr().out
    assert SHOWN in out
    assert not {"\x1b", "\x9b", "\x07"} & set(out)


def test_bars_show_titles_as_they_are(capsys):
    with training_progress(ODD) as bars:
        bars.read(1, 1)
        bars.step(1, 1, {ODD: 0.5})
    with case_progress(ODD, 1) as advance:
        advance(None)
    out = capsys.readouterr().out
    assert out.count(SHOWN) >= 3
    assert not {"\x1b", "\x9b", "\x07"} & set(out)


def test_styles_of_our_own_are_kept(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(screen, "_force_terminal", True)
        patch.setattr(screen, "_color_system", None)
        with screen.capture() as got:
            console.done("[/b]", "p")
    assert "✓ [/b]: p" in got.get().replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_no_line_of_ours_is_written_in_markup():
    markup = re.compile(r"\[/(bold|dim|italic|red|green|yellow|cyan)\b[^\]]*\]")
    sources = Path(braintumornet.__file__).parent.rglob("*.py")
    assert [str(file) for file in sources if markup.search(file.read_text())] == []


def test_no_long_name_is_cut_off(capsys, monkeypatch):
    monkeypatch.setattr(screen, "width", 60)
    task, arm = 64 * "t", 80 * "x"
    show_retention(kept(("task-specific", task, 0.5, 0.0), (arm, task, 0.6, -0.1)))
    out = capsys.readouterr().out.partition("lost: ")[0]
    assert out.count("x") == len(arm)
    assert "\N{HORIZONTAL ELLIPSIS}" not in out
    assert out.count("t") >= len(task)


def test_notes_that_differ_in_numbers_alone_are_shown_once(capsys, monkeypatch):
    monkeypatch.setattr(screen, "_width", 400)
    notes = [f"the skull is there ({3000 + 10 * n} ml count as brain); t1c" for n in range(40)]
    records = [PredictionRecord(case_id=f"c{n}", segmentation={}, notes=[note]) for n, note in enumerate(notes)]
    console.show_predictions(records)
    out = capsys.readouterr().out
    assert "40 cases (c0, c1, c2, ...): the skull is there (3000 to 3390 ml count as brain); t1c" in out
    assert out.count("skull") == 1
