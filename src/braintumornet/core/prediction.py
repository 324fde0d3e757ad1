"""What a network says about a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.space import Space

MASK_THRESHOLD = 0.5
RESEARCH_USE = "research use; not for clinical decisions"


@dataclass(frozen=True)
class RegionMap:
    """Probability of each region at each voxel.

    Args:
        regions: names, in the order of the first axis.
        probabilities: float32 array (regions, D, H, W) in the prediction's space.
        decision_scores: of the same shape; a region is where it is above one half. Default the probabilities.
    """

    regions: tuple[str, ...]
    probabilities: np.ndarray
    decision_scores: np.ndarray | None = None

    @property
    def decisive(self) -> np.ndarray:
        """What masks are cut from, at one half."""
        return self.probabilities if self.decision_scores is None else self.decision_scores

    @property
    def masks(self) -> np.ndarray:
        """Where each region is: bool (regions, D, H, W)."""
        return np.asarray(self.decisive > MASK_THRESHOLD)


@dataclass(frozen=True)
class Routing:
    """What a router chose.

    Args:
        chose: the class that it found.
        left_out: segmentation task that is not for this class -> its regions.
        left_out_ml: such a task -> region -> ml that it would have outlined, of those that could be assessed.
        measured: the router's `balanced_accuracy` and macro `auc` over `cases` that it did not learn from; empty where
            nobody measured them.
    """

    chose: str
    left_out: Mapping[str, tuple[str, ...]]
    measured: Mapping[str, float] = field(default_factory=dict)
    left_out_ml: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Prediction:
    """All answers of one network about one case.

    Args:
        case_id: whose.
        space: grid of the maps, in RAS+ orientation.
        native_space: grid of the case's own images, in which the maps are written.
        maps: segmentation task -> region probabilities, of what could be assessed; no entry where nothing could.
        classes: classification task -> class -> probability.
        answers: kind -> task of it -> plain values; of the kinds that give neither maps nor classes.
        notes: what a reader must know, such as "no tumour was predicted".
        provenance: run, fingerprints and version that made it.
        routing: what a router chose; None where it was not asked.
        midplane: between the halves of the brain, as `find_midplane` returns it; None where it is not known.
        inputs: column of the cohort table -> SHA-256 of the file that was read.
        seen_in_training: whether the network learned from this case or another of its patient, so that its scores
            flatter.
        sequences: that the case has, of those that the network reads.
        not_assessed: segmentation task -> region -> why it could not be assessed.
        validation: on whom the tasks were validated, in one sentence; blank where nobody says.
    """

    case_id: str
    space: Space
    native_space: Space
    maps: Mapping[str, RegionMap]
    classes: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    seen_in_training: bool = False
    routing: Routing | None = None
    midplane: tuple[float, float, float, float] | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    sequences: tuple[str, ...] = ()
    not_assessed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    validation: str = ""

    def of(self, task: str) -> Any:
        """Return the answer of a task.

        Raises:
            KeyError: the task was not asked, or nothing that it outlines could be assessed.
        """
        return {**self.maps, **self.classes, **{k: v for kind in self.answers.values() for k, v in kind.items()}}[task]


@dataclass(frozen=True)
class PredictionFolder:
    """Where predictions lie on disk; the only place that knows their file names.

    Example:
        >>> PredictionFolder(Path("predictions")).labels("case1", "glioma").name
        'case1_glioma.nii.gz'
    """

    path: Path

    def summary(self, case_id: str) -> Path:
        """Numbers, classes, notes and origin; written last, so that its presence says that all is there."""
        return self.path / f"{case_id}.json"

    def case_ids(self) -> list[str]:
        """Return the ids of the cases whose summaries lie there."""
        return sorted(file.stem for file in self.path.glob("*.json") if not file.name.startswith("."))

    @property
    def measures(self) -> Path:
        """Table of volumes, lesions and diameters of all cases."""
        return self.path / "measures.csv"

    def lock(self, case_id: str) -> Path:
        """Held while the files of a case are written; only there meanwhile."""
        return self.path / f".{case_id}.lock"

    def labels(self, case_id: str, task: str, region: str | None = None) -> Path:
        """Label file of a task, or of one region where regions overlap in a way that one file cannot hold."""
        return self.path / (f"{case_id}_{task}_{region}.nii.gz" if region else f"{case_id}_{task}.nii.gz")

    def files(self) -> list[Path]:
        """Return all masks, maps and summaries that lie there, also those of other tools."""
        return [file for file in self.path.glob("*") if file.name.lower().endswith((".json", ".nii", ".nii.gz"))]

    def page(self, case_id: str) -> Path:
        """What a person reads of a prediction, in one file."""
        return self.path / f"{case_id}.html"

    def probabilities(self, case_id: str, task: str) -> Path:
        """Region probabilities of a task, with the regions along the fourth axis."""
        return self.path / f"{case_id}_{task}_prob.nii.gz"

    def entropy(self, case_id: str, task: str) -> Path:
        """Where a task's regions are unsure: the largest of their binary entropies, in bits."""
        return self.path / f"{case_id}_{task}_entropy.nii.gz"
