"""The metrics log of a training as curves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from braintumornet.report.plots import Axis, Marks, Plot, Point, draw_plot, even_ticks

Series = tuple[np.ndarray, np.ndarray]
"""Steps and values."""

MOST_POINTS = 400  # more cannot be told apart
FEW_POINTS = 30  # up to here each point is shown, and nothing is smoothed
COLOURS = 6  # different ones in the style sheet
OWN_COLOUR = ("WT", "TC", "ET")
WEIGHTS = "Weights of the losses"
SIZE = (360, 190)


@dataclass(frozen=True)
class Chart:
    """Curves over steps.

    Args:
        plot: the curves in their frame.
        legend: name, colour in the style sheet, and last value of each.
        smooth: whether running means are drawn over what was logged.
        kept: whether the step of the weights that were kept is marked.
    """

    plot: Plot
    legend: tuple[tuple[str, str, str], ...]
    smooth: bool
    kept: bool


def draw_charts(history: pd.DataFrame, kept: int | None = None) -> list[Chart]:
    """Return a chart of the loss of each task, of the Dice and accuracy on validation, and of what else was logged.

    Args:
        history: `step`, `name`, `value`, as a run has it; values that are no numbers are left out.
        kept: step of the weights that were kept.
    """
    charts: dict[str, dict[str, Series]] = {}
    for name, rows in history[np.isfinite(history["value"])].groupby("name", sort=False):
        title, line = _place(str(name))
        charts.setdefault(title, {})[line] = rows["step"].to_numpy(float), rows["value"].to_numpy()
    if all(np.ptp(values) == 0 for _, values in charts.get(WEIGHTS, {}).values()):
        charts.pop(WEIGHTS, None)  # fixed weights are in the configuration
    return [_draw_chart(title, lines, kept) for title, lines in charts.items() if title]


def _place(name: str) -> tuple[str, str]:
    """Return the title of the chart and the name of the line."""
    group, _, rest = name.partition("/")
    if group == "loss":
        return f"Loss of {rest}", rest
    if group == "val":
        task, _, what = rest.partition("/")
        region, _, metric = what.rpartition("/")
        # the score is the mean of what the other charts of the validation show
        return (f"{(metric or what).capitalize()} of {task} on validation", region or task) if what else ("", "")
    if group == "weight":
        return WEIGHTS, rest
    if group == "cosine":
        return "Cosine between the gradients", rest
    if group == "gradient":
        return "Size of the gradients, weighted", rest
    return group.capitalize(), rest or group


def _draw_chart(title: str, lines: Mapping[str, Series], kept: int | None) -> Chart:
    first, last = (end([end(steps) for steps, _ in lines.values()]) for end in (min, max))
    x_low = 0 if first < last else first - 1
    x_axis = Axis(x_low, last, even_ticks(x_low, last, integer=True))
    ticks = even_ticks(*_limits(title, lines), steps=[1, 2, 2.5, 5, 10], beyond=True)
    y_axis = Axis(ticks[0][0], ticks[-1][0], ticks)
    colours = {name: colour_of(name, number) for number, name in enumerate(lines)}
    marks = [marks for name, series in lines.items() for marks in _mark(colours[name], series)]
    at = [] if kept is None or kept > last else [(kept, y_axis.low, kept, y_axis.high)]
    return Chart(
        draw_plot(title, (x_axis, y_axis), marks, SIZE, at),
        tuple((name, colours[name], f"{values[-1]:.3g}") for name, (_, values) in lines.items()),
        smooth=any(each.pale for each in marks),
        kept=bool(at),
    )


def _mark(colour: str, series: Series) -> list[Marks]:
    """Return a line with its points where they are few, else what was logged, pale, and its running mean."""
    logged = _thin(series)
    if len(logged[0]) <= FEW_POINTS:
        return [Marks(colour, _points(logged))]
    pale = Marks(colour, _points(logged), pale=True, dots=False)
    return [pale, Marks(colour, _points(_smooth(logged)), dots=False)]


def _points(series: Series) -> tuple[Point, ...]:
    return tuple(Point(step, value, f"step {step:g}: {value:.4g}") for step, value in zip(*series, strict=True))


def _limits(title: str, lines: Mapping[str, Series]) -> tuple[float, float]:
    values = np.concatenate([values for _, values in lines.values()])
    if title.endswith("on validation") and values.min() >= 0 and values.max() <= 1:
        return 0.0, 1.0  # Dice and accuracy
    smooth = np.concatenate([_smooth(_thin(series))[1] for series in lines.values()])
    high = max(float(np.percentile(values, 98)), float(smooth.max()))  # a rare spike is cut
    low = min(0.0, float(values.min()))
    return low, high if high > low else low + 1


def _thin(series: Series) -> Series:
    """Return means of neighbours where there are more points than can be told apart."""
    steps, values = series
    parts = min(len(steps), MOST_POINTS)
    return tuple(np.array([part.mean() for part in np.array_split(column, parts)]) for column in (steps, values))  # type: ignore[return-value]


def _smooth(series: Series) -> Series:
    steps, values = series
    window = max(1, len(values) // 10) if len(values) > FEW_POINTS else 1
    return steps, pd.Series(values).rolling(window, center=True, min_periods=1).mean().to_numpy()


def colour_of(name: str, number: int) -> str:
    """Return the name, in the style sheet, of the colour of a curve or region: regions have their own."""
    return name if name in OWN_COLOUR else f"line-{number % COLOURS + 1}"
