"""Masks and probabilities of prepared cases, brought back to the grids on which the patient was scanned."""

from pathlib import Path

import numpy as np

from braintumornet.core.space import require_same_space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import suggest
from braintumornet.prepare.preparation_record import PreparationRecord
from braintumornet.prepare.way_back import carry_labels, carry_probabilities
from braintumornet.volumes.nifti import read_channels, write_channels
from braintumornet.volumes.volume import Volume, ras_grid


def carry_to_native(file: Path, record: PreparationRecord, sequence: str | None, output: Path) -> str:
    """Write a mask, or maps of probability, of a prepared case on the grid of one of its scans.

    Labels are carried by the share that each has in a voxel, probabilities by interpolation.

    Args:
        file: NIfTI on the grid of the prepared case; maps lie along the fourth axis.
        record: history of the case.
        sequence: on whose scan; None for the reference, which was interpolated least.
        output: file to write.

    Returns:
        The sequence.

    Raises:
        UsageError: the case has no such sequence.
        InputError: the case was not prepared, or the file lies on another grid.
    """
    sequence = sequence or record.reference
    if record.output is None or record.failure or sequence is None:
        msg = f"case {record.case_id}: it was not prepared, so there is no way back: {record.failure}"
        raise InputError(msg)
    if sequence not in record.images:
        msg = f"case {record.case_id} has no {sequence}; {suggest(sequence, record.images)}"
        raise UsageError(msg)
    channels = read_channels(file)
    require_same_space(channels[0].space, ras_grid(record.output.space), file.name, "the prepared case")
    image = record.images[sequence]
    native = image.grid.space
    native_to_output_mm = np.linalg.inv(np.asarray(image.output_to_sequence_mm))
    carry = carry_labels if _are_labels(channels) else carry_probabilities
    write_channels([carry(one, ras_grid(native), native_to_output_mm) for one in channels], output, native)
    return sequence


def _are_labels(channels: list[Volume]) -> bool:
    """Say whether a file holds labels: one volume of whole numbers."""
    return len(channels) == 1 and np.array_equal(channels[0].array, np.rint(channels[0].array))
