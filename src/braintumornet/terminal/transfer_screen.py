"""What `btn train` shows of the run that a training starts from."""

from collections.abc import Sequence
from itertools import groupby
from math import prod

from braintumornet.core.run_records import TensorRecord, TransferRecord
from braintumornet.networks.layer_freezing import factor_of, stands_for
from braintumornet.networks.transfer import TransferSettings
from braintumornet.terminal.screen import numbers, screen, show_table, styled

MOST_ROWS = 14  # one screen
STYLES = {"loaded": "green", "adapted": "yellow", "new": "cyan"}


def show_transfer_source(origin: TransferRecord, settings: TransferSettings) -> None:
    """Show what was loaded, adapted and is new, by layers, and how these learn."""
    source, learned = origin.source, len(origin.source.cases)
    title = f"Started from {source.run} (model {source.model}, trained on {learned} cases)"
    rows = (
        (
            layers,
            str(len(statuses)),
            f"{sum(prod(status.shape) for status in statuses):,}",
            styled((statuses[0].status, STYLES[statuses[0].status])),
            statuses[0].how,
            _learning(statuses, settings, origin.new_heads),
        )
        for layers, statuses in group_layers(origin.tensors, MOST_ROWS)
    )
    show_table(title, ("layers", *numbers("tensors", "parameters"), "", "how", "learning rate"), rows)
    screen.print("The list of all tensors is in the run's transfer.json.", style="dim")


def group_layers(statuses: Sequence[TensorRecord], most: int) -> list[tuple[str, list[TensorRecord]]]:
    """Group neighbouring tensors of one status by their layers, named as deep as fits into so many groups.

    Example:
        >>> statuses = [TensorRecord(name=f"heads.{head}.1.weight", shape=(1,), status="new", how="") for head in "ab"]
        >>> [(layers, len(found)) for layers, found in group_layers(statuses, most=3)]
        [('heads.a.1', 1), ('heads.b.1', 1)]
        >>> [(layers, len(found)) for layers, found in group_layers(statuses, most=1)]
        [('heads', 2)]
    """
    deepest = max(status.name.count(".") for status in statuses)
    groups: list[tuple[str, list[TensorRecord]]] = []
    for depth in range(deepest, 0, -1):
        keys = [(".".join(status.name.split(".")[:-1][:depth]), status.status, status.how) for status in statuses]
        pairs = groupby(zip(keys, statuses, strict=True), lambda pair: pair[0])
        groups = [(key[0], [status for _, status in found]) for key, found in pairs]
        if len(groups) <= most:
            break
    return groups


def _learning(statuses: Sequence[TensorRecord], settings: TransferSettings, new_heads: Sequence[str]) -> str:
    words = {_pace(status.name, settings, new_heads) for status in statuses}
    return words.pop() if len(words) == 1 else "in part"


def _pace(name: str, settings: TransferSettings, new_heads: Sequence[str]) -> str:
    if any(stands_for(pattern, name) for pattern in settings.freeze):
        return "frozen"
    waits = settings.warm_up_steps and not any(stands_for(f"heads.{head}", name) for head in new_heads)
    factor = factor_of(name, settings.learning_rate_factors)
    return f"x {factor:g}" + (f" after step {settings.warm_up_steps}" if waits else "")
