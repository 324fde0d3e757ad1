"""What was decided about one image."""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["use", "omit", "ask"]


@dataclass(frozen=True)
class Recognition:
    """Which sequence an image is, whether it is used, and why.

    Args:
        name: of the image, as `SourceImage.name`.
        sequence: `t1n`, `t1c`, `t2w` or `t2f`; None where it is none of them, or not known.
        decision: `use` it, `omit` it, or `ask` the user.
        reason: what the decision rests on; holds no free text of a header.
        spare: whether it is omitted only because another image of the sequence is used.
    """

    name: str
    sequence: str | None
    decision: Decision
    reason: str
    spare: bool = False
