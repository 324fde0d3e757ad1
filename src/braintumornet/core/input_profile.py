"""What the images were like that a network learned from, so that others are noticed."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from braintumornet.core.json_record import Record


class InputProfile(Record):
    """What the images were like.

    Args:
        features: what is measured, in order; others were measured by other versions.
        cases: that tell it.
        measured: of each of these, group of features -> sequence, or two of them -> features; none of what it lacks.
    """

    features: Sequence[str] = ()
    cases: Annotated[int, Field(ge=0)]
    measured: Sequence[Mapping[str, Mapping[str, Sequence[float]]]] = ()
