"""How examinations are prepared."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from braintumornet.core.text.errors import UsageError


class PrepareSettings(BaseModel):
    """Settings of a preparation; the defaults follow BraTS.

    Args:
        space: `atlas`, rigidly aligned to an atlas on its grid; `native`, 1 mm isotropic along the patient's axes;
            `original`, the grid of the best sequence, which is then not resampled at all.
        atlas: file of a skull-stripped atlas; None for the one that comes with a library, on the grid of BraTS.
        atlas_fit: `rigid` keeps volumes true; `affine` scales the brain to the atlas.
        skullstrip: what makes the brain mask: `auto`, `given`, `hd-bet`, `network` or `atlas`; `stripped` if the images
            are already skull-stripped: all that is not zero; `none` keeps the skull.
        skullstrip_command: another program that makes the mask, with `{input}` and `{output}` in place of the files.
        correct_bias: write images without their bias field; it is always removed for registration and mask.
        spacing_is_assumed: millimetres mean nothing, so figures in millimetres and millilitres are not judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: Literal["atlas", "native", "original"] = "atlas"
    atlas: Path | None = None
    atlas_fit: Literal["rigid", "affine"] = "rigid"
    skullstrip: Literal["auto", "given", "hd-bet", "network", "atlas", "stripped", "none"] = "auto"
    skullstrip_command: str | None = None
    correct_bias: bool = False
    spacing_is_assumed: bool = False

    @property
    def needs_atlas(self) -> bool:
        """Whether cases are aligned to an atlas, or an atlas makes their brain mask."""
        return self.space == "atlas" or self.skullstrip == "atlas"

    def require_consistent(self) -> None:
        """Refuse choices that contradict one another.

        Raises:
            UsageError: two choices contradict each other; the message names them and what to leave out.
        """
        if self.space != "atlas" and self.atlas_fit == "affine":
            msg = f"--atlas-fit affine scales to an atlas, and --space {self.space} has none; omit one of them"
            raise UsageError(msg)
        if self.atlas is not None and not self.needs_atlas:
            msg = f"--space {self.space} needs no atlas; omit --atlas, or --space"
            raise UsageError(msg)
        if self.skullstrip_command and self.skullstrip != "auto":
            msg = "--skullstrip-command makes the brain mask itself; omit --skullstrip"
            raise UsageError(msg)

    def as_notes(self) -> dict[str, Any]:
        """Return the settings as records hold them; an atlas is identified by file name and content, not by path."""
        said = self.model_dump(mode="json")
        if self.atlas is None:
            return said
        return {**said, "atlas": self.atlas.name, "atlas_sha256": sha256(self.atlas.read_bytes()).hexdigest()}
