"""What the images were like that a network learned from, so that others are noticed."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from braintumornet.core.json_record import Record


class SequenceProfile(Record):
    """Where the features of one sequence lie.

    Args:
        mean: of each feature, (F,).
        precision: inverse of their covariance, (F, F).
    """

    mean: Sequence[float]
    precision: Sequence[Sequence[float]]


class InputProfile(Record):
    """What the images were like.

    Args:
        features: what is measured of each sequence, in order; others were measured by other versions.
        cases: that tell it.
        limit: distance that at most one in twenty of cases like these exceeds, by leaving each of them out in turn.
        sequences: name -> where its features lie.
    """

    features: Sequence[str] = ()
    cases: Annotated[int, Field(ge=0)]
    limit: Annotated[float, Field(ge=0)]
    sequences: Mapping[str, SequenceProfile]
