"""Figures that the documentation repeats are those of the tables that they come from."""

import re
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
EVIDENCE, PHANTOMS = "evidence.md", "how-to/studies-on-phantoms.md"
LGG = ("single-task", "multi-task", "as in the paper", "default model")
MARKER = ("outline alone", "tenth of the weight")
BTN = ("task-specific", "multi-task", "joint", "fine-tuned", "gliomas only", "metastases only")


def test_the_figures_of_the_model_are_the_same_wherever_they_stand() -> None:
    row = find_row("model.md", "| **mean, of at least 1 ml**")
    means = re.findall(r"\*\*(0\.\d{3})\*\*", row)
    assert len(means) == 3
    for page in ("../README.md", "index.md"):
        text = (DOCS / page).read_text()
        assert all(mean in text for mean in means), f"{page}: expected {', '.join(means)}"


def find_row(page: str, start: str) -> str:
    """Return the one row of a table that begins like this."""
    (row,) = [line for line in (DOCS / page).read_text().splitlines() if line.startswith(start)]
    return row


def read_means(table: str, metric: str = "dice") -> pd.Series:
    """Return (structure, arm) -> mean over splits."""
    rows = pd.read_csv(DOCS / "results" / table)
    return rows[rows["metric"] == metric].groupby(["structure", "arm"])["value"].mean()


@pytest.mark.parametrize(
    ("page", "row", "table", "structure", "arms"),
    [
        (EVIDENCE, "| test, Dice WT |", "lgg.csv", "WT", LGG),
        (EVIDENCE, "| validation, Dice WT |", "lgg_val.csv", "WT", LGG),
        (EVIDENCE, "| permuted, Dice WT |", "lgg_permuted.csv", "WT", LGG[:3]),
        *((EVIDENCE, f"| genotype shows: {one} |", "second_loss.csv", one, MARKER) for one in ("WT", "TC", "ET")),
        *(
            (EVIDENCE, f"| genotype does not show: {one} |", "second_loss_control.csv", one, MARKER)
            for one in ("WT", "TC", "ET")
        ),
        (EVIDENCE, "| shared: ", "twins.csv", "TC", ("shared",)),
        (EVIDENCE, "| ceiling: ", "twins.csv", "TC", ("ceiling",)),
        (EVIDENCE, "| foreign masks: ", "twins.csv", "TC", ("foreign masks",)),
    ],
)
def test_a_row_has_the_means_of_its_table(page: str, row: str, table: str, structure: str, arms: tuple[str]) -> None:
    told = re.findall(r"(?<![-+\d])0\.\d{3}", find_row(page, row))[: len(arms)]
    assert told == [f"{read_means(table)[structure, arm]:.3f}" for arm in arms]


@pytest.mark.parametrize("arm", BTN)
def test_the_study_of_metastases_has_the_means_and_changes_of_its_table(arm: str) -> None:
    means = read_means("braintumornet.csv")
    (row,) = [line for line in _mean_dice_of_six().splitlines() if line.startswith(f"| {arm} |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    for structure, mean, change in (("WT", cells[1], cells[2]), ("TC", cells[3], cells[4])):
        own, baseline = means[structure, arm], means[structure, "task-specific"]
        assert mean == f"{own:.3f}"
        assert change.split(" ")[0] == ("" if own == baseline else f"{own - baseline:+.3f}")


def _mean_dice_of_six() -> str:
    text = (DOCS / PHANTOMS).read_text()
    start = text.index("| Mean Dice of six replicates")
    return text[start : text.index("\n\n", start)]


@pytest.mark.parametrize("structure", ["WT", "TC", "ET"])
@pytest.mark.parametrize(
    ("row", "arm"),
    [("weight 0.3", "full weight"), ("weight 0.3, teaches the coarsest scale only", "coarsest scale")],
)
def test_the_weights_of_a_marker_have_the_differences_of_their_table(structure: str, row: str, arm: str) -> None:
    means = read_means("second_loss_arms.csv")
    told = re.findall(r"[-+]0\.\d{3}", find_row(EVIDENCE, f"| {row}: {structure} |"))[0]
    assert told == f"{means[structure, arm] - means[structure, 'outline alone']:+.3f}"


@pytest.mark.parametrize("site", ["CS", "DU", "HT"])
def test_the_sites_have_the_means_of_their_table(site: str) -> None:
    rows = pd.read_csv(DOCS / "results" / "lgg_sites.csv")
    own = rows[(rows["split"] == site) & (rows["metric"] == "dice")].set_index("arm")["value"]
    assert re.findall(r"0\.\d{3}", find_row(EVIDENCE, f"| {site}, ")) == [f"{own[arm]:.3f}" for arm in LGG]
