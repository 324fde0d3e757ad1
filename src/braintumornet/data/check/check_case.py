"""Everything that one case shows by itself."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from braintumornet.core.cohort.cohort_line import Line
from braintumornet.data.check.check_images import (
    check_brain,
    check_contrast,
    check_coverage,
    check_images,
    check_same_contents,
    shows_something,
)
from braintumornet.data.check.check_labels import check_labels, check_place
from braintumornet.data.check.check_pictures import take_pictures
from braintumornet.data.check.findings import CaseReport, Facts, Finding, Kind, Severity
from braintumornet.data.check.read_files import check_places, compare_grids, hash_contents, read_files
from braintumornet.data.check.t1_swap import check_swap, enhancing_voxels
from braintumornet.volumes.brain import brain_from_images
from braintumornet.volumes.brain_plausibility import BrainFacts, judge_brain
from braintumornet.volumes.head_image import SMALLEST_AXIS_VOXELS, HeadImage
from braintumornet.volumes.pictures import Picture
from braintumornet.volumes.skull import shows_skull, skull_score
from braintumornet.volumes.volume import Volume, axis_directions


@dataclass(frozen=True)
class _Loaded:
    """What could be read of a case.

    Args:
        line: of the table.
        heads: column -> what its file holds, on whatever grid.
        on_grid: those on the grid of the first.
        labels: mask's column -> int16 labels (D, H, W), of those on the grid.
    """

    line: Line
    heads: dict[str, HeadImage]
    on_grid: dict[str, Volume]
    labels: dict[str, np.ndarray]

    @property
    def volumes(self) -> dict[str, Volume]:
        """Volume of each column."""
        return {column: head.volume for column, head in self.heads.items()}

    @property
    def images(self) -> dict[str, Volume]:
        return {sequence: self.on_grid[sequence] for sequence in self.line.images if sequence in self.on_grid}

    @property
    def first_labels(self) -> np.ndarray | None:
        return next(iter(self.labels.values()), None)

    @cached_property
    def brain(self) -> np.ndarray | None:
        """The brain as training would have it; None where nobody can say."""
        if self.line.brainmask is not None:
            return self.on_grid["brainmask"].array > 0.5 if "brainmask" in self.on_grid else None
        return brain_from_images(image.array for image in self.images.values()) if self.images else None

    @cached_property
    def facts(self) -> BrainFacts | None:
        """Whether the brain can be one; None where nobody can say."""
        shown = {sequence: image for sequence, image in self.images.items() if shows_something(image.array)}
        if self.brain is None or not self.brain.any() or not shown or min(self.brain.shape) < SMALLEST_AXIS_VOXELS:
            return None
        images, (space, *_) = {s: image.array for s, image in shown.items()}, [image.space for image in shown.values()]
        facts = judge_brain(images, self.brain, space.spacing_mm, masked=self.line.brainmask is not None)
        return replace(facts, skull=facts.skull or self._skull_elsewhere())

    def _skull_elsewhere(self) -> bool:
        """Say whether images on other grids, without a brain mask there, show the skull."""
        others = [self.volumes[s] for s in self.line.images if s in self.volumes and s not in self.on_grid]
        return shows_skull(skull_score(image.array, image.array != 0, image.space.spacing_mm) for image in others)


def check_case(line: Line, pictures: bool = False) -> CaseReport:
    """Read all files of a case and say what is wrong with them.

    Args:
        line: of the cohort table.
        pictures: whether to take slices to look at.
    """
    findings = _check_line(line)
    heads, wrong = read_files(line.files, line.images)
    volumes = {column: head.volume for column, head in heads.items()}
    on_grid, misplaced = compare_grids(volumes)
    misplaced += check_places({column: head.native for column, head in heads.items()})
    labels, mislabelled = _read_labels(line, volumes)
    loaded = _Loaded(line, heads, on_grid, {c: mask for c, mask in labels.items() if c in on_grid})
    contents = hash_contents(volumes)
    findings += [*wrong, *misplaced, *mislabelled, *_check_images(loaded), *check_same_contents(contents, line.images)]
    if loaded.brain is not None:
        findings += _check_in_brain(loaded, loaded.brain)
    return CaseReport(
        line=line.number,
        case_id=line.id,
        findings=tuple(replace(finding, line=line.number, case_id=line.id, table=line.table) for finding in findings),
        facts=_collect_facts(loaded, contents),
        pictures=_take_pictures(loaded) if pictures else (),
        table=line.table,
    )


def _check_line(line: Line) -> list[Finding]:
    findings = [Finding(Kind.TABLE, Severity.ERROR, text) for text in line.faults]
    if not line.images:
        text = "has no image: the cell of every sequence is blank or wrong; fill at least one, or take the line out"
        findings.append(Finding(Kind.NO_IMAGE, Severity.ERROR, text))
    return findings


def _read_labels(line: Line, volumes: dict[str, Volume]) -> tuple[dict[str, np.ndarray], list[Finding]]:
    targets = [column for column in line.targets if column in volumes]
    checked = {column: check_labels(column, volumes[column].array, line.coding) for column in targets}
    labels = {column: mask for column, (mask, _) in checked.items() if mask is not None}
    return labels, [finding for _, wrong in checked.values() for finding in wrong]


def _check_images(loaded: _Loaded) -> list[Finding]:
    line, volumes = loaded.line, loaded.volumes
    images = {sequence: volumes[sequence].array for sequence in line.images if sequence in volumes}
    findings = check_images(images)
    if "brainmask" in volumes:
        findings += check_brain(volumes["brainmask"].array)
    return findings


def _check_in_brain(loaded: _Loaded, brain: np.ndarray) -> list[Finding]:
    findings = []
    for column, mask in loaded.labels.items():
        findings += check_place(column, mask, brain)
    images, labels = {name: image.array for name, image in loaded.images.items()}, loaded.first_labels
    findings += check_contrast(images, brain)
    findings += [] if loaded.line.brainmask is None else check_coverage(images, brain)
    facts = loaded.facts
    if "t1n" in images and "t1c" in images and facts is not None and not facts.holds_more:
        healthy = brain if labels is None else brain & (labels == 0)
        enhancing = None if labels is None else enhancing_voxels(labels, loaded.line.coding)
        findings += check_swap(images["t1n"], images["t1c"], healthy, enhancing)
    return findings


def _take_pictures(loaded: _Loaded) -> tuple[Picture, ...]:
    shown = brain_from_images(image.array for image in loaded.images.values()) if loaded.images else None
    brain = shown if loaded.brain is None else loaded.brain
    if brain is None:
        return ()
    return take_pictures(loaded.images, brain, loaded.first_labels, loaded.line.coding)


def _collect_facts(loaded: _Loaded, contents: dict[str, str]) -> Facts:
    labels = loaded.first_labels
    first = next(iter(loaded.images), None)
    if first is None:
        return Facts(contents=contents)
    space = loaded.images[first].space
    return Facts(
        space=space,
        orientation=axis_directions(loaded.heads[first].native),
        tumour_ml=None if labels is None else float((labels > 0).sum()) * space.voxel_ml,
        contents=contents,
        brain=loaded.facts,
    )
