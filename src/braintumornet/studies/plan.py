"""What a study runs: jobs, each with its own cases, and where the answers of each arm are to be found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.file_hashes import Digests
from braintumornet.data.splits import Split
from braintumornet.studies.split_schemes import IndependentReplicates
from braintumornet.studies.study_arms import ClinicalBaselineArm, ExternalMasksArm, PretrainedArm
from braintumornet.studies.study_file import TEST, VAL, Study


@dataclass(frozen=True)
class Job:
    """One piece of work: train a network or take one, and let it answer for some cohorts.

    Args:
        name: of its folder.
        arm: that it belongs to.
        split, seed: of which.
        cohort: cases that it learns from and validates on, with their sides.
        parts: name (`val`, `test`, or of a fixed cohort) -> cases to answer for.
        fingerprint: of all that can change the result.
        network: fingerprint of all that can change the network alone.
        config: of a network to train.
        starts_from: job whose network it starts from.
        choices: points of a grid, each with the job that tried it; the best on validation is taken as it is.
        given: settings of an arm that is not trained here.
    """

    name: str
    arm: str
    split: str
    seed: int
    cohort: Cohort
    parts: Mapping[str, Cohort]
    fingerprint: str = ""
    network: str = ""
    config: ExperimentConfig | None = None
    starts_from: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    given: PretrainedArm | ExternalMasksArm | ClinicalBaselineArm | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Jobs that must be done before."""
        return tuple(filter(None, (self.starts_from, *(job for _, job in self.choices))))


@dataclass(frozen=True)
class Cell:
    """Where the answers of an arm in one split, with one seed, are to be found.

    Args:
        jobs: task -> job that answers it; "" for every other task.
    """

    arm: str
    split: str
    seed: int
    jobs: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """All that a study runs.

    Args:
        study: the file.
        splits: name -> who is on which side.
        jobs: by name, in an order in which what one needs comes before it.
        cells: of the table of results.
        fingerprint: of the study and its cases.
        cohort: all cases that are split.
        external: name -> fixed cohort.
        digests: what is known of the files of all cases.
    """

    study: Study
    splits: Mapping[str, Split]
    jobs: Mapping[str, Job]
    cells: tuple[Cell, ...]
    fingerprint: str
    cohort: Cohort
    external: Mapping[str, Cohort]
    digests: Digests = field(default_factory=Digests, compare=False, repr=False)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of what is answered for: the sides of a split, then the fixed cohorts."""
        sides = (VAL, TEST) if any(split.val for split in self.splits.values()) else (TEST,)
        return (*sides, *self.external)

    @property
    def test_share(self) -> float:
        """Patients tested over patients that train, averaged over the splits; 0 where splits share no patient."""
        if isinstance(self.study.splits, IndependentReplicates):
            return 0.0
        patient = {case.id: case.patient_id for case in self.cohort if case.fits(self.study.where)}
        counts = [
            [len({patient[i] for i in split.ids(side) if i in patient}) for side in ("test", "train")]
            for split in self.splits.values()
        ]
        return sum(test / train for test, train in counts) / len(counts)


def job_name(arm: str, split: str, seed: int, choice: str = "") -> str:
    """Return the name of a job's folder.

    Example:
        >>> job_name("multi-task", "2", 0, "weighting.weights.genotype=0.3")
        'multi-task_split-2_seed-0_weighting.weights.genotype-0.3'
    """
    words = [arm, f"split-{split}", f"seed-{seed}", choice]
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in "_".join(filter(None, words)))
