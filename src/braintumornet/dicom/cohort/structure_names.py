"""What a structure probably is, by what its object says of it and by its name: suggestions, for a person to confirm."""

import re
from dataclasses import dataclass

OMIT = "omit"

_CODES = {  # property types of segments: SNOMED CT, NCI Thesaurus and DICOM codes
    "6574001": "NCR",
    "79654002": "ED",
    "367643001": "CC",
    "C113842": "ET",
    "C81175": "NCR",
    "108369006": "WT",
    "228791009": "TC",
    "130052": "TC",
    "228792002": OMIT,
    "228793007": OMIT,
    "12738006": OMIT,
}
_INTERPRETED = ("CTV", "PTV", "ORGAN", "EXTERNAL", "AVOIDANCE", "SUPPORT", "BOLUS", "FIXATION", "MARKER", "ISOCENTER")
"""Interpreted types of DICOM (3006,00A4) that are no tumour; GTV, and none at all, leave it to the name."""

_NAMES = (  # the first that fits decides; words are parts of a name between digits, blanks, hyphens and underscores
    (r"c\.?t\.?v|p\.?t\.?v|itv|prv|margin|ring|dose|iso\w*|marker|couch|bolus|helper|help|opti?", OMIT, "no tumour"),
    (
        r"brain|brain\W*stem|stem|chiasma?|optic\w*|nerve|lens|eye|eyes|cochlea|hippo\w*|pituitary|hypophysis|skull"
        r"|skin|body|external|outline|ventricles?|cord|lacrimal|scalp|face|bone|mask",
        OMIT,
        "an organ or the outside of the head",
    ),
    (r"cavity|resection|bed", "RC", "a resection cavity"),
    (r"o?edema|ed", "ED", "oedema"),
    (r"non\W*enh\w*|net|ncr|necro\w*|ncr\W*net", "NCR", "the core that does not enhance"),
    (r"cyst\w*|cc", "CC", "a cyst"),
    (r"enh\w*|et|ce|contrast", "ET", "what enhances"),
    (r"wt|whole|flair|t2|t2f|t2w", "WT", "the whole tumour"),
    (r"gtv\w*|tc|core|met|mets|metastas\w*", "TC", "gross tumour: what enhances, and what that encloses"),
)
_OBSERVER = re.compile(r"(?:observer|obs|rater|reader)[\W_]*([a-z0-9]{1,8})", re.IGNORECASE)


@dataclass(frozen=True)
class Suggestion:
    """What a structure probably is.

    Args:
        region: of the tumour, `omit`, or blank where nobody can tell.
        reason: why, in words that quote nothing of the name.
        target: column of the masks that it belongs to.
    """

    region: str
    reason: str
    target: str


def suggest_region(name: str, meaning: str, first_target: str = "seg") -> Suggestion:
    """Suggest what a structure is.

    Args:
        name: that somebody gave it.
        meaning: interpreted type or code of its object; blank where that says nothing.
        first_target: column of the masks where the name tells of no observer.

    Example:
        >>> suggest_region("GTV_01", "GTV").region, suggest_region("Brainstem", "ORGAN").region
        ('TC', 'omit')
        >>> suggest_region("Edema", "", "seg_2").target, suggest_region("gtv observer B", "").target
        ('seg_2', 'seg_b')
        >>> suggest_region("lesion", "").region
        ''
    """
    observer = _OBSERVER.search(name)
    target = first_target if observer is None else f"seg_{observer[1].lower()}"
    if meaning in _CODES:
        return Suggestion(_CODES[meaning], "its coded type", target)
    if meaning in _INTERPRETED:
        return Suggestion(OMIT, "its interpreted type is none of a tumour", target)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = " ".join(re.split(r"[\W_]+|(?<=[a-z])(?=\d)", words.lower()))
    for pattern, region, what in _NAMES:
        if re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z])", plain):
            return Suggestion(region, f"by its name: {what}", target)
    return Suggestion("", "neither its type nor its name says what it is", target)
