from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest


@pytest.fixture
def put(tmp_path) -> Callable[..., Path]:
    """Write tiny NIfTI files that hold some labels under `tmp_path/cohort`; return that folder."""

    def write(*names: str, labels: tuple[int, ...] = (0,)) -> Path:
        array = np.resize(np.array(labels, dtype=np.uint8), (4, 4, 4))
        for name in names:
            path = tmp_path / "cohort" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            nib.Nifti1Image(array, np.eye(4)).to_filename(path)
        return tmp_path / "cohort"

    return write
