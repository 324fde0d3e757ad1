"""What one kind of evidence says about an image, and how two of them are put together."""

from dataclasses import dataclass

T1, T2W, T2F, T1N, T1C, OTHER = "t1", "t2w", "t2f", "t1n", "t1c", "other"
"""What an image can show; `t1` is either of `t1n` and `t1c`, and `other` is none of what we look for."""

WORDS = {
    T1: "T1",
    T2W: "T2",
    T2F: "FLAIR",
    T1N: "T1 before contrast agent",
    T1C: "T1 after contrast agent",
    OTHER: "none of the four sequences",
}


@dataclass(frozen=True)
class Finding:
    """What an image can show as far as one kind of evidence goes.

    Args:
        kinds: one where the evidence is plain, several where it leaves a choice.
        reason: what was found; holds no free text of a header.
    """

    kinds: frozenset[str]
    reason: str


def finding(kind: str, reason: str) -> Finding:
    """Return a finding that leaves no choice.

    Example:
        >>> sorted(finding(T2F, "TI = 2500 ms").kinds)
        ['t2f']
    """
    return Finding(frozenset({kind}), reason)


def combine(first: Finding | None, second: Finding | None) -> Finding | None:
    """Return what two kinds of evidence say together: what both allow, else everything that either allows.

    Example:
        >>> header, text = finding(T2W, "TR = 4000 ms, TE = 100 ms"), finding(T2F, "its description says FLAIR")
        >>> sorted(combine(header, text).kinds)
        ['t2f', 't2w']
    """
    if first is None or second is None:
        return first or second
    common = first.kinds & second.kinds
    if common:
        return Finding(common, f"{first.reason}; {second.reason}")
    return Finding(first.kinds | second.kinds, f"{first.reason}, but {second.reason}")
