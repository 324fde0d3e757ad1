"""What an arm costs: its networks together, in the middle over splits and seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from braintumornet.studies.plan import Plan

Costs = Mapping[str, Sequence[Mapping[str, Any]]]
"""Arm -> what each of its networks costs, as `collect_costs` returns it."""

SUMMED = ("parameters", "operations", "training_s", "prediction_s")


@dataclass(frozen=True)
class ArmCost:
    """What all networks of an arm cost together in one split; medians over splits and seeds, None where not known.

    Args:
        networks: that answer; 0 where an arm is not made of networks.
        parameters, operations: of all of them, of one pass over a patch.
        memory_gib: computed for the training, of the largest, because they need not be trained at once.
        training_s, prediction_s: measured; of all networks, of one case by all of them.
        devices: on which.
    """

    arm: str
    networks: int
    parameters: float | None
    operations: float | None
    memory_gib: float | None
    training_s: float | None
    prediction_s: float | None
    devices: tuple[str, ...]


def list_costs(plan: Plan, costs: Costs) -> list[ArmCost]:
    """Return the cost of each arm of which a job is done."""
    return [_cost(name, plan, costs[name]) for name in plan.study.arms if costs[name]]


def _cost(arm: str, plan: Plan, costs: Sequence[Mapping[str, Any]]) -> ArmCost:
    by_job = {cost["job"]: cost for cost in costs}
    cells = [
        [by_job[job] for job in dict.fromkeys(cell.jobs.values()) if job in by_job and _is_network(by_job[job])]
        for cell in plan.cells
        if cell.arm == arm and set(cell.jobs.values()) <= by_job.keys()
    ]
    total = {key: _median(_total(cell, key) for cell in cells) for key in SUMMED}
    return ArmCost(
        arm,
        max((len(cell) for cell in cells), default=0),
        total["parameters"],
        total["operations"],
        _median(max((cost["memory_gib"] for cost in cell if "memory_gib" in cost), default=None) for cell in cells),
        total["training_s"],
        total["prediction_s"],
        tuple(dict.fromkeys(cost["device"] for cell in cells for cost in cell if "device" in cost)),
    )


def _is_network(cost: Mapping[str, Any]) -> bool:
    return "parameters" in cost or "prediction_s" in cost


def _total(cell: Sequence[Mapping[str, Any]], key: str) -> float | None:
    """Return a sum over networks, of which none may lack it."""
    values = [cost.get(key) for cost in cell]
    known = [float(value) for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
