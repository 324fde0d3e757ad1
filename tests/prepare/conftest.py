"""Prepared cases that were never scanned: what follows a preparation needs their history alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.space import Space
from braintumornet.prepare.preparation_record import FILE, Grid, PreparationRecord, PreparedImage
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

OUTPUT = Space((40, 40, 40), np.diag([-1.0, -1.0, 1.0, 1.0]))
SCAN = Space((20, 20, 10), np.array([[0, 2.0, 0, -38], [2.0, 0, 0, -38], [0, 0, 4.0, 0], [0, 0, 0, 1]]))
TO_SCAN = np.array([[1.0, 0, 0, 1.5], [0, 1, 0, 0], [0, 0, 1, -2], [0, 0, 0, 1]])

MakePrepared = Callable[..., Case]


@pytest.fixture
def make_prepared(tmp_path: Path) -> MakePrepared:
    """Write a case of one image with the history of its preparation."""

    def make(case_id: str = "a", brainmask: str = "network", failure: str | None = None, **settings: object) -> Case:
        folder = tmp_path / "prepared" / case_id
        image = PreparedImage(
            source="series-001", reason="", grid=Grid.of(SCAN), output_to_sequence_mm=TO_SCAN.tolist()
        )
        record = PreparationRecord(
            version="0",
            case_id=case_id,
            fingerprint="f",
            settings={"space": "atlas", "atlas": None, "correct_bias": False, **settings},
            reference="t1c",
            images={"t1c": image},
            output=Grid.of(OUTPUT),
            brainmask=brainmask,
            failure=failure,
        )
        file = folder / f"{case_id}_t1c.nii.gz"
        write_volume(Volume(np.ones(OUTPUT.shape, np.int16), OUTPUT), file)
        write_json(folder / FILE, record.as_json())
        return Case(case_id, case_id, "c", {"t1c": file})

    return make
