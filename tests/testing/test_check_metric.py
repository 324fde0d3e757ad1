"""Metrics with one fault at a time, which the check names, and ours, which have none."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from math import nan
from typing import Any, Literal

import numpy as np
import pytest

from braintumornet.core.metric import Better, Metric
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.marker_answers import MarkerAnswers, MarkerMetric
from braintumornet.metrics.mask_pair import MaskMetric, MaskPair
from braintumornet.metrics.surface import SurfaceDice
from braintumornet.statistics.patient_bootstrap import Estimate
from braintumornet.testing import check_metric

OURS = [entry for entry in entry_points(group=Metric.group) if entry.module.startswith("braintumornet.")]


class Faulty(MaskMetric):
    """The share of the truth that was found, with a fault where one is named."""

    kind: Literal["faulty_mask_metric"] = "faulty_mask_metric"
    fault: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.fault}"

    @classmethod
    def of_name(cls, name: str) -> Any:
        fault = name.removeprefix("faulty_mask_metric:")
        return cls(fault="" if fault == "name" else fault)

    @property
    def unit(self) -> str:
        return "mm" if self.fault in ("unit", "voxels_mm") else ""

    @property
    def better(self) -> Any:
        lower = self.fault in ("direction", "silence", "voxels_mm")
        return {"no better": None, "word": "higher"}.get(self.fault, Better.LOWER if lower else Better.HIGHER)

    @property
    def empty(self) -> EmptyRule:
        return EmptyRule.AS_MEASURED if self.fault in ("silence", "voxels_mm", "empty") else EmptyRule.OVERLAP

    def measure(self, pair: MaskPair) -> Any:
        outside = int((pair.prediction & ~pair.truth).sum())
        match self.fault:
            case "silence":
                return outside + int(pair.prediction.any())
            case "voxels_mm":
                return pair.truth_voxels - pair.common_voxels
            case "background":
                return 1.0 if pair.truth.size < 2000 else 0.5
            case "text":
                return "1"
            case "empty":
                return pair.common_voxels / pair.truth_voxels if pair.truth_voxels else nan
        share = pair.common_voxels / pair.truth_voxels
        if self.fault == "in place":
            pair.prediction[0, 0, 0] ^= True
        return share


class FaultyMarker(MarkerMetric):
    """The mean probability of the right class, with a fault where one is named."""

    kind: Literal["faulty_marker_metric"] = "faulty_marker_metric"
    fault: str = ""

    @classmethod
    def of_name(cls, name: str) -> Any:
        return cls(fault=name.removeprefix("faulty_marker_metric:"))

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.fault}"

    @property
    def better(self) -> Better:
        return Better.LOWER if self.fault == "direction" else Better.HIGHER

    @property
    def largest_difference(self) -> float:
        return 0.5 if self.fault == "range" else 1.0

    def measure(self, answers: MarkerAnswers) -> Mapping[str, Estimate]:
        right = answers.probabilities[np.arange(len(answers.truth)), answers.truth]
        if not len(right):
            return {"macro": Estimate(nan, nan, nan, "" if self.fault == "silent" else "no case")}
        value = float(np.where(answers.given, right, 2.0 if self.fault == "unanswered" else 0.0).mean())
        return {"macro": Estimate(value, value, value)}


class Unlike(Metric):
    """Of a task's own, with a name that says another unit."""

    kind: Literal["faulty_value_mm"] = "faulty_value_mm"


@pytest.fixture(autouse=True)
def _known_here_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for member in (Faulty, FaultyMarker, Unlike):
        monkeypatch.setitem(Metric._members, member.model_fields["kind"].default, member)


for member in (Faulty, FaultyMarker, Unlike):
    del Metric._members[member.model_fields["kind"].default]


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        (Unlike(), "the name ends with the unit; found 'faulty_value_mm' in 'no unit'"),
        (Faulty(fault="name"), "its name in a table of scores leads back to it, with all settings"),
        (Faulty(fault="unit"), "the name ends with the unit; found 'faulty_mask_metric:unit' in 'mm'"),
        (Faulty(fault="word"), "`better` is Better.HIGHER, Better.LOWER or None; found 'higher'"),
        (Faulty(fault="text"), "a value is a finite number where it can be told; found '1'"),
        (Faulty(fault="empty"), "a value is a finite number where it can be told; found nan"),
        (Faulty(fault="direction"), "a better answer (ever less too small) never scores worse where lower is better"),
        (Faulty(fault="silence"), "to predict nothing where something is is never the better answer"),
        (Faulty(fault="in place"), "masks are left as they are"),
        (
            Faulty(fault="background"),
            "the background around both masks changes nothing; found 0.5 with it and 1 without",
        ),
        (Faulty(fault="voxels_mm"), "a value in mm follows the size of the voxels"),
        (FaultyMarker(fault="direction"), "a better answer (ever surer of the right class) never scores worse"),
        (FaultyMarker(fault="range"), "no two values are further apart than 0.5, its `largest_difference`"),
        (FaultyMarker(fault="unanswered"), "no answer is never the better answer; found it for macro"),
        (
            FaultyMarker(fault="silent"),
            "what cannot be told is NaN with a note that says why; found no note for macro of 0 cases",
        ),
    ],
    ids=lambda given: getattr(given, "name", ""),
)
def test_a_fault_is_named(metric: Metric, told: str) -> None:
    with pytest.raises(AssertionError) as breach:
        check_metric(metric)
    assert told in str(breach.value)


@pytest.mark.parametrize("metric", [Faulty(), Faulty(fault="no better"), FaultyMarker()], ids=lambda one: one.name)
def test_where_there_is_no_fault_nothing_is_said(metric: Metric) -> None:
    check_metric(metric)


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: entry.name)
def test_ours_keep_the_contract(entry: Any) -> None:
    check_metric(Metric.named(entry.name))


def test_settings_that_a_name_says_keep_the_contract() -> None:
    check_metric(SurfaceDice(tolerance_mm=2.5))
