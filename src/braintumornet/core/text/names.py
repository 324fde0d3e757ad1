"""Names: of sequences and phantoms, what can be part of a file's name, and what to say about others."""

import re
import unicodedata
from collections.abc import Collection, Container, Iterable
from difflib import get_close_matches

from braintumornet.core.text.errors import UsageError, require

SEQUENCES = ("t1n", "t1c", "t2w", "t2f")

PHANTOM = "phantom"
"""How the name of every synthetic cohort begins, so that whatever is measured on it can say so."""

LONGEST_NAME = 64
SIGNS_WITH_A_MEANING = "./\\*?[]="
LONGEST_SHOWN = 200
"""Signs of a text that an error line shows: what stands in a file may be of any length."""


def is_phantom(cohort: str, attributes: Container[str] = ()) -> bool:
    """Say whether the name of a cohort is that of phantoms, or a case has the attribute of what a generator made.

    Example:
        >>> is_phantom("phantom-train"), is_phantom("clinic", {"generator": "2"}), is_phantom("clinic")
        (True, True, False)
    """
    return cohort.startswith(PHANTOM) or "generator" in attributes


LONGEST_ID_BYTES = 120
"""`<case>_<task>_<region>.nii.gz` and what stands before it while it is written must fit into the 255 of a disk."""

_OF_A_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NO_DISK_HAS = '/\\:*?"<>|'  # no disk that a folder may be copied to, such as those of Windows


def find_name_fault(name: str, most_bytes: int = LONGEST_ID_BYTES) -> str:
    """Return why a name cannot be part of a file's name, as the end of a sentence; "" where it can.

    Example:
        >>> find_name_fault("BraTS-GLI-00001-001")
        ''
        >>> find_name_fault("../../other/split")
        "holds '/', which a file's name cannot have everywhere"
    """
    if not name.strip():
        return "is blank"
    if name != name.strip():
        return "begins or ends with a blank"
    if has_control_signs(name):
        return "holds control characters"
    if fault := _find_fault_elsewhere(name):
        return fault
    size = len(name.encode())
    return f"is {size} bytes long, and at most {most_bytes} fit into a file's name" if size > most_bytes else ""


def _find_fault_elsewhere(name: str) -> str:
    """Return why a name cannot be part of a file's name on every disk, such as those of Windows."""
    sign = next((sign for sign in name if sign in _NO_DISK_HAS), None)
    if sign is not None:
        return f"holds {sign!r}, which a file's name cannot have everywhere"
    if name.startswith("."):
        return "begins with a dot, as hidden files and folders do"
    if name.endswith("."):
        return "ends with a dot, which a file's name cannot do everywhere"
    return "is the name of a device on Windows, not of a file" if _OF_A_DEVICE.fullmatch(name) else ""


def has_control_signs(text: str) -> bool:
    """Say whether a text holds control characters, line breaks, or signs that nobody sees."""
    return any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in text)


def require_file_name(name: str, what: str, most_bytes: int = LONGEST_ID_BYTES) -> None:
    """Refuse a name that cannot be part of a file's name.

    Args:
        name: of a case, task, arm, study or cohort.
        what: it is, such as "case_id".
        most_bytes: it may be long.

    Raises:
        InputError: says what is wrong with it.
    """
    fault = find_name_fault(name, most_bytes)
    require(not fault, f"{what} {shorten(repr(name))} {fault}; files are named after it, so choose another")


def file_key(name: str) -> str:
    """Return what two names share that are one file on some disk, which tells no capitals apart.

    Example:
        >>> file_key("Case_1") == file_key("case_1")
        True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of an error line: the known name that was probably meant, or all of them.

    Example:
        >>> suggest("stepz", ["steps", "batch_size"])
        "did you mean 'steps'?"
        >>> suggest("x", ["steps"])
        'known: steps'
    """
    known = sorted(known)
    close = get_close_matches(name, known, n=1) if len(name) <= LONGEST_SHOWN else []
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def require_among(name: str, known: Collection[str], text: str, kind: type[Exception] = UsageError) -> None:
    """Refuse a name that is none of those known.

    Args:
        name: as somebody wrote it.
        known: what it may be.
        text: what is wrong otherwise; the name that was probably meant, or all of them, are said behind it.
        kind: of the error.

    Raises:
        UsageError: it is not known; or an error of another kind.
    """
    if name not in known:
        msg = f"{text}; {suggest(name, known)}"
        raise kind(msg)


def require_plain_name(what: str, name: str) -> None:
    """Refuse a name that would mean something else in a path, a pattern, the name of a layer or on the command line.

    Raises:
        ValueError: says what it cannot be the name of.

    Example:
        >>> require_plain_name("a task", "glioma_2")
    """
    plain = name.isprintable() and not set(name) & set(SIGNS_WITH_A_MEANING)
    require(
        plain and not find_name_fault(name, LONGEST_NAME),
        f"{shorten(name)!r} cannot be the name of {what}; expected up to {LONGEST_NAME} letters, digits, - and _",
        ValueError,
    )


def require_once(what: str, names: Iterable[str]) -> None:
    """Refuse a list in which something stands twice.

    Raises:
        ValueError: names it.
    """
    seen: set[str] = set()
    for name in names:
        require(name not in seen, f"{what} {name!r} is there twice; once is enough", ValueError)
        seen.add(name)


def require_known(what: str, names: Iterable[str], known: Collection[str]) -> None:
    """Refuse a name that is none of those that are known.

    Raises:
        ValueError: says which was probably meant.

    Example:
        >>> require_known("region", ["WT"], {"WT", "TC"})
    """
    for name in names:
        require_among(name, known, f"{what} {shorten(repr(name))} is not known", ValueError)


def shorten(text: str, most: int = LONGEST_SHOWN) -> str:
    """Return a text as one line that an error can show, whatever its length was.

    Example:
        >>> shorten("a  b" + 300 * "c")[-9:]
        'ccccc ...'
    """
    line = " ".join(text[: 2 * most].split())
    return line if len(text) <= most else f"{line[:most]} ..."
