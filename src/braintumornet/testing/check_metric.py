"""What a metric promises: its name and unit, a direction that is kept, values where something is empty or missing."""

from dataclasses import replace
from itertools import pairwise
from math import isfinite, isnan
from typing import Any

import numpy as np

from braintumornet.core.metric import Better, Metric, find_metric
from braintumornet.core.space import Space
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.marker_answers import MarkerMetric
from braintumornet.metrics.mask_pair import MaskMetric, MaskPair
from braintumornet.testing.better_answers import CHAINS, GRID, marker_answers, masks
from braintumornet.testing.contract import Contract, check_settings

POWERS = {"mm": 1, "mm2": 2, "mm3": 3, "ml": 3}
"""Unit -> how often the size of voxels goes into it."""
ROUNDING = 1e-9


def check_metric(metric: Metric | type[Metric]) -> None:
    """Check that a metric fulfils the contract of `Metric`, and of the base class that says what it is measured on.

    Args:
        metric: settings; a class stands for its defaults.

    Raises:
        AssertionError: the contract is broken; the message says what is required, what was found and what to do.

    Example:
        >>> from braintumornet.metrics.surface import SurfaceDice
        >>> check_metric(SurfaceDice(tolerance_mm=2))
    """
    settings, contract = check_settings(metric, Metric)
    _check_name(settings, contract)
    base = next((base for base in CHAINS if isinstance(settings, base)), None)
    for what, chain in CHAINS[base]().items() if base else ():  # a kind of task measures others by itself
        values = [_values(settings, answer, contract) for answer in chain]
        for structure in values[0]:
            _check_chain(settings, what, [value[structure] for value in values], contract)
    if isinstance(settings, MaskMetric):
        _check_masks(settings, contract)
    if isinstance(settings, MarkerMetric):
        _check_markers(settings, contract)


def _check_name(metric: Metric, contract: Contract) -> None:
    contract.require(
        metric.of_name(metric.name) == metric and find_metric(metric.name) is not None,
        "its name in a table of scores leads back to it, with all settings",
        f"{metric.name!r}, which leads to {metric.of_name(metric.name)}",
        "let `name` say every setting, and `of_name` read it",
    )
    ending = metric.name.rsplit("_", 1)[-1]
    contract.require(
        ending == metric.unit or (not metric.unit and ending not in POWERS),
        "the name ends with the unit",
        f"{metric.name!r} in {metric.unit or 'no unit'!r}",
        "set `unit`, and call it so, such as depth_mm",
    )
    contract.require(
        metric.better is None or isinstance(metric.better, Better),
        "`better` is Better.HIGHER, Better.LOWER or None",
        repr(metric.better),
        f"use {Better.__module__}.Better",
    )


def _values(metric: Any, answer: Any, contract: Contract) -> dict[str, float]:
    """Return structure -> value; "" where there is one value."""
    found: Any = metric.score(answer) if isinstance(metric, MaskMetric) else metric.measure(answer)
    values = {name: each.value for name, each in found.items()} if isinstance(metric, MarkerMetric) else {"": found}
    for value in values.values():
        contract.require(
            isinstance(value, int | float) and isfinite(value),
            "a value is a finite number where it can be told",
            repr(value),
            "return a float",
        )
    return values


def badness(metric: Metric, value: float) -> float:
    """Return what is the larger the worse; 0 where neither is better."""
    if metric.better is None:
        return 0.0
    return abs(value) if metric.signed else value if metric.better is Better.LOWER else -value


def _check_chain(metric: Metric, what: str, values: list[float], contract: Contract) -> None:
    bad = [badness(metric, value) for value in values]
    contract.require(
        all(after <= before + ROUNDING for before, after in pairwise(bad)),
        f"a better answer ({what}) never scores worse where {metric.better} is better",
        [float(f"{value:.4g}") for value in values],
        "set `better` and `signed`, or look at what is measured",
    )
    contract.require(
        max(values) - min(values) <= metric.largest_difference + ROUNDING,
        f"no two values are further apart than {metric.largest_difference:g}, its `largest_difference`",
        [float(f"{value:.4g}") for value in values],
        "set `largest_difference`, or leave it out",
    )


def _check_masks(metric: MaskMetric, contract: Contract) -> None:
    truth, predictions = masks()["ever less too small"]
    nothing = np.zeros_like(truth)
    for pair in (MaskPair(nothing, nothing, GRID), MaskPair(nothing, truth, GRID)):
        _values(metric, pair, contract)
    missed = _values(metric, MaskPair(truth, nothing, GRID), contract)[""]
    values = [_values(metric, MaskPair.cut(truth, prediction, GRID), contract)[""] for prediction in predictions]
    contract.require(
        all(badness(metric, value) <= badness(metric, missed) + ROUNDING for value in values),
        "to predict nothing where something is is never the better answer",
        f"{missed:.4g} for nothing, and {values} for a part of it",
        f"let `empty` be {EmptyRule.OVERLAP!r} or {EmptyRule.DISTANCE!r}, or look at what is measured",
    )
    pair = MaskPair(truth, predictions[1], GRID)
    before = (pair.truth.copy(), pair.prediction.copy())
    whole = _values(metric, pair, contract)[""]
    contract.require(
        np.array_equal(before, (pair.truth, pair.prediction)), "masks are left as they are", "others", "copy them first"
    )
    contract.require(
        abs(whole - values[1]) <= ROUNDING,
        "the background around both masks changes nothing",
        f"{whole:.6g} with it and {values[1]:.6g} without",
        "count no voxel that is in neither",
    )
    if metric.unit in POWERS:
        larger = Space(GRID.shape, np.diag([2.0, 2.0, 2.0, 1.0]) @ GRID.affine)
        twice = _values(metric, replace(pair, space=larger), contract)[""]
        contract.require(
            abs(twice - whole * 2 ** POWERS[metric.unit]) <= ROUNDING * abs(twice),
            f"a value in {metric.unit} follows the size of the voxels",
            f"{whole:.6g}, and {twice:.6g} with voxels of twice the side",
            "use pair.space.spacing_mm or pair.space.voxel_ml",
        )


def _check_markers(metric: MarkerMetric, contract: Contract) -> None:
    unanswered = metric.measure(marker_answers(0.5, answered=False))
    perfect = _values(metric, marker_answers(1.0), contract)
    better = [
        name
        for name, given in unanswered.items()
        if not isnan(given.value) and badness(metric, given.value) < badness(metric, perfect[name]) - ROUNDING
    ]
    contract.require(
        not better, "no answer is never the better answer", f"it for {', '.join(better)}", "use answers.given"
    )
    for truths in ((), ("one", "one")):
        silent = [
            name for name, e in metric.measure(marker_answers(0.9, truths)).items() if isnan(e.value) and not e.note
        ]
        contract.require(
            not silent,
            "what cannot be told is NaN with a note that says why",
            f"no note for {', '.join(silent)} of {len(truths)} cases",
            "hand the reason to answers.estimate",
        )
