"""All sequences of an examination brought to one of them, the reference; no voxel is changed yet."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.history import History
from braintumornet.prepare.quality.figure import Figure, Verdict, worst
from braintumornet.prepare.quality.registration_figures import pose_figures, registration_figures
from braintumornet.prepare.registration.bias_field import correct_bias
from braintumornet.prepare.registration.choose_reference import choose_reference
from braintumornet.prepare.registration.rigid import register_rigid
from braintumornet.volumes.volume import Volume


@dataclass(frozen=True, eq=False)
class AlignedImages:
    """The images of one head, and where they lie to each other.

    Args:
        scanned: sequence -> image as it was scanned, in RAS+.
        even: the same without their bias fields, for whatever compares images or looks for the brain.
        reference: the sequence that the others were brought to.
        reference_to_sequence_mm: sequence -> (4, 4) rigid motion from a point of the reference, RAS+ mm; as far as it
            is known.
    """

    scanned: Mapping[str, Volume]
    even: Mapping[str, Volume]
    reference: str
    reference_to_sequence_mm: dict[str, np.ndarray]

    @property
    def grids(self) -> dict[str, Space]:
        """Sequence -> its grid in RAS+ orientation."""
        return {sequence: image.space for sequence, image in self.scanned.items()}

    def output_to_sequence_mm(self, output_to_reference_mm: np.ndarray) -> dict[str, np.ndarray]:
        """Return sequence -> (4, 4) from a point of a grid to the same point of the sequence."""
        return {sequence: matrix @ output_to_reference_mm for sequence, matrix in self.reference_to_sequence_mm.items()}


def even_out(scanned: Mapping[str, Volume], history: History) -> AlignedImages:
    """Choose the reference, and take the bias fields away; where the others lie is not known yet.

    Args:
        scanned: sequence -> image in RAS+, at least one.
        history: of the case.
    """
    reference = choose_reference({sequence: image.space for sequence, image in scanned.items()})
    with history.step("bias field", method="N4, for registration and brain mask"):
        even = {sequence: correct_bias(image) for sequence, image in scanned.items()}
    return AlignedImages(scanned, even, reference, {reference: np.eye(4)})


def register_sequences(aligned: AlignedImages, history: History) -> None:
    """Find where each sequence lies to the reference, one after the other.

    Images on one grid that match each other best as they lie are left so: somebody registered them before.

    Args:
        aligned: gets what is found, also that of a sequence whose figures say that it failed.
        history: of the case.

    Raises:
        StepFailedError: a sequence could not be registered.
    """
    reference = aligned.reference
    for sequence in (other for other in aligned.scanned if other != reference):
        with history.step("registration", sequence=sequence, reference=reference, motion="rigid") as figures:
            matrix, judged = _align(aligned.even[reference], aligned.even[sequence], sequence)
            aligned.reference_to_sequence_mm[sequence] = matrix
            figures.extend(judged)


def _align(fixed: Volume, moving: Volume, sequence: str) -> tuple[np.ndarray, list[Figure]]:
    if fixed.space == moving.space:
        judged = pose_figures(fixed, moving, np.eye(4), sequence)
        if worst([figure.verdict for figure in judged]) == Verdict.PASS:
            return np.eye(4), judged
    there = register_rigid(fixed, moving)
    back = register_rigid(moving, fixed, points_of=there.points_of)  # a second opinion
    return there.matrix, registration_figures(fixed, moving, there, back, sequence)
