"""The scores of a study as plots: arms paired with the baseline, by size, and whether they know how sure they are."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import pandas as pd

from braintumornet.core.frames import groups_of, rows_of
from braintumornet.report.plots import Axis, Marks, Plot, Point, draw_plot, score_axis, volume_axis
from braintumornet.report.text_table import Column, TextTable
from braintumornet.results.by_volume import EVERY_SIZE

Colours = Mapping[str, str]
"""Arm -> name of its colour in the style sheet."""

PAIR_WIDTH, SQUARE, HEIGHT = 70, 190, 190
ENDS = (0.22, 0.78)  # where baseline and arm stand in the part of the axis that an arm has


def draw_splits(means: pd.DataFrame, baseline: str, colours: Colours) -> Plot | None:
    """Return a line from the baseline to each arm for every split; None where there is nothing to pair.

    Args:
        means: of each arm in each split, of one part, structure and metric.
        baseline: the arm that the lines begin at.
        colours: of the arms.
    """
    values = means.pivot(index="split", columns="arm", values="value").loc[means["split"].unique()]
    others = [arm for arm in means["arm"].unique() if arm != baseline]
    pairs = {arm: values[[baseline, arm]].dropna() for arm in others}
    ends = [value for pair in pairs.values() for value in pair.to_numpy().ravel()]
    if not ends:
        return None
    marks = [
        Marks(
            colours[arm],
            tuple(
                Point(number + at, value, f"split {split}: {value:.3f}") for at, value in zip(ENDS, both, strict=True)
            ),
        )
        for number, (arm, pair) in enumerate(pairs.items())
        for split, *both in pair.itertuples()
    ]
    x = Axis(0, len(others), tuple((number + 0.5, arm) for number, arm in enumerate(others)))
    width = max(SQUARE, 70 + PAIR_WIDTH * len(others))
    return draw_plot(f"From {baseline} to", (x, score_axis(ends)), marks, (width, HEIGHT))


def draw_patients(means: pd.DataFrame, arms: tuple[str, str], colours: Colours) -> Plot | None:
    """Return a dot for each patient: baseline across, arm up; above the diagonal the arm is better.

    Args:
        means: of each arm for each patient, as `patient_means` returns them.
        arms: baseline and the other.
        colours: of the arms.
    """
    points = list(means[list(arms)].dropna().itertuples(index=False, name=None))
    if not points:
        return None
    axis = score_axis([value for point in points for value in point])
    x = Axis(axis.low, axis.high, axis.ticks, arms[0])
    dots = tuple(Point(a, b, f"{a:.3f} and {b:.3f}") for a, b in points)
    better = sum(round(b - a, 12) > 0 for a, b in points)  # means of the same values may differ in the last bit
    title = f"{arms[1]}, wins {better}/{len(points)}"
    marks = [Marks(colours[arms[1]], dots, line=False, pale=True)]
    diagonal = (axis.low, axis.low, axis.high, axis.high)
    return draw_plot(title, (x, axis), marks, (SQUARE, HEIGHT), [diagonal])


def draw_sizes(about: str, points: pd.DataFrame, colours: Colours) -> Plot:
    """Return a curve of the Dice over the true volume for each arm."""
    marks = [
        Marks(colours[arm], tuple(Point(p.middle_ml, p.dice, _about_size(p)) for p in rows_of(own)))
        for (arm,), own in groups_of(points, "arm")
    ]
    return draw_plot(f"Dice, {about}", (volume_axis([*points["middle_ml"]]), score_axis([*points["dice"]])), marks)


def _about_size(point: Any) -> str:
    return f"{point.cases} cases of {point.low_ml:.3g} to {point.high_ml:.3g} ml: {point.dice:.3f}"


def draw_detection(about: str, points: pd.DataFrame, colours: Colours) -> Plot:
    """Return the share of lesions found in each bin of volume for each arm."""
    sizes = [volume for volume in points["volume"].unique() if volume != EVERY_SIZE]
    shown = points[points["volume"].isin(sizes)].dropna(subset="found")
    marks = [
        Marks(
            colours[arm],
            tuple(
                Point(sizes.index(p.volume) + 0.5, p.found, f"{p.volume}: {p.found:.2f} of {p.lesions} found")
                for p in rows_of(own)
            ),
        )
        for (arm,), own in groups_of(shown, "arm")
    ]
    ticks = tuple((number + 0.5, _short(size)) for number, size in enumerate(sizes))
    axes = Axis(0, max(1, len(sizes)), ticks, "true volume in ml"), _whole_axis()
    return draw_plot(f"Lesions found, {about}", axes, marks)


def _short(size: str) -> str:
    """Return a bin of volume as a tick."""
    for words, sign in (("up to ", "≤ "), ("over ", "> "), (" to ", "-")):
        size = size.replace(words, sign)
    return size.removesuffix(" ml")


def draw_reliability(task: str, points: pd.DataFrame, colours: Colours) -> Plot:
    """Return how often each arm is right, over how sure it is; larger dots are more cases."""
    most = points["cases"].max()
    marks = [
        Marks(
            colours[arm],
            tuple(
                Point(p.confidence, p.accuracy, f"{p.cases} cases", 2 + 5 * sqrt(p.cases / most))
                for p in rows_of(own.sort_values("confidence", kind="stable"))
            ),
        )
        for (arm,), own in groups_of(points, "arm")
    ]
    axes = _whole_axis("predicted probability of the most probable class"), _whole_axis()
    return draw_plot(f"Accuracy, {task}", axes, marks, guides=[(0, 0, 1, 1)])


def _whole_axis(label: str = "") -> Axis:
    return Axis(0, 1, tuple((tick / 4, f"{tick / 4:g}") for tick in range(5)), label)


def list_size_table(points: Mapping[str, pd.DataFrame]) -> TextTable:
    """Return the numbers of the curves by size."""
    columns = (Column("of"), Column("arm"), *(Column(name, kind="number") for name in ("from", "to", "cases", "Dice")))
    rows = tuple(
        (about, p.arm, f"{p.low_ml:.3g}", f"{p.high_ml:.3g}", str(p.cases), f"{p.dice:.3f}")
        for about, own in points.items()
        for p in rows_of(own)
    )
    return TextTable("Dice by volume in ml, test", columns, rows)


def list_detection_table(points: Mapping[str, pd.DataFrame]) -> TextTable:
    """Return the numbers of the curves of detection."""
    names = ("lesions", "found", "false per cohort and case")
    columns = (Column("of"), Column("arm"), Column("volume"), *(Column(name, kind="number") for name in names))
    rows = tuple(
        (about, p.arm, p.volume, str(p.lesions), f"{p.found:.3f}" if p.lesions else "-", f"{p.false_per_case:.3g}")
        for about, own in points.items()
        for p in rows_of(own)
    )
    return TextTable("Lesions found by volume, test", columns, rows)


def list_reliability_table(points: pd.DataFrame) -> TextTable:
    """Return the numbers of the reliability curves."""
    names = ("cases", "mean confidence", "accuracy")
    columns = (Column("marker"), Column("arm"), Column("bin"), *(Column(name, kind="number") for name in names))
    rows = tuple(
        (p.task, p.arm, p.bin, str(p.cases), f"{p.confidence:.3f}", f"{p.accuracy:.3f}") for p in rows_of(points)
    )
    return TextTable("Reliability, test", columns, rows)
