"""One batch of two cohorts with other pathologies, regions, codings and sequences."""

from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.data.data_settings import DataSettings
from braintumornet.data.sampling.loaders import build_loader
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import read_examples
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask

CORE = '{"1": "tumour_core", "2": "oedema", "3": "tumour_core"}'  # of which WT and TC can be told, ET not
TASKS = (
    SegmentationTask(name="hgg", regions=("WT", "ET"), where={"pathology": "hgg"}),
    SegmentationTask(name="mets", regions=("TC", "ET"), where={"pathology": "mets"}),
    ClassificationTask(name="kind", target="pathology", classes=("hgg", "mets"), tumour_from=("hgg", "mets")),
)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Whole heads: two gliomas, and two metastases without t2w."""
    folder = tmp_path_factory.mktemp("hybrid")
    cohorts = [write(folder, name, Mix(**{name: 1})) for name in ("hgg", "mets")]
    mets = [replace(case, coding=CORE, images={"t1c": case.images["t1c"]}) for case in cohorts[1]]
    store = Store.of_tasks(folder / "store", TASKS, ("t1c", "t2w"))
    examples = read_examples([*cohorts[0], *mets], TASKS, store)
    settings = DataSettings(patch=(32, 32, 32), batch_size=4, sampling="uniform", centres="uniform")
    (given,) = build_loader(examples, TASKS, settings, 0, [[0, 1, 2, 3]])
    return given


def write(folder: Path, name: str, mix: Mix) -> Cohort:
    settings = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5), mix=mix)
    return write_phantoms(folder / name, settings, 2, 1, name)


def rows(batch: Batch, name: str) -> list[int]:
    return [row for row, case_id in enumerate(batch.case_ids) if case_id.startswith(name)]


def test_half_of_the_batch_is_of_each_cohort(batch: Batch) -> None:
    assert len(rows(batch, "hgg")) == len(rows(batch, "mets")) == 2


def test_each_head_has_the_labels_of_its_own_cases_and_regions_that_the_coding_tells(batch: Batch) -> None:
    for row in rows(batch, "hgg"):
        assert batch.present["hgg"][row].tolist() == [True, True]
        assert batch.present["mets"][row].tolist() == [False, False]
        assert batch.targets["hgg"][row].amax((1, 2, 3)).tolist() == [1, 1]
    for row in rows(batch, "mets"):
        assert batch.present["hgg"][row].tolist() == [False, False]
        assert batch.present["mets"][row].tolist() == [True, False]
        assert batch.targets["mets"][row, 0].max() == 1


def test_a_sequence_that_a_cohort_lacks_is_empty_and_said_to_be_absent(batch: Batch) -> None:
    for row in rows(batch, "mets"):
        assert batch.present_sequences[row].tolist() == [True, False]
        assert not batch.image[row, 1].any()
    for row in rows(batch, "hgg"):
        assert batch.present_sequences[row].all()
        assert batch.image[row, 1].any()


def test_the_router_sees_the_tumour_of_either_pathology(batch: Batch) -> None:
    assert batch.present["kind"].all()
    assert [batch.targets["kind"][row] for row in rows(batch, "mets")] == [1, 1]
