"""Who trains, validates and tests is a matter of the table and of `data.split`, not of what is learned."""

from collections import Counter
from pathlib import Path

import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError
from braintumornet.training.preflight import check_columns
from braintumornet.training.start_run import choose_split

GENOTYPES = ("fusion", "v600e", "other")


@pytest.fixture
def cohort() -> Cohort:
    """Thirty patients, ten with each genotype."""
    return Cohort(
        "children",
        tuple(
            Case(f"c{i:02}", f"c{i:02}", "children", {}, attributes={"genotype": GENOTYPES[i % 3]}) for i in range(30)
        ),
    )


def with_split(tiny: ExperimentConfig, tasks: slice = slice(None), **more: object) -> ExperimentConfig:
    content = tiny.model_dump(mode="json")
    content["data"]["split"] = {"train": 0.6, "val": 0.2, "test": 0.2, **more}
    return ExperimentConfig.from_content({**content, "tasks": content["tasks"][tasks]}, "split")


def test_a_marker_changes_nobodys_side(tiny: ExperimentConfig, cohort: Cohort, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    for more in ({}, {"stratify": ["genotype"]}):
        alone, beside = (with_split(tiny, tasks, **more) for tasks in (slice(1), slice(None)))
        assert choose_split(alone, cohort, run, resume=False) == choose_split(beside, cohort, run, resume=False)


def test_sides_have_their_part_of_what_is_stratified_by(tiny: ExperimentConfig, cohort: Cohort, tmp_path: Path) -> None:
    config = with_split(tiny, stratify=["genotype"])
    split = choose_split(config, cohort, RunFolder(tmp_path / "run"), resume=False)
    for ids, number in ((split.train, 6), (split.val, 2), (split.test, 2)):
        assert Counter(case.value("genotype") for case in cohort.with_ids(list(ids))) == dict.fromkeys(
            GENOTYPES, number
        )


def test_a_column_that_nobody_has_anything_in_is_refused(tiny: ExperimentConfig, cohort: Cohort) -> None:
    config = with_split(tiny, stratify=["genotyp"])
    with pytest.raises(
        UsageError, match="^data.split.stratify: no case of .* has a column 'genotyp'; did you mean 'geno"
    ):
        check_columns(config, cohort)
