"""The scores of a study as plots: arms paired with the baseline, by size, and whether they know how sure they are."""

from collections.abc import Mapping, Sequence
from math import isfinite, sqrt

from braintumornet.report.plots import Axis, Marks, Plot, Point, draw_plot, score_axis, volume_axis
from braintumornet.report.text_table import Column, TextTable
from braintumornet.results.by_volume import EVERY_SIZE, DetectionPoint, SizePoint
from braintumornet.results.outcome import ArmColumn, PaperTable, mean_by_patient
from braintumornet.results.reliability import ReliabilityPoint
from braintumornet.statistics.arm_scores import Row

Colours = Mapping[str, str]
"""Arm -> name of its colour in the style sheet."""

PAIR_WIDTH, SQUARE, HEIGHT = 70, 190, 190
ENDS = (0.22, 0.78)  # where baseline and arm stand in the part of the axis that an arm has


def draw_splits(table: PaperTable, baseline: str, colours: Colours) -> Plot | None:
    """Return a line from the baseline to each arm for every split; None where there is nothing to pair."""
    own = next((column for column in table.columns if column.arm == baseline), None)
    others = [column for column in table.columns if column.arm != baseline]
    pairs = [(number, column, _pairs(own, column, table)) for number, column in enumerate(others)]
    values = [value for *_, lines in pairs for _, *ends in lines for value in ends]
    if own is None or not values:
        return None
    marks = [
        Marks(
            column.arm,
            colours[column.arm],
            tuple(
                Point(number + at, value, f"split {split}: {value:.3f}") for at, value in zip(ENDS, ends, strict=True)
            ),
        )
        for number, column, lines in pairs
        for split, *ends in lines
    ]
    x = Axis(0, len(others), tuple((number + 0.5, column.arm) for number, column, _ in pairs))
    width = max(SQUARE, 70 + PAIR_WIDTH * len(others))
    return draw_plot(f"From {baseline} to", (x, score_axis(values)), marks, (width, HEIGHT))


def _pairs(own: ArmColumn | None, column: ArmColumn, table: PaperTable) -> list[tuple[str, float, float]]:
    if own is None:
        return []
    every = zip(table.splits, own.by_split, column.by_split, strict=True)
    return [(split, a, b) for split, a, b in every if isfinite(a) and isfinite(b)]


def draw_patients(rows: Sequence[Row], place: tuple[str, str], arms: tuple[str, str], colours: Colours) -> Plot | None:
    """Return a dot for each patient: baseline across, arm up; above the diagonal the arm is better.

    Args:
        rows: of a part.
        place: task and structure.
        arms: baseline and the other.
        colours: of the arms.
    """
    ours, theirs = (mean_by_patient(rows, arm, *place) for arm in arms)
    points = [(ours[patient], theirs[patient]) for patient in sorted(ours.keys() & theirs.keys())]
    if not points:
        return None
    axis = score_axis([value for point in points for value in point])
    x = Axis(axis.low, axis.high, axis.ticks, arms[0])
    dots = tuple(Point(a, b, f"{a:.3f} and {b:.3f}") for a, b in points)
    better = sum(round(b - a, 12) > 0 for a, b in points)  # means of the same values may differ in the last bit
    title = f"{arms[1]}, {better} of {len(points)} better"
    marks = [Marks(arms[1], colours[arms[1]], dots, line=False, pale=True)]
    diagonal = (axis.low, axis.low, axis.high, axis.high)
    return draw_plot(title, (x, axis), marks, (SQUARE, HEIGHT), [diagonal])


def draw_sizes(about: str, points: Sequence[SizePoint], colours: Colours) -> Plot:
    """Return a curve of the Dice over the true volume for each arm."""
    marks = [
        Marks(arm, colours[arm], tuple(Point(p.middle_ml, p.dice, _about_size(p)) for p in points if p.arm == arm))
        for arm in dict.fromkeys(point.arm for point in points)
    ]
    axes = volume_axis([point.middle_ml for point in points]), score_axis([point.dice for point in points])
    return draw_plot(f"Dice, {about}", axes, marks)


