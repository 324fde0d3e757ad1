"""Which images of an examination are its four sequences: by header, then text, then what else was acquired when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from braintumornet.core.text.names import SEQUENCES
from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.recognition.acquisition import find_by_acquisition, find_reformat
from braintumornet.prepare.recognition.choose_image import Candidate, choose
from braintumornet.prepare.recognition.contrast_agent import Examination, find_agent
from braintumornet.prepare.recognition.excluded_series import find_exclusion
from braintumornet.prepare.recognition.file_name import find_by_name
from braintumornet.prepare.recognition.finding import OTHER, T1, Finding, combine, finding
from braintumornet.prepare.recognition.recognition import Recognition
from braintumornet.prepare.recognition.series_text import find_by_text

_EVERYTHING = frozenset({*SEQUENCES, OTHER})


@dataclass(frozen=True)
class _Reading:
    """An image with what is known of it, before it is held against those of its kind."""

    image: SourceImage
    finding: Finding
    reformat: str = ""

    @property
    def sequence(self) -> str | None:
        """The one sequence that it can be."""
        (only, *others) = sorted(self.finding.kinds)
        return only if not others and only != OTHER else None

    @property
    def reason(self) -> str:
        return f"{self.finding.reason}; {self.reformat}" if self.reformat else self.finding.reason


def recognise(images: Sequence[SourceImage]) -> list[Recognition]:
    """Decide of each image of an examination which sequence it is, and whether it is used.

    Where the evidence disagrees or is missing, the user is asked, unless the sequences that the image could be are
    found without it. Of several images of a sequence one is used, the others are spare.

    Args:
        images: of one case.

    Returns:
        what was decided about each image, in their order.

    Example:
        >>> from braintumornet.prepare.input.source_image import SourceImage
        >>> image = SourceImage("case", "case_flair.nii.gz", None, None, None, (), lambda: None)
        >>> [(found.sequence, found.decision) for found in recognise([image])]
        [('t2f', 'use')]
    """
    readings = _settle_t1([_read(image, images) for image in images])
    found: dict[str, Recognition] = {}
    for sequence in SEQUENCES:
        alike = [reading for reading in readings if reading.sequence == sequence]
        if alike:
            found |= _choose(sequence, alike)
    used = {recognition.sequence for recognition in found.values() if recognition.decision == "use"}
    for reading in readings:
        if reading.sequence is None:
            found[reading.image.name] = _leave_or_ask(reading, used)
    return [found[image.name] for image in images]


def _read(image: SourceImage, images: Sequence[SourceImage]) -> _Reading:
    if image.problem:
        return _Reading(image, finding(OTHER, image.problem))
    if image.header is None:
        return _Reading(image, find_by_name(image.name) or Finding(_EVERYTHING, "its file's name says nothing"))
    excluded = find_exclusion(image.header)
    if excluded is not None:
        return _Reading(image, excluded)
    others = [other.header for other in images if other.header is not None and other is not image]
    found = combine(find_by_acquisition(image.header), find_by_text(image.header))
    unknown = Finding(_EVERYTHING, "neither its header nor its text says what it shows")
    return _Reading(image, found or unknown, find_reformat(image.header, others))


def _settle_t1(readings: Sequence[_Reading]) -> list[_Reading]:
    """Tell T1-weighted images apart by contrast agent, once all of them are known."""
    headers = [reading.image.header for reading in readings if reading.image.header is not None]
    t1 = [r.image.header for r in readings if r.image.header is not None and T1 in r.finding.kinds]
    examination = Examination(headers, t1)
    return [_settle(reading, examination) for reading in readings]


def _settle(reading: _Reading, examination: Examination) -> _Reading:
    header: SeriesHeader | None = reading.image.header
    if header is None or T1 not in reading.finding.kinds:
        return reading
    agent = find_agent(header, examination)
    kinds = reading.finding.kinds - {T1} | agent.kinds
    return _Reading(reading.image, Finding(kinds, f"{reading.finding.reason}; {agent.reason}"), reading.reformat)


def _choose(sequence: str, alike: Sequence[_Reading]) -> Mapping[str, Recognition]:
    chosen = choose([Candidate(reading.image, bool(reading.reformat)) for reading in alike])
    if chosen is None:
        reason = f"{len(alike)} images are {sequence}, and nothing says which is the better one"
        return {r.image.name: Recognition(r.image.name, sequence, "ask", f"{r.reason}; {reason}") for r in alike}
    best, others = chosen
    found = {}
    for reading in alike:
        name = reading.image.name
        if name == best.image.name:
            found[name] = Recognition(name, sequence, "use", reading.reason)
        else:
            found[name] = Recognition(name, sequence, "omit", f"{reading.reason}; {others[name]}", spare=True)
    return found


def _leave_or_ask(reading: _Reading, used: set[str | None]) -> Recognition:
    """Omit what is no sequence, or could only be one that is there already; ask about the rest."""
    name, possible = reading.image.name, [sequence for sequence in SEQUENCES if sequence in reading.finding.kinds]
    if not possible:
        return Recognition(name, None, "omit", reading.reason)
    if used.issuperset(possible):
        reason = f"{reading.reason}; {', '.join(possible)} found without it"
        return Recognition(name, None, "omit", reason, spare=True)
    missing = [sequence for sequence in possible if sequence not in used]
    return Recognition(name, None, "ask", f"{reading.reason}; is it {' or '.join(missing)}?")
