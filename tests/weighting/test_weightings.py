"""Our weightings keep the contract of all weightings."""

from importlib.metadata import entry_points

import pytest

from braintumornet.testing import check_weighting
from braintumornet.weighting.weighting import Weighting

SETTINGS = (
    {"kind": "fixed", "weights": {"genotype": 2.0}},
    {"kind": "uncertainty"},
    {"kind": "dynamic", "epoch_steps": 2},
    {"kind": "pcgrad"},
)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings["kind"])
def test_ours_keep_the_contract(settings: dict[str, object]) -> None:
    check_weighting(Weighting.parse(settings))


def test_every_kind_of_ours_is_checked() -> None:
    ours = {entry.name for entry in entry_points(group=Weighting.group) if entry.module.startswith("braintumornet.")}
    assert {settings["kind"] for settings in SETTINGS} == ours
