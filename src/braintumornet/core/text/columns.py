"""Columns of other people's tables, known by their names however people write them."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping

OTHER_WORDS = {
    "id": "case_id",
    "case": "case_id",
    "participant": "patient_id",
    "participant_id": "patient_id",
    "patient": "patient_id",
    "pid": "patient_id",
    "subject": "patient_id",
    "subject_id": "patient_id",
    "patient_name": "patient_id",
    "patient_no": "patient_id",
    "patient_number": "patient_id",
}
"""What other tools call a column of ours; said, not taken for it."""
_OTHER_LETTERS = {word.replace("_", ""): name for word, name in OTHER_WORDS.items()}


def column_key(name: str) -> str:
    """Return the name without what people write in different ways: capitals, blanks, hyphens, invisible signs.

    Example:
        >>> column_key(" Patient-ID"), column_key("Label scheme")
        ('patient_id', 'label_scheme')
    """
    seen = "".join(
        sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) not in ("Cc", "Cf")
    )
    return "_".join(seen.casefold().replace("-", " ").replace("_", " ").split())


def find_twice(columns: Iterable[tuple[str, str]]) -> list[str]:
    """Return a sentence for each column that stands in a table more than once.

    Args:
        columns: as written, with the name under which each is known.

    Example:
        >>> find_twice([("split", "split"), ("Split", "split")])
        ["columns 'split' and 'Split' are both 'split'; keep one"]
    """
    written: dict[str, list[str]] = {}
    for own, name in columns:
        written.setdefault(name, []).append(own)
    found = []
    for name, spellings in written.items():
        if len(spellings) > 1 and len(set(spellings)) == 1:
            found.append(f"the column {name!r} stands there {len(spellings)} times; keep one")
        elif len(spellings) > 1:
            found.append(f"columns {' and '.join(map(repr, spellings))} are both {name!r}; keep one")
    return found


def near_misses(columns: Collection[str], known: Collection[str]) -> dict[str, str]:
    """Return column -> the known one that was probably meant, for those known ones that the table lacks.

    Args:
        columns: of a table; those that are known themselves are left aside.
        known: what a column may be called.

    Example:
        >>> near_misses(["case_id", "spilt", "patientid", "site"], ["case_id", "patient_id", "split"])
        {'spilt': 'split', 'patientid': 'patient_id'}
    """
    missing = [name for name in known if name not in columns]
    others = [column for column in columns if column not in known]
    meant = {column: _meant(column, missing) for column in others}
    return {column: name for column, name in meant.items() if name is not None}


def _meant(column: str, missing: Collection[str]) -> str | None:
    key = column_key(column)
    letters = key.replace("_", "")
    if _OTHER_LETTERS.get(letters) in missing:
        return _OTHER_LETTERS[letters]
    for name in missing:
        wanted = name.replace("_", "")
        numbered = letters.rstrip("0123456789") == wanted != letters  # split1, split2 are columns of their own
        if not numbered and _edits(letters, wanted) <= (2 if len(wanted) > 8 else 1):
            return name
    return None


def _edits(one: str, other: str) -> int:
    """Return how many letters were added, left out, exchanged, or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            edits = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and one[i - 2] == wanted and other[j - 2] == letter:
                edits = min(edits, last[j - 2] + 1)
            row.append(edits)
    return row[-1]


def say_meant(near: Mapping[str, str]) -> list[str]:
    """Return a sentence for each near miss."""
    return [
        f"column {column!r} is none that is read; did you mean {name!r}? Rename it, or leave it if it is something else"
        for column, name in near.items()
    ]
