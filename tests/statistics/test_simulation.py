"""The benchmark that shows which test can be trusted, in a size that runs in a second or two."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "statistics_simulation.py"


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    spec = importlib.util.spec_from_file_location(BENCHMARK.stem, BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def test_six_splits_without_an_effect(simulation: ModuleType) -> None:
    got = simulation.run(simulation.StudyModel(), studies=1000, bootstrapped=100)
    assert got.naive >= 0.10
    assert 0.03 <= got.corrected <= 0.065
    assert got.found == pytest.approx(0.80, abs=0.03)
    assert got.bootstrap_covers < 0.93  # why no verdict rests on it


def test_several_seeds_need_more_than_the_published_correction(simulation: ModuleType) -> None:
    got = simulation.run(simulation.StudyModel(seeds=5), studies=1000, bootstrapped=0)
    assert got.published > 0.08
    assert 0.02 <= got.corrected <= 0.065


def test_splits_that_share_nothing_are_what_the_naive_test_is_for(simulation: ModuleType) -> None:
    model = simulation.StudyModel(sd_patient=0).with_training_share(0)
    assert simulation.run(model, studies=1000, bootstrapped=0).naive == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("values", [1, 5])
@pytest.mark.parametrize("splits", range(2, 9))
def test_rounding_makes_no_verdict(simulation: ModuleType, splits: int, values: int) -> None:
    for spread in simulation.SPREADS:
        table = simulation.RoundedTable(splits, spread, values)
        assert simulation.run_rounded(table, studies=4000)[1] <= 0.06


def test_without_the_rule_two_splits_of_two_decimals_say_too_much(simulation: ModuleType) -> None:
    assert simulation.run_rounded(simulation.RoundedTable(2, 1.0), studies=4000)[0] > 0.12
