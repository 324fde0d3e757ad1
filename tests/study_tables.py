"""Tables of small studies."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from braintumornet.core.scores import Scores
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.plan import Plan
from braintumornet.studies.run_jobs import execute, run_here
from braintumornet.studies.study_cohorts import load_cases
from braintumornet.studies.study_file import Study
from braintumornet.studies.study_folder import StudyFolder


def make_scores(arm: str, values: np.ndarray, **names: str) -> Scores:
    """Return the scores of an arm from values (splits, seeds, patients); NaN stands in the table as it is."""
    about = {"task": "tumour", "structure": "WT", "metric": "dice", **names}
    return Scores.of(
        {"arm": arm, "split": j, "seed": s, "case_id": f"case-{i:03}", **about, "value": value}
        for (j, s, i), value in np.ndenumerate(values)
    )


@pytest.fixture
def study() -> Callable[..., Scores]:
    """A study of two arms: differences (splits, seeds, patients) -> its scores."""

    def build(differences: np.ndarray, arms: Sequence[str] = ("single", "multi"), **names: str) -> Scores:
        base = np.random.default_rng(1).uniform(0.3, 0.7, differences.shape)
        values = (base, base + differences)
        return Scores.concat(make_scores(arm, each, **names) for arm, each in zip(arms, values, strict=True))

    return build


@pytest.fixture
def noise() -> np.ndarray:
    """Differences of six splits, two seeds and nine patients, around no effect."""
    rng = np.random.default_rng(7)
    return rng.normal(0, 0.05, (6, 1, 1)) + rng.normal(0, 0.03, (6, 2, 1)) + rng.normal(0, 0.1, (6, 2, 9))


TINY_STUDY = {
    "experiment": "demo",
    "set": {
        "training.steps": 2,
        "training.save_every": 1,
        "data.patch": [16, 16, 16],
        "data.batch_size": 2,
        "backbone.width": 8,
        "backbone.blocks_down": [1, 1],
        "backbone.blocks_up": [1],
        "inference.overlap": 0,
    },
    "arms": {
        "single": {"tasks": ["tumour"]},
        "multi": {},
        "marker alone": {"tasks": ["genotype"], "set": {"tasks.0.roi": "patch"}},
        "facts": {"kind": "clinical_baseline", "task": "genotype"},
        "best of both": {"kind": "task_ensemble", "members": {"tumour": "single", "genotype": "multi"}},
    },
    "splits": {"repeats": 2, "train": 0.5, "val": 0.2, "test": 0.3},
    "phantoms": {
        "phantom-children": {
            "cases": 12,
            "head": {
                "shape": [24, 24, 24],
                "spacing_mm": [7, 7, 7],
                "genotype_mix": {"fusion": 0.4, "v600e": 0.3, "other": 0.3},
            },
        },
        "phantom-unseen": {
            "cases": 2,
            "seed": 5,
            "external": True,
            "head": {"shape": [24, 24, 24], "spacing_mm": [7, 7, 7]},
        },
    },
}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, StudyFolder]:
    """A study of two splits that ran to its end, on phantoms of 24^3 voxels; copy the folder to change it."""
    folder = StudyFolder(tmp_path_factory.mktemp("study"))
    study = Study.model_validate(TINY_STUDY)
    plan = plan_study(study, *load_cases(study, folder))
    assert execute(plan, folder, run_here(), lambda outcome: None) == []
    return plan, folder
