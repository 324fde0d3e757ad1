"""The documentation says what the code does."""

import json
import re
import shutil
from pathlib import Path

import pytest

from braintumornet.config import ExperimentConfig, InferenceSettings
from braintumornet.core.cohort.label_scheme import LABEL_SCHEMES, REGIONS, TISSUES
from braintumornet.core.plugin import Settings
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.data.check.findings import Kind, Severity
from braintumornet.data.data_settings import (
    AugmentSettings,
    DataSettings,
    ProbabilitySettings,
    SamplingSettings,
    SplitSettings,
)
from braintumornet.metrics.lesion_definition import PRESETS, LesionSettings
from braintumornet.networks.deepmedic.deepmedic import DeepMedic
from braintumornet.networks.resunet import ResUNet
from braintumornet.networks.training_settings import TrainingSettings
from braintumornet.networks.transfer import TransferSettings
from braintumornet.studies.read_study import SHIPPED_STUDIES, load_study
from braintumornet.studies.split_schemes import (
    IndependentReplicates,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplits,
    RepeatedHoldout,
)
from braintumornet.studies.study_arms import (
    BudgetSettings,
    ClinicalBaselineArm,
    ExternalMasksArm,
    Grid,
    PretrainedArm,
    TaskEnsembleArm,
    TrainedArm,
)
from braintumornet.studies.study_file import Permutation, Study
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.pooled_segmentation import PooledSegmentationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.weighting.weighting import Weighting

ROOT = Path(__file__).resolve().parents[1]

SECTIONS = (
    ExperimentConfig,
    SegmentationTask,
    ClassificationTask,
    DataSettings,
    SplitSettings,
    SamplingSettings,
    AugmentSettings,
    ProbabilitySettings,
    ResUNet,
    *Weighting.kinds().values(),
    DeepMedic,
    TrainingSettings,
    TransferSettings,
    PooledSegmentationTask,
    InferenceSettings,
)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_in_the_reference(section: type[Settings]) -> None:
    words = set(re.findall(r"\w+", (ROOT / "docs/reference/configuration.md").read_text()))
    assert set(section.model_fields) <= words


@pytest.mark.parametrize(
    "section",
    [
        Study,
        TrainedArm,
        PretrainedArm,
        ExternalMasksArm,
        ClinicalBaselineArm,
        TaskEnsembleArm,
        Grid,
        RepeatedHoldout,
        KFold,
        LeaveOneGroupOut,
        PredefinedSplits,
        IndependentReplicates,
        BudgetSettings,
        Permutation,
    ],
)
def test_every_key_of_a_study_is_in_its_how_to(section: type[Settings]) -> None:
    words = set(re.findall(r"\w+", (ROOT / "docs/how-to/study.md").read_text()))
    assert set(section.model_fields) <= words


@pytest.mark.parametrize("page", ["study", "own-cohort", "nnunet"])
def test_study_files_of_the_how_tos_can_be_read(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each YAML block is whole, or begins with the file name under which another one names it as its base."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SHIPPED_STUDIES / "study_plgg_tiny.yaml", tmp_path / "mine.yaml")
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / f"docs/how-to/{page}.md").read_text(), re.DOTALL)
    (tmp_path / "read.yaml").write_text(block)
    study = load_study("read.yaml")
    assert len(study.arms) >= 2


def test_the_schema_of_a_prediction_is_that_of_its_record() -> None:
    published = (ROOT / "docs/reference/prediction.schema.json").read_text()
    schema = json.dumps(PredictionRecord.model_json_schema(), indent=2) + "\n"
    assert published == schema, "write json.dumps(PredictionRecord.model_json_schema(), indent=2) to the file"


def test_every_coding_region_and_tissue_is_in_the_reference() -> None:
    words = set(re.findall(r"\w+", (ROOT / "docs/reference/cohort-table.md").read_text()))
    assert {*LABEL_SCHEMES, *REGIONS, *TISSUES} <= words


def test_every_kind_of_finding_is_in_the_how_to() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \| (\w+) \|", (ROOT / "docs/how-to/check-your-data.md").read_text(), re.MULTILINE
    )
    assert {kind for kind, _ in rows} == set(Kind)
    assert {severity for _, severity in rows} == set(Severity)


def test_every_setting_and_preset_of_lesions_is_in_the_how_to() -> None:
    text = (ROOT / "docs/how-to/scores.md").read_text()
    assert {*LesionSettings.model_fields, *PRESETS} <= set(re.findall(r"[\w-]+", text))
    rows = re.findall(r"^\| (`brats2023.*) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    told = {name: tuple(map(float, numbers)) for names, *numbers in rows for name in re.findall(r"[\w-]{5,}", names)}
    assert told == {name: (preset.dilation_mm, preset.ignored_up_to_mm3) for name, preset in PRESETS.items()}
