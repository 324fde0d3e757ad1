"""What the text of a series says that it shows: its description, else its protocol, else the sequence's name."""

import re

from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.recognition.finding import OTHER, T1, T2F, T2W, Finding

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[\s_.,:;()\[\]{}\-]+")
_PREFIX = r"(?<![a-z0-9])(?:[23]d|ax|sag|cor|tra|cube|tse|fse|se)?"
# name that a reason shows -> kind, pattern on `plain` text
_CONTRASTS = (
    ("FLAIR", T2F, r"flair|dark ?fl|\bda ?fl\b|\btirm"),
    ("T2", T2W, _PREFIX + r"t2(?!\d|w? ?\*|w? ?star)"),
    ("T1", T1, _PREFIX + r"t1(?!\d)"),
    ("T2*", OTHER, _PREFIX + r"t2w? ?(?:\*|star|ffe|fl[23]d|gre\b)|\bhemo|\bvenbold\b"),
    ("STIR", OTHER, r"\bstir\b"),
    ("double inversion", OTHER, r"\bdir\b"),
    ("proton density", OTHER, r"\bpdw?\b|proton density"),
)
# techniques whose TR, TE and flip angle can be those of a T1- or T2-weighted image
_TECHNIQUES = (
    ("angiography", OTHER, r"\b(?:tof|mra|mrv|angio\w*|pca)\b"),
    ("susceptibility", OTHER, r"\bswi|\be?swan\b"),
    ("diffusion", OTHER, r"\b(?:diff?|dwi|dti|adc|tracew?)\b|diffusion"),
    ("perfusion", OTHER, r"\b(?:dsc|dce|pwi|p?casl|asl|perf|r?cbv|r?cbf|mtt|ttp)\b|perfusion"),
    ("BOLD", OTHER, r"\b(?:bold|fmri|resting)\b"),
    ("spectroscopy", OTHER, r"\b(?:mrs|svs|csi|spectro\w*)\b"),
    ("steady state", OTHER, r"\b(?:ciss|fiesta|trufi|true ?fisp)\b"),
    ("MP2RAGE inversion", OTHER, r"\binv ?[12]\b"),
)
# pulse sequences that are used for T1, where a text does not name the contrast; `mpr` is no word for it, as scanners
# call reformats so
_PROGRAMS = (
    ("MPRAGE", T1, r"mp2? ?rage"),
    ("BRAVO", T1, r"\bbravo"),
    ("SPGR", T1, r"spgr|efgre3d"),
    ("TFL", T1, r"\*?\btfl"),
    ("TFE", T1, r"\btfe\b"),
    ("VIBE", T1, r"\bvibe\b"),
    ("THRIVE", T1, r"\bthrive\b"),
)
_CAPITALS = {
    "loc": "LOC",
    "b1map": "B1 map",
    "asset": "ASSET",
    "smartbrain": "SmartBrain",
    "magic": "MAGiC",
    "symri": "SyMRI",
}


def plain(text: str) -> str:
    """Return a text in small letters, with one blank for every sign between words, as the patterns expect it.

    Example:
        >>> plain("CubeT2flair_sag-P2")
        'cube t2flair sag p2'
    """
    return _SIGNS.sub(" ", _CAMEL.sub(" ", text[:1000])).lower().strip()


def say(word: str) -> str:
    """Return a keyword of ours as people write it."""
    return _CAPITALS.get(word.replace(" ", ""), word)


def find_by_text(header: SeriesHeader) -> Finding | None:
    """Return what the text of a series says; the first field that says anything decides.

    Example:
        >>> find_by_text(SeriesHeader(description="AX T2 FLAIR FS", protocol="Brain T1")).reason
        'its description says FLAIR and T2'
    """
    fields = {
        "description": header.description,
        "protocol": header.protocol,
        "sequence name": header.sequence_name,
    }
    for field, text in fields.items():
        if found := find_keywords(text):
            kinds, words = found
            return Finding(kinds, f"its {field} says {' and '.join(words)}")
    return None


def find_keywords(text: str) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """Return the kinds that a text can mean, and the words of ours that were found in it.

    `T2 FLAIR` is FLAIR and `T1 FLAIR` is T1; of other words for different kinds, each is a possibility.

    Example:
        >>> find_keywords("Ax T1 FLAIR")
        (frozenset({'t1'}), ('FLAIR', 'T1'))
    """
    simple = plain(text)
    found = _search((*_CONTRASTS, *_TECHNIQUES), simple)
    if not {T1, T2W, T2F} & set(found.values()):
        found |= _search(_PROGRAMS, simple)
    kinds = set(found.values())
    if {T1, T2W, T2F} <= kinds:
        kinds.discard(T2W)  # `T2 FLAIR` beside T1: still two
    elif T2F in kinds:
        kinds -= {T2F} if T1 in kinds else {T2W}
    return (frozenset(kinds), tuple(found)) if kinds else None


def find_technique(text: str) -> str | None:
    """Return the technique of another kind of image that a text names, where it names no contrast of ours beside it.

    Example:
        >>> find_technique("TOF_3D_multi-slab"), find_technique("T1 post DCE")
        ('angiography', None)
    """
    simple = plain(text)
    named = {T1, T2W, T2F} & set(_search(_CONTRASTS, simple).values())
    return None if named else next(iter(_search(_TECHNIQUES, simple)), None)


def _search(keywords: tuple[tuple[str, str, str], ...], simple: str) -> dict[str, str]:
    return {name: kind for name, kind, pattern in keywords if re.search(pattern, simple)}
