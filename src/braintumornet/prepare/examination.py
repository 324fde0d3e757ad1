"""An examination that is to be prepared: which image shows what, and what else is known of the case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from braintumornet.core.cohort.case import Case
from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.stripping.network import WEIGHTS
from braintumornet.volumes.nifti import read_space
from braintumornet.volumes.volume import ras_grid

METHOD = 1
"""Counts up when a preparation of the same images would come out different; cases made before are then made anew."""


@dataclass(frozen=True)
class Examination:
    """One examination of one patient as it was scanned.

    Args:
        case_id: pseudonym, or the id that the user gave.
        patient_id: the same for all examinations of a patient.
        images: sequence -> the image that shows it.
        reasons: sequence -> why it is taken for it.
        known: the line of a cohort table that it comes from, with masks, brain mask and attributes, if there is one.
        notes: what a user should know.
    """

    case_id: str
    patient_id: str
    images: Mapping[str, SourceImage]
    reasons: Mapping[str, str] = field(default_factory=dict)
    known: Case | None = None
    notes: tuple[str, ...] = ()

    @property
    def masks(self) -> Mapping[str, Path]:
        """Name of a target -> file of the mask that somebody drew on one of the images."""
        return {} if self.known is None else self.known.targets

    @property
    def brainmask(self) -> Path | None:
        """A brain mask that the user gave, on the grid of one of the images."""
        return None if self.known is None else self.known.brainmask

    def fingerprint(self, settings: PrepareSettings) -> str:
        """Return a short hash of the images' content, the masks and the settings: an equal one gives an equal case."""
        files = {**self.masks, **({} if self.brainmask is None else {"brainmask": self.brainmask})}
        parts = {
            "method": METHOD,
            "images": {sequence: image.digest() for sequence, image in self.images.items()},
            "files": {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
            "settings": settings.as_notes(),
            "stripper": _stripper() if settings.skullstrip in ("auto", "network") else None,
        }
        return sha256(format_json(parts).encode()).hexdigest()[:12]

    def sequence_under(self, mask: Path, spaces: Mapping[str, Space]) -> str:
        """Return the sequence on whose grid a mask lies.

        Args:
            mask: a file.
            spaces: sequence -> its grid in RAS+ orientation.

        Raises:
            InputError: it lies on none of them.
        """
        grid = ras_grid(read_space(mask))
        for sequence, space in spaces.items():
            if grid == space:
                return sequence
        msg = (
            f"case {self.case_id}: the mask {mask.name} lies on the grid of none of its images ({grid}); "
            f"draw it on one of {', '.join(spaces)}, or resample it to one"
        )
        raise InputError(msg)

    def require_masks_fit(self, spaces: Mapping[str, Space]) -> None:
        """Refuse masks and a brain mask that lie on the grid of none of the images.

        Args:
            spaces: sequence -> its grid in RAS+ orientation.

        Raises:
            InputError: names the mask.
        """
        for mask in (*self.masks.values(), *([self.brainmask] if self.brainmask else [])):
            self.sequence_under(mask, spaces)

    def require_brainmask(self) -> None:
        """Refuse to go on without a brain mask of the user's.

        Raises:
            InputError: there is none.
        """
        if self.brainmask is None:
            msg = (
                f"case {self.case_id}: --skullstrip given needs a brain mask, and the case has none; add the column "
                "brainmask to the cohort table, or choose --skullstrip auto"
            )
            raise InputError(msg)

    def without_folders(self, text: str) -> str:
        """Return a message with the bare names of the files that it is about: folders may be called after patients."""
        files = [file.path for image in self.images.values() for file in image.files]
        files += [*self.masks.values(), *([self.brainmask] if self.brainmask else [])]
        for folder in sorted({str(file.parent) for file in files}, key=len, reverse=True):
            text = text.replace(f"{folder}/", "")
        return text


@cache
def _stripper() -> str:
    """Return what tells one version of the stripping network from another."""
    return sha256(WEIGHTS.read_bytes()).hexdigest() if WEIGHTS.exists() else ""
