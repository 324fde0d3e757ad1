"""The diary of a training as curves: points of an SVG that a page draws in its own colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Series = tuple[np.ndarray, np.ndarray]
"""Steps and values."""

MOST_POINTS = 400  # more cannot be told apart
FEW_POINTS = 30  # up to here each point is shown, and nothing is smoothed
COLOURS = 6  # different ones in the style sheet
OWN_COLOUR = ("WT", "TC", "ET")
WEIGHTS = "Weights of the losses"


@dataclass(frozen=True)
class Line:
    """One curve of a chart.

    Args:
        name: of the curve.
        colour: name of its colour in the style sheet.
        logged: points as they were logged, `x,y x,y ...`.
        smooth: their running mean; blank where they are few.
        dots: each point, where they are few.
        last: the last value, as text.
    """

    name: str
    colour: str
    logged: str
    smooth: str
    dots: tuple[tuple[float, float], ...]
    last: str


@dataclass(frozen=True)
class Chart:
    """Curves over steps, and the frame that they lie in.

    Args:
        title: what is shown.
        lines: the curves.
        x_ticks: place and text along the steps.
        y_ticks: place and text along the values.
        kept: where the step of the weights that were kept lies, if it is in the chart.
    """

    width: ClassVar[int] = 360
    height: ClassVar[int] = 190
    left: ClassVar[int] = 38
    right: ClassVar[int] = 344
    top: ClassVar[int] = 8
    bottom: ClassVar[int] = 166

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    kept: float | None


def draw_charts(history: "pd.DataFrame", kept: int | None = None) -> list[Chart]:
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
    return group.capitalize(), rest or group


def _draw_chart(title: str, lines: Mapping[str, Series], kept: int | None) -> Chart:
    from matplotlib.ticker import MaxNLocator

    first, last = (end([end(steps) for steps, _ in lines.values()]) for end in (min, max))
    x_low = 0 if first < last else first - 1
    y_low, y_high = _limits(title, lines)
    y_values = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(y_low, y_high)
    y_low, y_high = float(y_values[0]), float(y_values[-1])
    x_values = [x for x in MaxNLocator(nbins=4, integer=True).tick_values(x_low, last) if x_low <= x <= last]

    def place(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
        x = Chart.left + (steps - x_low) / (last - x_low) * (Chart.right - Chart.left)
        y = Chart.bottom - (np.clip(values, y_low, y_high) - y_low) / (y_high - y_low) * (Chart.bottom - Chart.top)
        return np.stack([x, y], axis=1)

    def ticks(values: Sequence[float], axis: int) -> tuple[tuple[float, str], ...]:
        at = np.asarray(values, dtype=float)
        places = place(at, np.full_like(at, y_low)) if axis == 0 else place(np.full_like(at, last), at)
        return tuple((round(float(p[axis]), 1), f"{value:.10g}") for p, value in zip(places, at, strict=True))

    drawn = tuple(
        _draw_line(name, colour_of(name, number), place(*_thin(series)), place(*_smooth(_thin(series))), series)
        for number, (name, series) in enumerate(lines.items())
    )
    kept_at = None if kept is None or kept > last else float(place(np.array([kept]), np.array([y_low]))[0, 0])
    return Chart(title, drawn, ticks(x_values, 0), ticks(y_values, 1), kept_at)


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
    import pandas as pd

    steps, values = series
    window = max(1, len(values) // 10) if len(values) > FEW_POINTS else 1
    return steps, pd.Series(values).rolling(window, center=True, min_periods=1).mean().to_numpy()


def _draw_line(name: str, colour: str, logged: np.ndarray, smooth: np.ndarray, series: Series) -> Line:
    few = len(logged) <= FEW_POINTS
    dots = tuple((round(float(x), 1), round(float(y), 1)) for x, y in logged) if few else ()
    return Line(name, colour, _points(logged), "" if few else _points(smooth), dots, f"{series[1][-1]:.3g}")


def _points(places: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def colour_of(name: str, number: int) -> str:
    """Return the name, in the style sheet, of the colour of a curve or region: regions have their own."""
    return name if name in OWN_COLOUR else f"line-{number % COLOURS + 1}"
