"""One examination, prepared: read, register, find the brain, place it, interpolate once, write."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from braintumornet import __version__
from braintumornet.core.files.atomic_write import write_bytes, write_json
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.errors import BrainTumorNetError, UsageError
from braintumornet.core.text.printable import one_line
from braintumornet.prepare.align_sequences import AlignedImages, even_out, register_sequences
from braintumornet.prepare.atlas import Atlas
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.history import History
from braintumornet.prepare.place_brain import FoundBrain, PlacedBrain, find_brain, place_brain
from braintumornet.prepare.preparation_record import FILE, PICTURE, Grid, PreparationRecord, PreparedImage
from braintumornet.prepare.quality.case_picture import case_picture
from braintumornet.prepare.quality.content_figures import content_figures, image_figures
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.prepare.registration.sharpness import sharpness_loss_percent
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.write_case import place_images, place_masks, write_case
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume


@dataclass
class _Progress:
    """How far the preparation of a case has come: what is not there yet is None or empty."""

    history: History = field(default_factory=History)
    aligned: AlignedImages | None = None
    found: FoundBrain | None = None
    brain: PlacedBrain | None = None
    images: Mapping[str, Volume] = field(default_factory=dict)


def prepare_case(
    examination: Examination, settings: PrepareSettings, atlas: Atlas | None, folder: Path
) -> PreparationRecord:
    """Prepare one examination and write it to `<folder>/<case_id>/`.

    A step that fails ends it: there is then no prepared case, and the history says why.

    Args:
        examination: which image is which sequence.
        settings: how.
        atlas: where it is to lie, if on one.
        folder: of the cohort.

    Returns:
        The history, which is also written, as the last file.

    Raises:
        UsageError: what was asked for cannot be done for any case.
    """
    place = folder / examination.case_id
    _remove_case(place, examination.case_id)
    progress, failure = _Progress(), None
    try:
        _prepare(examination, settings, atlas, place, progress)
    except UsageError:
        raise
    except BrainTumorNetError as error:
        failure = examination.without_folders(str(error)).removeprefix(f"case {examination.case_id}: ")
    except Exception as error:  # whatever one odd image leads to, its history says how far it came
        failure = examination.without_folders(one_line(f"unexpected error: {type(error).__name__}: {error}"))
    if failure:
        _remove_case(place, examination.case_id)
    record = _record(examination, settings, progress, failure)
    if picture := _picture(progress, record):
        write_bytes(place / PICTURE, picture)
    write_json(place / FILE, record.as_json())
    return record


def _remove_case(place: Path, case_id: str) -> None:
    """Leave no file of an earlier preparation, which may have had other sequences."""
    (place / FILE).unlink(missing_ok=True)  # first: it says that the others are there
    (place / PICTURE).unlink(missing_ok=True)
    for file in place.glob(f"{glob.escape(case_id)}_*.nii.gz"):
        file.unlink()


def _prepare(
    examination: Examination, settings: PrepareSettings, atlas: Atlas | None, place: Path, progress: _Progress
) -> None:
    history = progress.history
    if settings.skullstrip == "given":
        examination.require_brainmask()
    history.notes += [*examination.notes, *(note for image in examination.images.values() for note in image.notes)]
    with history.step("reading", images=len(examination.images)) as figures:
        scanned = {sequence: image.read() for sequence, image in examination.images.items()}
        figures.extend(image_figures(scanned))
        examination.require_masks_fit({sequence: image.space for sequence, image in scanned.items()})
    progress.aligned = aligned = even_out(scanned, history)
    register_sequences(aligned, history)
    progress.found = found = find_brain(aligned, examination, settings, atlas, history)
    progress.brain = brain = place_brain(aligned, found, settings, atlas, history)
    with history.step("interpolation", order=3, times=1):
        progress.images = place_images(aligned, brain, settings)
        masks = place_masks(examination, aligned, brain)
    if brain.brainmask is not None:
        with history.step("content") as figures:
            figures.extend(content_figures(progress.images, brain.brainmask))
    with history.step("writing"):
        write_case(examination.case_id, progress.images, masks, brain, place)


def _record(
    examination: Examination, settings: PrepareSettings, progress: _Progress, failure: str | None
) -> PreparationRecord:
    aligned, brain = progress.aligned, progress.brain
    images = {}
    if aligned is not None:
        to_output = np.eye(4) if brain is None else brain.output_to_reference_mm
        for sequence, matrix in aligned.output_to_sequence_mm(to_output).items():
            images[sequence] = _image_record(examination, sequence, matrix, aligned, progress.images.get(sequence))
    return PreparationRecord(
        version=__version__,
        case_id=examination.case_id,
        fingerprint=examination.fingerprint(settings),
        settings=settings.as_notes(),
        reference=aligned.reference if aligned else None,
        images=images,
        output=None if brain is None else Grid.of(brain.grid),
        brainmask=brain.by if brain else None,
        steps=progress.history.steps,
        notes=progress.history.notes,
        failure=failure,
        use=RESEARCH_USE,
    )


def _image_record(
    examination: Examination, sequence: str, matrix: np.ndarray, aligned: AlignedImages, written: Volume | None
) -> PreparedImage:
    source = examination.images[sequence]
    scanned = aligned.scanned[sequence]
    return PreparedImage(
        source=source.name,
        reason=examination.reasons.get(sequence, ""),
        grid=Grid.of(source.space or scanned.space),
        output_to_sequence_mm=matrix.tolist(),
        sharpness_loss_percent=None if written is None else sharpness_loss_percent(scanned, written, matrix),
    )


def _picture(progress: _Progress, record: PreparationRecord) -> bytes | None:
    """Draw the case as far as it came; None where there is no image."""
    aligned = progress.aligned
    if aligned is None:
        return None
    figures = [figure for step in record.steps for figure in step.figures]
    if progress.images and progress.brain is not None:
        return case_picture(progress.images, aligned.reference, progress.brain.brainmask, figures)
    grid = aligned.scanned[aligned.reference].space
    known = aligned.reference_to_sequence_mm
    images = {
        sequence: resample_once(image, grid, known.get(sequence, np.eye(4)), order=1)
        for sequence, image in aligned.scanned.items()
    }
    mask = None if progress.found is None or progress.found.mask is None else resample(progress.found.mask, grid, 0)
    return case_picture(images, aligned.reference, mask, figures)
