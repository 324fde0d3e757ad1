"""Series that are no anatomical image of the head: localizers, maps, diffusion, perfusion, subtractions."""

import re

from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.recognition.finding import OTHER, T1, T2F, T2W, Finding, finding
from braintumornet.prepare.recognition.series_text import find_technique, plain, say

FEWEST_SLICES = 8
_MR_IMAGES = {
    "1.2.840.10008.5.1.4.1.1.4": "MR Image Storage",
    "1.2.840.10008.5.1.4.1.1.4.1": "Enhanced MR Image Storage",
    "1.2.840.10008.5.1.4.1.1.4.4": "Legacy Converted Enhanced MR Image Storage",
}
_LOCALIZER_WORDS = re.compile(
    r"\b(loc|localiser|localizer|scout|survey|3 ?plane|calib\w*|asset|smart ?brain|aahead|shim|b1 ?map|field ?map\w*)\b"
)
_DERIVED_WORDS = re.compile(r"\b(sub|subtraction|t[12] ?map)\b|\bdixon [fw]\b|\bwip\b.*\brms?\b")
_SYNTHETIC_WORDS = re.compile(r"\b(synthetic|magi ?c|sy ?mri)\b")
_ANY = frozenset({T1, T2W, T2F, OTHER})
# blanks stand for underscores too: scanners write both
_DIFFUSION = ("ADC", "FA", "TRACEW", "TENSOR", "DIFFUSION")
_PERFUSION = ("PERFUSION", "ASL", "RCBV", "RCBF", "MTT", "TTP")
_COMPONENTS = ("P", "PHASE", "PHASE MAP", "R", "I", "SWI", "T1 MAP", "T2 MAP")  # phase, real and imaginary part
_PROJECTIONS = ("MIP", "MAX IP", "MIN IP", "MNIP", "PROJECTION IMAGE")
_OTHERS = ("SUBTRACTION", "SUBTRACT", "SUB", "MOSAIC", "FMRI", "SCREEN SAVE")
_MAPS = frozenset((*_DIFFUSION, *_PERFUSION, *_COMPONENTS, *_PROJECTIONS, *_OTHERS))


def find_exclusion(header: SeriesHeader) -> Finding | None:
    """Return why a series is none of the four sequences whatever its contrast; None where nothing speaks against it.

    What is called a subtraction, a map or a synthetic image without a mark in its header leaves a choice: GE and
    Philips often do not mark what was computed from other images.

    Example:
        >>> find_exclusion(SeriesHeader(image_type=("DERIVED", "PRIMARY", "ADC"), slices=30)).reason
        'ImageType has ADC'
    """
    for rule in (_no_image, _localizer, _map, _diffusion_or_dynamic, _technique):
        if reason := rule(header):
            return finding(OTHER, reason)
    return _computed(header)


def image_type_words(header: SeriesHeader) -> tuple[str, ...]:
    """Return the values of ImageType with blanks for underscores."""
    return tuple(value.upper().replace("_", " ") for value in header.image_type)


def _no_image(header: SeriesHeader) -> str:
    if header.modality != "MR":
        return "its modality is not MR"
    if not header.has_pixels:
        return "it holds no images"
    if header.sop_class and header.sop_class not in _MR_IMAGES:
        return "its SOP class is not that of MR images"
    return ""


def _localizer(header: SeriesHeader) -> str:
    if header.slices < FEWEST_SLICES:
        return f"{header.slices} slices, fewer than {FEWEST_SLICES}"
    if header.orientations > 1:
        return f"slices in {header.orientations} orientations, as localizers have"
    if any("LOCALIZER" in value for value in header.image_type):
        return "ImageType has LOCALIZER"
    word = _LOCALIZER_WORDS.search(plain(header.description or header.protocol))
    return f"its text says {say(word.group(1))}" if word else ""


def _map(header: SeriesHeader) -> str:
    words = image_type_words(header)
    found = next((word for word in words if word in _MAPS), None)
    if found:
        return f"ImageType has {found}"
    return "ImageType has MFSPLIT and DERIVED" if {"MFSPLIT", "DERIVED"} <= set(words) else ""


def _diffusion_or_dynamic(header: SeriesHeader) -> str:
    if header.b_value is not None and (header.b_value > 0 or "EP" in header.scanning_sequence):
        return f"b = {header.b_value:g} s/mm2"  # of 0 alone nothing follows: Philips writes it into every series
    if header.has_gradients:
        return "diffusion gradients are described"
    if header.temporal_positions > 1:
        return f"{header.temporal_positions} temporal positions"
    return "flow is encoded" if header.has_velocity_encoding else ""


def _technique(header: SeriesHeader) -> str:
    technique = find_technique(header.description or header.protocol)
    return f"its text says {technique}" if technique else ""


def _computed(header: SeriesHeader) -> Finding | None:
    text = plain(header.description or header.protocol)
    if word := _SYNTHETIC_WORDS.search(text):
        return Finding(_ANY, f"its text says {say(word.group(0))}, which is computed from other images")
    word = _DERIVED_WORDS.search(text)
    if word is None:
        return None
    if "DERIVED" in header.image_type:
        return finding(OTHER, f"ImageType has DERIVED, and its text says {_computed_word(word.group(0))}")
    return Finding(_ANY, f"its text says {_computed_word(word.group(0))}, but ImageType does not say DERIVED")


def _computed_word(found: str) -> str:
    """Return a word of our own for what was found, which may span other words of the text."""
    for start, name in (("sub", "subtraction"), ("t1", "T1 map"), ("t2", "T2 map"), ("dixon", "Dixon fat or water")):
        if found.startswith(start):
            return name
    return "RMS of echoes"
