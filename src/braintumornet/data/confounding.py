"""Where a class and the place that a case comes from cannot be told apart."""

from collections.abc import Iterable

from braintumornet.core.text.group_messages import list_some

ORIGINS = ("cohort", "site")
MOST_TOLD = 4


def explain_confounding(pairs: Iterable[tuple[str | None, str | None]], column: str, origin: str) -> str | None:
    """Return what is wrong where every origin has cases of one class only, or None.

    A network that learned to recognise the hospital would then be right about every class, and no score on these cases
    would show it.

    Args:
        pairs: class and origin of each case; those without either do not count.
        column: what the class is called.
        origin: what the origin is called.

    Example:
        >>> explain_confounding([("hgg", "A"), ("hgg", "A"), ("mets", "B")], "pathology", "site")[:50]
        'every site has one pathology only (A: hgg, B: mets'
        >>> explain_confounding([("hgg", "A"), ("mets", "A"), ("mets", "B")], "pathology", "site") is None
        True
    """
    known = [(value, place) for value, place in pairs if value and place]
    classes: dict[str, set[str]] = {}
    for value, place in known:
        classes.setdefault(place, set()).add(value)
    only = {place: next(iter(values)) for place, values in classes.items() if len(values) == 1}
    if len(only) < len(classes) or len(set(only.values())) < 2 or len(only) == len(known):
        return None  # the last: as many origins as cases, which says nothing
    told = [f"{place}: {value}" for place, value in sorted(only.items())]
    return (
        f"every {origin} has one {column} only ({list_some(told, MOST_TOLD)}), so that no score on these cases can "
        f"tell whether a network learned the {column} or the {origin}"
    )
