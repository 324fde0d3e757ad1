"""What the name of a NIfTI or NRRD file says that the file holds."""

import re

from braintumornet.core.sequences import find_sequence
from braintumornet.prepare.recognition.contrast_agent import find_agent_words
from braintumornet.prepare.recognition.finding import OTHER, T1, T1C, T1N, T2F, WORDS, Finding, combine, finding
from braintumornet.prepare.recognition.series_text import find_keywords, plain

_ENDINGS = re.compile(r"(\.nii|\.nii\.gz|\.nrrd|\.nhdr|\.mha|\.mhd|\.hdr|\.img)$", re.IGNORECASE)
_NO_IMAGE = re.compile(
    r"\b(brain ?mask|mask|seg|segauto|dseg|segmentation|labels?|roi|lesions?|annotations?|truth|probseg|probability)\b"
)
_LONGEST_SPELLING = 3  # words of a name that are one sequence, as in `T1_CE` or `t2_flair`


def find_by_name(name: str) -> Finding | None:
    """Return what the name of a file says; None where it says nothing.

    The names of sequences and their usual aliases count first (`t1` is `t1n`, as BraTS has it, unless another word of
    the name speaks of contrast agent), then the words that descriptions of series use.

    Args:
        name: of the file, with or without its ending.

    Example:
        >>> find_by_name("TCGA-FG-6692_t2f.nii.gz").reason, find_by_name("sub-01_ce-gadolinium_T1w").reason
        ("its file's name says t2f", "its file's name says T1; its text says Gd")
    """
    stem = _ENDINGS.sub("", name)
    simple = plain(stem)
    if word := _NO_IMAGE.search(simple):
        return finding(OTHER, f"its file's name says {word.group(1).replace(' ', '')}")
    found = _find_sequences(simple.split())
    agent = find_agent_words(stem)
    if len(found) == 1:
        (sequence, plainly), *_ = found.items()
        if agent and sequence == T1N and not plainly:
            return Finding(agent.kinds, f"its file's name says {WORDS[T1]}; {agent.reason}")
        return finding(sequence, f"its file's name says {sequence}")
    if found:
        return Finding(frozenset(found), f"its file's name says {' and '.join(sorted(found))}")
    return _find_words(stem, agent)


def _find_sequences(words: list[str]) -> dict[str, bool]:
    """Return the sequences that a name holds; whether `t1n` is said, and not only `t1`."""
    found: dict[str, bool] = {}
    start = 0
    while start < len(words):
        for length in range(min(_LONGEST_SPELLING, len(words) - start), 0, -1):
            spelling = "".join(words[start : start + length])
            if sequence := find_sequence(spelling):
                found[sequence] = found.get(sequence, False) or spelling == sequence
                start += length
                break
        else:
            start += 1
    if set(found) == {T1N, T2F} and not found[T1N]:  # `T1 FLAIR`; T1-weighted all the same
        return {T1N: False}
    return found


def _find_words(stem: str, agent: Finding | None) -> Finding | None:
    keywords = find_keywords(stem)
    if keywords is None:
        return None
    kinds, words = keywords
    by_words = Finding(kinds, f"its file's name says {' and '.join(words)}")
    if kinds != {T1}:
        return by_words
    if agent is None:
        return Finding(frozenset({T1N, T1C}), f"{by_words.reason}, but not whether before or after contrast agent")
    return combine(Finding(frozenset({T1N, T1C}), by_words.reason), agent)
