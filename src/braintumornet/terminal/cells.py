"""Numbers of a comparison as the cells of a table, on the screen and on a page."""

from collections.abc import Callable
from math import inf, isfinite

from braintumornet.statistics.comparison import Comparison, Result
from braintumornet.statistics.verdict import Verdict

NONE = "-"
NO_SPREAD = "cannot be told"
SMALL = 0.0005  # what three decimals would show as nothing


def as_number(value: float) -> str:
    """Return a score; three decimals of what lies around 1.

    Example:
        >>> as_number(0.8125), as_number(float("nan"))
        ('0.812', '-')
    """
    if not isfinite(value):
        return NONE
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def as_signed(value: float) -> str:
    """Return a difference.

    Example:
        >>> as_signed(0.0281), as_signed(-0.5)
        ('+0.028', '-0.500')
    """
    return f"{'+' if value >= 0 else '-'}{as_number(abs(value))}" if isfinite(value) else NONE


def as_p(value: float | None) -> str:
    """Return a p value; blank where there is none.

    Example:
        >>> as_p(0.0004), as_p(0.0213), as_p(0.4), as_p(float("nan"))
        ('<0.001', '0.021', '0.40', '-')
    """
    if value is None:
        return ""
    if not isfinite(value):
        return NONE
    if value < 0.001:
        return "<0.001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def with_interval(value: float, low: float, high: float, show: Callable[[float], str] = "{:.2f}".format) -> str:
    """Return a figure with its interval, where it has one.

    Example:
        >>> with_interval(0.8, 0.712, 0.9), with_interval(0.8, float("nan"), float("nan"))
        ('0.80 (0.71 to 0.90)', '0.80')
    """
    if not isfinite(value):
        return NONE
    return f"{show(value)} ({show(low)} to {show(high)})" if isfinite(low) else show(value)


def as_interval(result: Result) -> str:
    """Return the interval that is shown; blank where there is none."""
    low, high = result.interval
    return f"{as_signed(low)} to {as_signed(high)}" if isfinite(low) else ""


def as_effect(result: Result, largest: float = inf, unknown: str = NO_SPREAD) -> str:
    """Return the minimum detectable effect; blank where there is one split.

    Args:
        result: of an arm.
        largest: difference that the metric can have; a larger effect is shown as beyond it.
        unknown: where the differences have no spread that tells it.
    """
    effect = result.smallest_effect
    if effect is None:
        return unknown if result.verdict is Verdict.NO_SPREAD else ""
    if effect > largest:
        return f"> {largest:g}"
    return f"{effect:.1g}" if effect < SMALL else as_number(effect)


def explain_effects(comparison: Comparison) -> list[str]:
    """Return a line where a minimum detectable effect is more than the metric can differ by; else none."""
    largest = comparison.largest_difference
    beyond = any((result.smallest_effect or 0) > largest for result in comparison.results)
    return [f"MDE above {largest:g}: too few splits to show any difference that {comparison.metric} can have."] * beyond
