"""Texts for people, kept short: those that differ in their numbers alone are said once, long lists are cut."""

import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")  # not the 1 of t1c


def without_numbers(text: str) -> str:
    """Return a text with its numbers left open; equal for texts of one kind.

    Example:
        >>> without_numbers("t1c: 3100 ml count as brain, 2.5 mm")
        't1c: # ml count as brain, # mm'
    """
    return _NUMBER.sub("#", text)


def list_some(names: Sequence[str], most: int) -> str:
    """Return names with commas between them, and of too many only how many more there are.

    Example:
        >>> list_some(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def group_alike(texts: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return what is said of which cases, texts that differ in their numbers alone as one.

    Args:
        texts: case id and what is said of it.

    Returns:
        For each kind of text, in the order of the first: the text, with ranges for numbers that differ, and the cases.

    Example:
        >>> group_alike([("a", "3100 ml of brain"), ("b", "no t1c"), ("c", "4000 ml of brain")])
        [('3100 to 4000 ml of brain', ['a', 'c']), ('no t1c', ['b'])]
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for case_id, text in texts:
        groups.setdefault(without_numbers(text), []).append((case_id, text))
    return [(_with_ranges([text for _, text in group]), [case_id for case_id, _ in group]) for group in groups.values()]


def _with_ranges(texts: Sequence[str]) -> str:
    columns = iter([_range(numbers) for numbers in zip(*(_NUMBER.findall(text) for text in texts), strict=True)])
    return _NUMBER.sub(lambda _: next(columns), texts[0])


def _range(numbers: Sequence[str]) -> str:
    low, high = min(numbers, key=float), max(numbers, key=float)
    return low if float(low) == float(high) else f"{low} to {high}"
