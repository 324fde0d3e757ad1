"""Are t1n and t1c swapped? Contrast agent makes voxels brighter, never darker."""

import numpy as np

from braintumornet.core.cohort.label_scheme import parse_label_scheme
from braintumornet.core.text.errors import InputError
from braintumornet.data.check.findings import Finding, Kind, Severity

# Measured on the real cases and phantoms, unswapped: enhancing label +1.0 to +8.8, and the brain's upper tail 1.5 to
# 6 times its lower one wherever either is beyond 3. Swapping turns the signs.
DARKER_SD = -1.0
TAIL_SD = 3.0
TAIL_RATIO = 1.5
TAIL_PERCENTILES = (0.1, 99.9)
FEWEST_ENHANCING = 20
FEWEST_HEALTHY = 2000


def check_swap(t1n: np.ndarray, t1c: np.ndarray, brain: np.ndarray, enhancing: np.ndarray | None) -> list[Finding]:
    """Warn where t1c minus t1n, in standard deviations of healthy brain, says that the two are swapped.

    The enhancing label decides where there is one. Without it vessels and dura do, which are the extreme voxels of
    the difference.

    Args:
        t1n: (D, H, W).
        t1c: (D, H, W).
        brain: boolean (D, H, W); the tumour left out where it is known.
        enhancing: boolean (D, H, W), or None where no mask tells it.
    """
    if brain.sum() < FEWEST_HEALTHY:
        return []
    before, after = _Scale(t1n[brain]), _Scale(t1c[brain])
    if before.sd == 0 or after.sd == 0:
        return []
    low, high = np.percentile(after.of(t1c[brain]) - before.of(t1n[brain]), TAIL_PERCENTILES)
    if enhancing is not None and enhancing.sum() >= FEWEST_ENHANCING:
        difference = float(np.median(after.of(t1c[enhancing]) - before.of(t1n[enhancing])))
        swapped = difference < DARKER_SD
        evidence = f"enhancing tumour is {-difference:.1f} SD darker in t1c than in t1n"
    else:
        swapped = -low > TAIL_SD and -low > TAIL_RATIO * high
        evidence = f"vessels and dura look bright in t1n ({-low:.1f} SD) and not in t1c ({high:.1f} SD)"
    if not swapped:
        return []
    text = f"t1n and t1c look swapped: {evidence}; look at both, and exchange the two cells if it is so"
    return [Finding(Kind.SWAPPED, Severity.WARNING, text)]


class _Scale:
    """Median and robust standard deviation of healthy brain."""

    def __init__(self, values: np.ndarray) -> None:
        self.median = float(np.median(values))
        self.sd = 1.4826 * float(np.median(np.abs(values.astype(np.float64) - self.median)))

    def of(self, values: np.ndarray) -> np.ndarray:
        return (values.astype(np.float64) - self.median) / self.sd


def enhancing_voxels(labels: np.ndarray, coding: str | None) -> np.ndarray | None:
    """Return the voxels labelled as enhancing tumour and nothing else, or None where the coding cannot tell them."""
    try:
        codes = (
            [] if coding is None else [c for c, tissue in parse_label_scheme(coding).items() if tissue == "enhancing"]
        )
    except InputError:
        return None
    return np.isin(labels, codes) if codes else None
