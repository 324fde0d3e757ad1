"""What cases tell becomes temperatures, intervals and sets; for the sequences that enough of them had."""

import numpy as np
import pytest

from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.prediction import RegionMap
from braintumornet.core.space import Space
from braintumornet.uncertainty.calibration import Calibrated, CaseEvidence, MarkerEvidence, RegionEvidence, calibrate
from braintumornet.uncertainty.case_calibration import CaseCalibration, describe_groups
from braintumornet.uncertainty.entropy import outline_entropy
from braintumornet.uncertainty.lesion_probability import find_lesions

SPACE = Space((4, 4, 4), np.eye(4))
BOTH, ONE = ("t1c", "t2f"), ("t1c",)


def _case(rng: np.random.Generator, sequences: tuple[str, ...] = BOTH) -> CaseEvidence:
    """A volume that is wrong by some ten per cent, and a marker that is right as often as it says."""
    true_ml = float(np.exp(rng.normal(2, 1)))
    probabilities = rng.dirichlet((1, 1))
    lesions = find_lesions(np.ones((1, 1, 1), dtype=bool), np.full((1, 1, 1), 0.8), true_ml)
    voxels = rng.uniform(0.01, 0.99, 500)
    region = RegionEvidence(
        true_ml * float(np.exp(rng.normal(0, 0.1))), true_ml, 0.05, voxels, rng.random(500) < voxels, lesions
    )
    marker = MarkerEvidence(probabilities, int(rng.random() > probabilities[0]))
    return CaseEvidence(sequences, {"tumour": {"WT": region}}, {"idh": marker})


def _calibrate(cases: list[CaseEvidence], phantoms: bool = False) -> CalibrationRecord:
    return calibrate(Calibrated("m", "c", phantoms), cases)


def test_intervals_and_sets_of_further_cases_hold_the_truth() -> None:
    rng = np.random.default_rng(1)
    inside, in_set = [], []
    for _ in range(40):
        group = _calibrate([_case(rng) for _ in range(19)]).groups[0]
        for case in (_case(rng) for _ in range(20)):
            marker = case.markers["idh"]
            inside.append(case.outlines["tumour"]["WT"].score <= group.volumes["tumour"]["WT"].quantile)
            in_set.append(1 - marker.probabilities[marker.truth] <= group.markers["idh"].quantile)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)
    assert np.mean(in_set) == pytest.approx(0.9, abs=0.03)


def test_an_honest_network_has_a_temperature_of_about_one() -> None:
    rng = np.random.default_rng(2)
    record = _calibrate([_case(rng) for _ in range(40)])
    assert record.temperatures["tumour"] == pytest.approx(1, abs=0.1)
    assert record.temperatures["idh"] == pytest.approx(1, abs=0.5)


def test_only_sets_of_sequences_with_enough_cases_are_calibrated() -> None:
    rng = np.random.default_rng(3)
    few = _calibrate([*(_case(rng) for _ in range(19)), *(_case(rng, ONE) for _ in range(18))])
    assert [group.sequences for group in few.groups] == [list(BOTH)]
    enough = _calibrate([*(_case(rng) for _ in range(20)), *(_case(rng, ONE) for _ in range(19))])
    assert [(group.sequences, group.cases) for group in enough.groups] == [(list(BOTH), 20), (list(ONE), 19)]
    assert _calibrate([_case(rng) for _ in range(8)]).groups == []
    assert _calibrate([_case(rng) for _ in range(9)]).groups[0].fewest == 9


def test_what_is_said_of_a_case_depends_on_its_sequences_and_on_whether_patients_calibrated() -> None:
    rng = np.random.default_rng(4)
    cases = [_case(rng) for _ in range(12)]
    record = _calibrate(cases)
    assert CaseCalibration(record, ("t2f", "t1c")).describe() == (
        "calibrated on 12 labelled cases with t1c, t2f: intervals and sets hold the truth in 90 % of cases like "
        "these, on average over calibration sets; 1 in 20 sets of 12 cases gives less than 78 %"
    )
    other = CaseCalibration(record, ONE)
    assert other.describe() == (
        "no intervals and sets: the run was calibrated for cases with t1c, t2f, not t1c; "
        "only probabilities are calibrated"
    )
    assert other.classes("idh", {"a": 0.6, "b": 0.4}) == ()
    assert other.temperature("tumour") == record.temperatures["tumour"]
    synthetic = _calibrate(cases, phantoms=True)
    for sentence in (CaseCalibration(synthetic, BOTH).describe(), *describe_groups(synthetic)):
        assert "phantoms" in sentence
        assert "%" not in sentence


def test_an_interval_holds_the_volume_itself_and_is_there_for_calibrated_regions_only() -> None:
    rng = np.random.default_rng(5)
    case = CaseCalibration(_calibrate([_case(rng) for _ in range(20)]), BOTH)
    maps = RegionMap(("WT", "ET"), np.full((2, 4, 4, 4), 0.6, dtype=np.float32))
    found = case.intervals_ml("tumour", {"WT": 0.064, "ET": 0.064}, maps, SPACE)
    assert list(found) == ["WT"]
    assert found["WT"][0] <= 0.064 <= found["WT"][1]
    assert CaseCalibration(None, BOTH).intervals_ml("tumour", {"WT": 0.064}, maps, SPACE) == {}


def test_entropy_is_that_of_the_least_certain_region() -> None:
    maps = np.array([[0.9, 0.2], [0.5, 0.01]]).reshape(2, 1, 1, 2)
    assert outline_entropy(maps).ravel() == pytest.approx([1.0, 0.7219], abs=1e-3)
