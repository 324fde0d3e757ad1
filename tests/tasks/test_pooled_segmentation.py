"""One head for tumours of several kinds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.data.store.label_bitmask import LabelBits, encode_labels
from braintumornet.tasks.pooled_segmentation import PooledSegmentationTask
from braintumornet.tasks.segmentation import SegmentationTask

TASK = PooledSegmentationTask(name="tumour", structures={"hgg": "WT", "mets": "TC"})
CORE_AND_OEDEMA = np.array([[[0, 1, 2, 3]]])


def case_of(pathology: str | None) -> Case:
    return Case("a", "a", "x", {}, {"seg": Path("seg.nii.gz")}, coding="brats2023", pathology=pathology)


@pytest.mark.parametrize(("pathology", "expected"), [("hgg", [0, 1, 1, 1]), ("mets", [0, 1, 0, 1])])
def test_the_tumour_is_each_kinds_own_structure(pathology: str, expected: list[int]) -> None:
    bits = LabelBits.of_tasks((TASK,))
    labels = encode_labels(case_of(pathology), bits, {"seg": CORE_AND_OEDEMA}, (1, 1, 4))
    assert (labels & bits.region_bits()).ravel().tolist() == expected


@pytest.mark.parametrize("pathology", ["plgg", None])
def test_a_case_of_no_kind_teaches_nothing(pathology: str | None) -> None:
    assert not TASK.labelled(case_of(pathology))


def test_a_kind_whose_coding_cannot_tell_its_structure_teaches_nothing() -> None:
    only_enhancing = replace(case_of("mets"), coding='{"1": "enhancing"}')
    assert not TASK.labelled(only_enhancing)


def test_kinds_beside_each_other_keep_their_own_bits() -> None:
    bits = LabelBits.of_tasks((SegmentationTask(name="core", regions=("ET",)), TASK))
    labels = encode_labels(case_of("mets"), bits, {"seg": CORE_AND_OEDEMA}, (1, 1, 4))
    assert ((labels >> bits.of(TASK)[0]) & 1).ravel().tolist() == [0, 1, 0, 1]
    assert (labels & 1).ravel().tolist() == [0, 0, 0, 1]


def test_a_structure_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="region 'TX' is not known"):
        PooledSegmentationTask(name="tumour", structures={"hgg": "TX"})
