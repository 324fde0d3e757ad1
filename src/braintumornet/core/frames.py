"""Rows and groups of a pandas table, in the order in which they stand there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def rows_of(frame: "pd.DataFrame") -> Iterator[Any]:
    """Yield each row, with its cells as attributes."""
    yield from frame.itertuples(index=False)


def groups_of(frame: "pd.DataFrame", *columns: str) -> Iterator[tuple[tuple[Any, ...], "pd.DataFrame"]]:
    """Yield the cells that rows have in common in these columns, and these rows; first what stands first.

    Example:
        >>> import pandas as pd
        >>> [place for place, rows in groups_of(pd.DataFrame({"arm": ["b", "a", "b"]}), "arm")]
        [('b',), ('a',)]
    """
    yield from frame.groupby(list(columns), sort=False)
