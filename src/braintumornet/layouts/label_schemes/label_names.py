"""What the names of labels say: which tissue each label of a mask is, where publishers' words leave no doubt."""

import re
from collections.abc import Sequence
from typing import Any

from braintumornet.core.cohort.label_scheme import LABEL_SCHEMES, REGIONS, TISSUES
from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.text.columns import column_key

_LABEL = re.compile(r"\d{1,5}", re.ASCII)

# what publishers call tissues and regions, without blanks and in American spelling; "necrosis" and "non-enhancing"
# alone are left out, because of some they are a part of the core and of others all of it that does not enhance
_SPOKEN = {
    "edema": TISSUES["oedema"],
    "peritumoraledema": TISSUES["oedema"],
    "snfh": TISSUES["oedema"],
    "ncr": TISSUES["non_enhancing_core"],
    "netc": TISSUES["non_enhancing_core"],
    "ncrnet": TISSUES["non_enhancing_core"],
    "nonenhancingcore": TISSUES["non_enhancing_core"],
    "nonenhancingtumor": TISSUES["non_enhancing_core"],
    "nonenhancingtumorcore": TISSUES["non_enhancing_core"],
    "necrotictumorcore": TISSUES["non_enhancing_core"],
    "necroticandnonenhancingtumor": TISSUES["non_enhancing_core"],
    "necroticandnonenhancingtumorcore": TISSUES["non_enhancing_core"],
    "enhancing": TISSUES["enhancing"],
    "enhancingtumor": TISSUES["enhancing"],
    "gdenhancingtumor": TISSUES["enhancing"],
    "cyst": TISSUES["cyst"],
    "cavity": TISSUES["cavity"],
    "resectioncavity": TISSUES["cavity"],
    "tumorcore": TISSUES["tumour_core"],
    "tumor": TISSUES["tumour"],
    "wholetumor": TISSUES["tumour"],
    **{name.lower(): tissues for name, tissues in REGIONS.items()},
}


def read_label_names(labels: Any) -> list[tuple[str, frozenset[int]]]:
    """Return each name and its labels; the background and what is no name of labels is left out.

    Example:
        >>> read_label_names({"0": "background", "1": "edema"})
        [('edema', frozenset({1}))]
        >>> read_label_names({"background": 0, "tumor core": [1, 3]})
        [('tumor core', frozenset({1, 3}))]
    """
    if not isinstance(labels, dict):
        return []
    found = []
    for key, value in labels.items():
        name, own = (str(value), [key]) if _LABEL.fullmatch(key) else (key, value)
        own = own if isinstance(own, list) else [own]
        if own and all(_LABEL.fullmatch(str(label)) for label in own):
            found.append((name, frozenset(int(label) for label in own)))
    return [(name, own) for name, own in found if own != {0}]


def label_scheme_of(names: Sequence[tuple[str, frozenset[int]]]) -> str | None:
    """Return the label scheme that names of labels or of regions leave no doubt about, or None.

    A label is the tissue that all names which include it share, without the smaller ones named beside it: in
    `{"tumor core": [1, 3], "enhancing": 3}`, 1 is the core that does not enhance.

    Example:
        >>> label_scheme_of(read_label_names({"whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing": 3}))
        'brats2023'
        >>> label_scheme_of(read_label_names({"1": "edema", "2": "vessel"})) is None
        True
    """
    known = [(_SPOKEN.get(_letters(name)), labels) for name, labels in names]
    tissues = [(tissue, labels) for tissue, labels in known if tissue is not None]
    if not names or len(tissues) < len(known):
        return None
    scheme: dict[int, str] = {}
    for label in sorted(frozenset().union(*(labels for _, labels in tissues))):
        inside = frozenset.intersection(*(tissue for tissue, labels in tissues if label in labels))
        beside = [tissue for tissue, labels in tissues if label not in labels and tissue < inside]
        left = inside.difference(*beside)
        name = next((name for name, tissue in TISSUES.items() if tissue == left), None)
        if name is None or name in scheme.values():
            return None
        scheme[label] = name
    same = next((name for name, labels in LABEL_SCHEMES.items() if labels == scheme), None)
    return same or format_json({str(label): name for label, name in scheme.items()})


def _letters(name: str) -> str:
    """Return a name without blanks and signs, in American spelling."""
    letters = "".join(sign for sign in column_key(name) if sign.isalnum())
    return letters.replace("tumour", "tumor").replace("oedema", "edema")