def _about_size(point: SizePoint) -> str:
    return f"{point.cases} cases of {point.low_ml:.3g} to {point.high_ml:.3g} ml: {point.dice:.3f}"


def draw_detection(about: str, points: Sequence[DetectionPoint], colours: Colours) -> Plot:
    """Return the share of lesions found in each bin of volume for each arm."""
    sizes = list(dict.fromkeys(point.size for point in points if point.size != EVERY_SIZE))
    shown = [point for point in points if point.size in sizes and isfinite(point.found)]
    marks = [
        Marks(
            arm,
            colours[arm],
            tuple(
                Point(sizes.index(p.size) + 0.5, p.found, f"{p.size}: {p.found:.2f} of {p.lesions} found")
                for p in shown
                if p.arm == arm
            ),
        )
        for arm in dict.fromkeys(point.arm for point in shown)
    ]
    ticks = tuple((number + 0.5, _short(size)) for number, size in enumerate(sizes))
    axes = Axis(0, max(1, len(sizes)), ticks, "true volume in ml"), _whole_axis()
    return draw_plot(f"Lesions found, {about}", axes, marks)


def _short(size: str) -> str:
    """Return a bin of volume as a tick."""
    for words, sign in (("up to ", "≤ "), ("over ", "> "), (" to ", "-")):
        size = size.replace(words, sign)
    return size.removesuffix(" ml")


def draw_reliability(task: str, points: Sequence[ReliabilityPoint], colours: Colours) -> Plot:
    """Return how often each arm is right, over how sure it is; larger dots are more cases."""
    most = max(point.cases for point in points)
    marks = [
        Marks(
            arm,
            colours[arm],
            tuple(
                Point(p.confidence, p.accuracy, f"{p.cases} cases", 2 + 5 * sqrt(p.cases / most))
                for p in sorted(points, key=lambda point: point.confidence)
                if p.arm == arm
            ),
        )
        for arm in dict.fromkeys(point.arm for point in points)
    ]
    axes = _whole_axis("probability of the most probable class"), _whole_axis()
    return draw_plot(f"Right, {task}", axes, marks, guides=[(0, 0, 1, 1)])


def _whole_axis(label: str = "") -> Axis:
    return Axis(0, 1, tuple((tick / 4, f"{tick / 4:g}") for tick in range(5)), label)


def list_size_table(points: Mapping[str, Sequence[SizePoint]]) -> TextTable:
    """Return the numbers of the curves by size."""
    columns = (Column("of"), Column("arm"), *(Column(name, kind="number") for name in ("from", "to", "cases", "Dice")))
    rows = tuple(
        (about, p.arm, f"{p.low_ml:.3g}", f"{p.high_ml:.3g}", str(p.cases), f"{p.dice:.3f}")
        for about, own in points.items()
        for p in own
    )
    return TextTable("Dice by volume in ml, test", columns, rows)


def list_detection_table(points: Mapping[str, Sequence[DetectionPoint]]) -> TextTable:
    """Return the numbers of the curves of detection."""
    names = ("lesions", "found", "false per cohort and case")
    columns = (Column("of"), Column("arm"), Column("volume"), *(Column(name, kind="number") for name in names))
    rows = tuple(
        (about, p.arm, p.size, str(p.lesions), f"{p.found:.3f}" if p.lesions else "-", f"{p.false_per_case:.3g}")
        for about, own in points.items()
        for p in own
    )
    return TextTable("Lesions found by volume, test", columns, rows)


def list_reliability_table(points: Sequence[ReliabilityPoint]) -> TextTable:
    """Return the numbers of the reliability curves."""
    names = ("cases", "mean probability", "right")
    columns = (Column("marker"), Column("arm"), Column("bin"), *(Column(name, kind="number") for name in names))
    rows = tuple((p.task, p.arm, p.bin, str(p.cases), f"{p.confidence:.3f}", f"{p.accuracy:.3f}") for p in points)
    return TextTable("Reliability, test", columns, rows)
