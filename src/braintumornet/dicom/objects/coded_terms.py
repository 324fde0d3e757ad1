"""What regions and tissues are called in the code systems of DICOM: SNOMED CT, NCI Thesaurus, DICOM's own.

Where a term comes from: DICOM PS3.16, CID 7150 (category), CID 7159 (type), CID 7162 (family of algorithm).
"""

from typing import NamedTuple


class Term(NamedTuple):
    """A coded term; its order is that of the code classes of pydicom and highdicom.

    Args:
        value: the code.
        scheme: `SCT`, `NCIt`, `DCM`, `UCUM`, or ours, `99BTN`.
        meaning: in words.
    """

    value: str
    scheme: str
    meaning: str


OURS = "99BTN"  # schemes that begin with 99 are private (PS3.16, 8.2)
ABNORMAL_STRUCTURE = Term("49755003", "SCT", "Morphologically Abnormal Structure")
BRAIN = Term("12738006", "SCT", "Brain")
VOLUME = Term("118565006", "SCT", "Volume")
LONG_AXIS = Term("103339001", "SCT", "Long Axis")
SHORT_AXIS = Term("103340004", "SCT", "Short Axis")
MILLILITRE = Term("mL", "UCUM", "milliliter")
MILLIMETRE = Term("mm", "UCUM", "millimeter")
NO_UNITS = Term("1", "UCUM", "no units")
ARTIFICIAL_INTELLIGENCE = Term("123110", "DCM", "Artificial Intelligence")
VALIDATION = Term("validation", OURS, "Validation of the algorithm")
ASSESSMENT = Term("assessment", OURS, "Assessment")
ALGORITHM_OUTPUT = Term("algorithm-output", OURS, "Output of an algorithm, not a finding")

_NEOPLASM = Term("108369006", "SCT", "Neoplasm")
_SECONDARY = Term("14799000", "SCT", "Neoplasm, Secondary")
_ENHANCING = Term("C113842", "NCIt", "Enhancing Lesion")
_NOT_ENHANCING = Term("C81175", "NCIt", "Non-Enhancing Lesion")
_NECROSIS = Term("6574001", "SCT", "Necrosis")
_OEDEMA = Term("79654002", "SCT", "Edema")
_CYST = Term("367643001", "SCT", "Cyst")
_CAVITY = Term("cavity", OURS, "Resection cavity")

_TERMS = {
    "WT": _NEOPLASM,
    "TC": _NEOPLASM,
    "tumour": _NEOPLASM,
    "tumour_core": _NEOPLASM,
    "ET": _ENHANCING,
    "enhancing": _ENHANCING,
    "NCR": _NOT_ENHANCING,
    "non_enhancing": _NOT_ENHANCING,
    "non_enhancing_core": _NOT_ENHANCING,
    "necrosis_or_non_enhancing": _NOT_ENHANCING,
    "necrosis": _NECROSIS,
    "necrosis_or_cyst": _NECROSIS,
    "ED": _OEDEMA,
    "oedema": _OEDEMA,
    "CC": _CYST,
    "cyst": _CYST,
    "RC": _CAVITY,
    "cavity": _CAVITY,
}


def term_of(name: str, metastases: bool = False) -> Term:
    """Return the term of a region or a tissue.

    Args:
        name: as in `core.cohort.label_scheme`.
        metastases: whether the task is for metastases alone, whose tumours are secondary.

    Example:
        >>> term_of("ET").meaning, term_of("TC", metastases=True).meaning
        ('Enhancing Lesion', 'Neoplasm, Secondary')
    """
    found = _TERMS[name]
    return _SECONDARY if metastases and found is _NEOPLASM else found


def rt_type_of(name: str) -> str:
    """Return the RT ROI Interpreted Type (3006,00A4) of a region: a cavity, else a proposal of a gross tumour volume.

    Example:
        >>> rt_type_of("TC"), rt_type_of("RC")
        ('GTV', 'CAVITY')
    """
    return "CAVITY" if name in ("RC", "cavity") else "GTV"
