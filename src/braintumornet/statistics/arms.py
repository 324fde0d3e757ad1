"""The arms that are compared, out of one table of scores or of one for each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, require


def join_arms(scores: Sequence[Scores], named: Mapping[str, Scores]) -> Scores:
    """Return the rows of all tables, each with the arm that it is of.

    Args:
        scores: tables with their arms; one of several whose table names none is called A, B ... by its place.
        named: arm -> its table, whatever that calls it.

    Raises:
        InputError: a row has no arm, or two tables have one in common.

    Example:
        >>> one, other = (Scores.of([{"value": value}]) for value in (0.7, 0.8))
        >>> list(join_arms([one, other], {}).frame["arm"]), list(join_arms([], {"x": one, "y": other}).frame["arm"])
        (['A', 'B'], ['x', 'y'])
    """
    several = len(scores) + len(named) > 1
    tables = [
        Scores(table.frame.assign(arm=letter)) if several and not table.frame["arm"].any() else table
        for table, letter in zip(scores, ascii_uppercase, strict=False)
    ]
    tables += [Scores(table.frame.assign(arm=arm)) for arm, table in named.items()]
    joined = tables[0] if len(tables) == 1 else Scores.concat(tables)
    nameless = int((joined.frame["arm"] == "").sum())
    require(
        not nameless, f"{nameless} of {len(joined)} scores have no arm; say in the column arm whose values they are"
    )
    counts = Counter(arm for table in tables for arm in table.frame["arm"].unique())
    if twice := [arm for arm, number in counts.items() if number > 1]:
        msg = f"two tables have an arm {min(twice)!r}; name them, as in compare(first=..., second=...)"
        raise InputError(msg)
    return joined
