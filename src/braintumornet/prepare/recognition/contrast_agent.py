"""Whether a T1-weighted image was taken before or after contrast agent: by header, by text, by time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.recognition.excluded_series import image_type_words
from braintumornet.prepare.recognition.finding import T1C, T1N, Finding, combine, finding
from braintumornet.prepare.recognition.series_text import plain

_SAYS_NO = re.compile(r"(no|none|nil|without|w/?o|ohne|kein\w*)\b.*|0|n|na|n/a|nein|false|", re.IGNORECASE | re.DOTALL)
_WITHOUT = (
    ("without", r"\b(?:without|ohne|sans|w/?o)\b(?: (?:contrast|kontrast\w*|km|gd|gad\w*|con|ce|c)\b)?"),
    ("non-contrast", r"\bno[nt]? ?(?:contrast|con|enhanced|gd|gad\w*)\b|\bunenhanced\b|\bnoncon\w*"),
    ("pre", r"\b(?:t1w?)?(?:pre|vor)\b(?! ?op)(?: ?(?:contrast|kontrast\w*|km|gd|gad\w*|con|c)\b)?|\bprecontrast"),
    ("native", r"\bnati[vf]\w*"),
)
_WITH = (
    ("+C", r"\+ ?c\b|\bc ?\+|\+ ?gd|\+ ?km"),
    ("post", r"\b(?:t1w?)?(?:post(?!er| ?op| ?proc)|p[oó]s\b)"),
    ("Gd", r"\b(?:t1 ?w? ?)?gd\b|\b(?:t1w?)?gad(?:o|olinium)?\b|\bgado\w*"),
    ("contrast", r"contrast|\bkontrast|\bkm\b|\benhanced\b"),
    ("CE", r"\b(?:t1 ?w? ?)?ce\b|\bt1 ?c\b"),
    ("a contrast agent", r"\b(?:dotarem|gadovist|prohance|magnevist|omniscan|multihance|clariscan|vueway|elucirem)\b"),
)
_BOTH = re.compile(
    r"\b(?:w|with|mit|vor|pre)/? ?(?:and|und|&|/|\+)? ?(?:w/?o|without|ohne|nach|post)\b"  # `w/wo`, `pre and post`
)
_PERFUSION_TEXT = re.compile(r"\b(?:dsc|dce|pwi|perf\w*)\b")
_ARTERIAL_SPIN_LABELLING = re.compile(r"\bp?c?asl\b")


@dataclass(frozen=True)
class Examination:
    """What the other series say of contrast agent, in one case.

    Args:
        headers: of all its DICOM series.
        t1: those among them that are T1-weighted.
    """

    headers: Sequence[SeriesHeader]
    t1: Sequence[SeriesHeader]

    def tag_tells(self, header: SeriesHeader) -> bool:
        """Say whether the tag is about a series; where every series has it, it was entered for the examination."""
        return len(self.t1) < 2 or any(not _has_agent(other) for other in self._same_study(header))

    def protocol_tells(self, header: SeriesHeader) -> bool:
        """Say whether the protocol is that of a series; GE gives the name of the whole examination."""
        study = self._same_study(header)
        return len(study) < 2 or any(other.protocol != header.protocol for other in study)

    def first_agent_s(self, header: SeriesHeader) -> float | None:
        """Return when the first series began that shows that contrast agent was given, in the study of a series."""
        times = [
            other.time_s for other in self._same_study(header) if other.time_s is not None and _shows_agent(other, self)
        ]
        return min(times, default=None)

    def _same_study(self, header: SeriesHeader) -> list[SeriesHeader]:
        return [other for other in self.headers if other.study == header.study]


def find_agent(header: SeriesHeader, examination: Examination) -> Finding:
    """Return whether a T1-weighted series is `t1n` or `t1c`; both where nothing says so, or the evidence disagrees.

    A missing tag says nothing: many scanners never write it.

    Example:
        >>> header = SeriesHeader(description="Ax T1 +C")
        >>> find_agent(header, Examination([header], [header])).reason
        'its text says +C'
    """
    found = combine(combine(_by_tag(header, examination), _by_text(header, examination)), _by_time(header, examination))
    if found is not None:
        return found
    given = any(_shows_agent(other, examination) for other in examination.headers)
    hint = "" if given else ", nor does anything in the examination speak of contrast agent"
    return Finding(frozenset({T1N, T1C}), f"nothing says whether it was before or after contrast agent{hint}")


def find_agent_words(text: str) -> Finding | None:
    """Return what a text says of contrast agent; None where it says nothing, or both.

    Example:
        >>> find_agent_words("T1 ohne KM").kinds, find_agent_words("BRAIN W/WO CONTRAST")
        (frozenset({'t1n'}), None)
    """
    simple = plain(text)
    if _BOTH.search(simple):
        return None
    without = [name for name, pattern in _WITHOUT if re.search(pattern, simple)]
    for _, pattern in _WITHOUT:
        simple = re.sub(pattern, " ", simple)
    with_agent = [name for name, pattern in _WITH if re.search(pattern, simple)]
    if bool(without) == bool(with_agent):
        return None
    return finding(T1N, f"its text says {without[0]}") if without else finding(T1C, f"its text says {with_agent[0]}")


def _has_agent(header: SeriesHeader) -> bool:
    return header.contrast_agent is not None and not _SAYS_NO.fullmatch(header.contrast_agent.strip())


def _by_tag(header: SeriesHeader, examination: Examination) -> Finding | None:
    if header.contrast_agent is None or not header.contrast_agent.strip():
        return None
    if not _has_agent(header):
        return finding(T1N, "the header says that no contrast agent was given")
    return finding(T1C, "the header names a contrast agent") if examination.tag_tells(header) else None


def _by_text(header: SeriesHeader, examination: Examination) -> Finding | None:
    found = find_agent_words(header.description)
    return found or (find_agent_words(header.protocol) if examination.protocol_tells(header) else None)


def _by_time(header: SeriesHeader, examination: Examination) -> Finding | None:
    first = examination.first_agent_s(header)
    if first is None or header.time_s is None or header.time_s == first:
        return None
    if header.time_s < first:
        return finding(T1N, "it was acquired before the first series with contrast agent")
    return finding(T1C, "it was acquired after the first series with contrast agent")


def _shows_agent(header: SeriesHeader, examination: Examination) -> bool:
    """Say whether a series shows that contrast agent had been given; arterial spin labelling needs none."""
    text = plain(f"{header.description} {header.protocol}")
    words = image_type_words(header)
    perfusion = "PERFUSION" in words or _PERFUSION_TEXT.search(plain(header.description)) is not None
    if perfusion and "ASL" not in words and not _ARTERIAL_SPIN_LABELLING.search(text):
        return True
    found = combine(_by_tag(header, examination), _by_text(header, examination))
    return found is not None and found.kinds == frozenset({T1C})
