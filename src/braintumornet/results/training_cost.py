"""What an arm costs: its networks together, median over splits and seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from braintumornet.studies.plan import Plan

Costs = Mapping[str, Sequence[Mapping[str, Any]]]
"""Arm -> what each of its networks costs, as `collect_costs` returns it."""

SUMMED = ["parameters", "operations", "steps", "training_operations", "training_s", "prediction_s"]


def list_costs(plan: Plan, costs: Costs) -> pd.DataFrame:
    """Return what all networks of an arm cost together in one split, of each arm of which a job is done.

    Returns:
        arm, networks (that answer; 0 where an arm is not made of networks), parameters and operations (of all of them,
        of one pass over a patch), steps and training_operations (of all their trainings), training_s and prediction_s
        (measured; of all networks, of one case by all of them), memory_gib (computed for the training, of the largest,
        because they need not be trained at once) and devices; medians over splits and seeds, NaN where not known.
    """
    return pd.DataFrame([_cost(name, plan, costs[name]) for name in plan.study.arms if costs[name]])


def _cost(arm: str, plan: Plan, costs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    table = (
        pd.DataFrame(costs).drop_duplicates("job").set_index("job").reindex(columns=[*SUMMED, "memory_gib", "device"])
    )
    networks = table[table[["parameters", "prediction_s"]].notna().any(axis=1)]
    cells = [
        networks[networks.index.isin(cell.jobs.values())]
        for cell in plan.cells
        if cell.arm == arm and set(cell.jobs.values()) <= set(table.index)
    ]
    total = pd.DataFrame([cell[SUMMED].sum(skipna=False, min_count=1) for cell in cells], columns=SUMMED).median()
    memory = pd.Series([cell["memory_gib"].max() for cell in cells], dtype=float).median()
    devices = dict.fromkeys(device for cell in cells for device in cell["device"].dropna())
    return {
        "arm": arm,
        "networks": max(map(len, cells), default=0),
        **total,
        "memory_gib": memory,
        "devices": ", ".join(devices),
    }
