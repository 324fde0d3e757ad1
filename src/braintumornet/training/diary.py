"""What a training wrote down, read again."""

import csv
from math import isfinite
from pathlib import Path

import numpy as np

from braintumornet.core.errors import InputError

Series = tuple[np.ndarray, np.ndarray]
"""Steps and values."""


def read_metrics(path: Path) -> dict[str, Series]:
    """Return what a training wrote down: name -> steps and values; nothing where there is no such file.

    Values that are no numbers are left out.

    Raises:
        InputError: the file cannot be read, or a row is not `step,name,value`.
    """
    found: dict[str, list[tuple[int, float]]] = {}
    if not path.exists():
        return {}
    try:
        with path.open(newline="") as file:
            for row in csv.DictReader(file, strict=True):
                step, value = int(row["step"]), float(row["value"])
                if isfinite(value):
                    found.setdefault(row["name"], []).append((step, value))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        msg = f"{path} is damaged ({error}); expected rows of step,name,value as `btn train` writes them"
        raise InputError(msg) from error
    return {name: (np.array(rows)[:, 0], np.array(rows)[:, 1]) for name, rows in found.items()}
