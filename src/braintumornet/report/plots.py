"""Plots as SVG that a page draws in its own colours: points and lines in a frame with two axes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from textwrap import wrap
from typing import ClassVar

LINE = 12  # letters under a tick, then a new line


@dataclass(frozen=True)
class Axis:
    """One direction of a plot.

    Args:
        low, high: its ends.
        ticks: value and text.
        label: what it shows.
        log: whether equal steps are equal factors.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    label: str = ""
    log: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at the low end to 1 at the high one; what lies beyond is at the end.

        Example:
            >>> Axis(0.1, 10, (), log=True).share(1.0)
            0.5
        """
        value, low, high = ((log10(v) for v in (value, self.low, self.high)) if self.log
                            else (value, self.low, self.high))  # fmt: skip
        return min(1.0, max(0.0, (value - low) / (high - low)))


@dataclass(frozen=True)
class Point:
    """A value of a plot; `text` is what a person who points at it reads, `radius` in units of the SVG."""

    x: float
    y: float
    text: str = ""
    radius: float = 2.6


@dataclass(frozen=True)
class Marks:
    """Points of one colour.

    Args:
        colour: name of the colour in the style sheet.
        points: in the order in which a line joins them.
        line: whether one does.
        pale: whether they stand behind the others.
        dots: whether each point is shown.
    """

    colour: str
    points: tuple[Point, ...]
    line: bool = True
    pale: bool = False
    dots: bool = True


@dataclass(frozen=True)
class Drawn:
    """Marks where they lie in the SVG."""

    colour: str
    pale: bool
    line: str
    dots: tuple[tuple[float, float, float, str], ...]


@dataclass(frozen=True)
class Plot:
    """A plot, placed.

    Args:
        title: what is shown.
        width, height: of the SVG.
        right, bottom: of the frame.
        x_label: what the axis along x shows.
        x_ticks, y_ticks: place and text, along x in lines.
        guides: lines x1, y1, x2, y2 to compare with, such as a diagonal.
        drawn: the marks.
    """

    left: ClassVar[int] = 44
    top: ClassVar[int] = 10

    title: str
    width: int
    height: int
    right: int
    bottom: int
    x_label: str
    x_ticks: tuple[tuple[float, tuple[str, ...]], ...]
    y_ticks: tuple[tuple[float, str], ...]
    guides: tuple[tuple[float, float, float, float], ...]
    drawn: tuple[Drawn, ...]


def draw_plot(
    title: str,
    axes: tuple[Axis, Axis],
    marks: Sequence[Marks],
    size: tuple[int, int] = (304, 220),
    guides: Sequence[tuple[float, float, float, float]] = (),
) -> Plot:
    """Place marks in a frame.

    Args:
        title: what is shown.
        axes: along x and y.
        marks: what is shown of each arm.
        size: width and height of the SVG.
        guides: lines x1, y1, x2, y2, in values.
    """
    x_axis, y_axis = axes
    x_texts = [tuple(wrap(text, LINE, break_long_words=False)) for _, text in x_axis.ticks]
    lines = max(map(len, x_texts), default=1) + bool(x_axis.label)
    right, bottom = size[0] - 12, size[1] - 10 - 14 * lines

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            round(Plot.left + x_axis.share(x) * (right - Plot.left), 1),
            round(bottom - y_axis.share(y) * (bottom - Plot.top), 1),
        )

    x_ticks = tuple((place(value, y_axis.low)[0], text) for (value, _), text in zip(x_axis.ticks, x_texts, strict=True))
    y_ticks = tuple((place(x_axis.low, value)[1], text) for value, text in y_axis.ticks)
    lines_between = tuple((*place(x1, y1), *place(x2, y2)) for x1, y1, x2, y2 in guides)
    drawn = tuple(_draw(each, place) for each in marks)
    return Plot(title, *size, right, bottom, x_axis.label, x_ticks, y_ticks, lines_between, drawn)


def _draw(marks: Marks, place: Callable[[float, float], tuple[float, float]]) -> Drawn:
    places = [place(point.x, point.y) for point in marks.points]
    line = " ".join(f"{x},{y}" for x, y in places) if marks.line and len(places) > 1 else ""
    dots = tuple((*at, round(p.radius, 1), p.text) for at, p in zip(places, marks.points, strict=True))
    return Drawn(marks.colour, marks.pale, line, dots if marks.dots else ())


def even_ticks(
    low: float, high: float, steps: Sequence[float] = (1, 2, 5, 10), integer: bool = False, beyond: bool = False
) -> tuple[tuple[float, str], ...]:
    """Return even values from low to high with their texts.

    Args:
        low: smallest value that is shown.
        high: largest.
        steps: between them, times a power of ten.
        integer: whole numbers only.
        beyond: also the next ones outside.

    Example:
        >>> even_ticks(0.71, 0.88)
        ((0.75, '0.75'), (0.8, '0.8'), (0.85, '0.85'))
    """
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(nbins=4, steps=list(steps), integer=integer).tick_values(low, high)
    values = [round(float(tick), 10) for tick in ticks if beyond or low <= tick <= high]
    return tuple((value, f"{value:.10g}") for value in values)


def score_axis(values: Sequence[float]) -> Axis:
    """Return an axis that holds scores and has even ends; not beyond 0 and 1 where no score is.

    Example:
        >>> score_axis([0.71, 0.88]).low, score_axis([0.71, 0.88]).high
        (0.7, 0.9)
    """
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    high = high if high - low > 1e-3 else low + 0.1
    shares = 0 <= low <= high <= 1
    ticks = tuple(tick for tick in even_ticks(low, high, beyond=True) if 0 <= tick[0] <= 1 or not shares)
    return Axis(min(ticks[0][0], low), max(ticks[-1][0], high), ticks)


def volume_axis(volumes_ml: Sequence[float]) -> Axis:
    """Return a logarithmic axis of volumes, with a tick at every power of ten, or 1, 2 and 5 where they are few.

    Example:
        >>> [text for _, text in volume_axis([0.5, 40.0]).ticks]
        ['1', '10']
    """
    low, high = min(volumes_ml) / 1.3, max(volumes_ml) * 1.3
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ((1,), (1, 2, 5)):
        ticks = [step * 10.0**power for power in powers for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) > 1:
            break
    return Axis(low, high, tuple((tick, f"{tick:g}") for tick in inside), "true volume in ml", log=True)
