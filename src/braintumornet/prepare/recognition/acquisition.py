"""The contrast of a series by how it was acquired: kind of pulse sequence, TR, TE, TI and flip angle."""

from collections.abc import Callable, Iterable

from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.recognition.excluded_series import image_type_words
from braintumornet.prepare.recognition.finding import OTHER, T1, T2F, T2W, Finding, combine, finding
from braintumornet.prepare.recognition.series_text import plain

_ENHANCED_CONTRASTS = {"T1": T1, "T2": T2W, "FLUID_ATTENUATED": T2F}
_NO_CONTRASTS = ("", "MIXED", "UNKNOWN")
_OTHER_CONTRASTS = ("DIFFUSION", "FLOW_ENCODED", "PERFUSION", "PROTON_DENSITY", "STIR", "TAGGING", "TOF", "T2_STAR")
_INVERSION_NAMES = ("tir", "spcir", "spc ir", "flair")
_REFORMATS = ("MPR", "REFORMATTED", "RESAMPLED")
_MANY_SLICES = 40


def find_by_acquisition(header: SeriesHeader) -> Finding | None:
    """Return what contrast the header's figures stand for; None where they are missing or of another kind.

    Ranges are wider than those of a single scanner's protocol, and those of different contrasts do not meet; between
    them nothing is said. AcquisitionContrast of enhanced objects counts beside them.

    Example:
        >>> header = SeriesHeader(scanning_sequence=("SE",), repetition_ms=4000, echo_ms=100)
        >>> find_by_acquisition(header).reason
        'spin echo, TR = 4000 ms, TE = 100 ms'
    """
    return combine(_by_named_contrast(header), _by_figures(header))


def find_reformat(header: SeriesHeader, others: Iterable[SeriesHeader]) -> str:
    """Return why a series is a reformat of another, as a reason; "" where it is none.

    Args:
        header: of the series.
        others: of the other series of the examination.
    """
    words = image_type_words(header)
    found = next((word for word in words if word in _REFORMATS), None)
    if found:
        return f"reformatted: ImageType has {found}"
    derived = {"DERIVED", "SECONDARY"} <= set(words) and header.slices > _MANY_SLICES
    if derived and any(_is_source(other, header) for other in others):
        return "reformatted: ImageType has DERIVED and SECONDARY, and an original has its TR, TE and TI"
    return ""


def _is_source(other: SeriesHeader, header: SeriesHeader) -> bool:
    def timing(of: SeriesHeader) -> tuple[object, ...]:
        return of.frame_of_reference, of.repetition_ms, of.echo_ms, of.inversion_ms

    return "ORIGINAL" in other.image_type and header.echo_ms is not None and timing(other) == timing(header)


def _by_named_contrast(header: SeriesHeader) -> Finding | None:
    name = (header.acquisition_contrast or "").upper()
    if name in _NO_CONTRASTS:
        return None
    known = name in (*_ENHANCED_CONTRASTS, *_OTHER_CONTRASTS)  # what else stands there may be free text
    reason = f"AcquisitionContrast = {name}" if known else "AcquisitionContrast is another"
    return finding(_ENHANCED_CONTRASTS.get(name, OTHER), reason)


def _by_figures(header: SeriesHeader) -> Finding | None:
    if header.repetition_ms is None or header.echo_ms is None:
        return None
    for rule in _RULES:
        if kind := rule(header, header.repetition_ms, header.echo_ms):
            return finding(kind, _say_figures(header))
    return None


def _inversion(header: SeriesHeader, tr: float, te: float) -> str | None:
    """FLAIR and STIR, which only TI tells apart."""
    if not _is_inverted(header) or header.inversion_ms is None or tr < 3500:
        return None
    if 1500 <= header.inversion_ms <= 3000:
        return T2F if te >= 70 else None
    return OTHER if 100 <= header.inversion_ms <= 300 and not _is_gradient_echo(header) else None


def _t1_flair(header: SeriesHeader, tr: float, te: float) -> str | None:
    if not (_is_spin_echo(header) and _is_inverted(header) and header.inversion_ms is not None):
        return None
    return T1 if 600 <= header.inversion_ms <= 1200 and 1200 <= tr <= 3500 and te < 40 else None


def _prepared_gradient_echo(header: SeriesHeader, tr: float, te: float) -> str | None:
    """MPRAGE and its like; GE and Philips give the echo spacing as TR, and TI is missing in some exports."""
    if not _is_gradient_echo(header) or not (_is_inverted(header) or "MP" in header.sequence_variant):
        return None
    ti = header.inversion_ms or None
    timed = 1300 <= tr <= 3000 or 5 <= tr <= 12
    return T1 if timed and te < 8 and (ti is None or 300 <= ti <= 1300) else None


def _spin_echo(header: SeriesHeader, tr: float, te: float) -> str | None:
    if not _is_spin_echo(header) or _is_inverted(header) or "EP" in header.scanning_sequence:
        return None
    if tr < 1100:
        return T1 if te < 35 else None
    if tr < 2000:
        return None
    return T2W if te >= 60 else OTHER if te < 40 else None  # proton density


def _gradient_echo(header: SeriesHeader, tr: float, te: float) -> str | None:
    if not _is_gradient_echo(header) or _is_inverted(header):
        return None
    if te >= 12:
        return OTHER  # T2*
    # balanced sequences (CISS, FIESTA) have such figures too, and are not spoiled
    balanced = {"SS", "TRSS"} & set(header.sequence_variant) and "SP" not in header.sequence_variant
    spoiled = header.acquisition_type == "3D" and (header.flip_deg or 0) >= 8 and not balanced
    return T1 if spoiled and tr < 60 and te < 10 else None


_RULES: tuple[Callable[[SeriesHeader, float, float], str | None], ...] = (
    _inversion,
    _t1_flair,
    _prepared_gradient_echo,
    _spin_echo,
    _gradient_echo,
)


def _is_gradient_echo(header: SeriesHeader) -> bool:
    return "GR" in header.scanning_sequence


def _is_spin_echo(header: SeriesHeader) -> bool:
    return bool({"SE", "RM"} & set(header.scanning_sequence)) and not _is_gradient_echo(header)


def _is_inverted(header: SeriesHeader) -> bool:
    if (header.inversion_ms or 0) > 0 or "IR" in header.scanning_sequence:
        return True
    name = plain(header.sequence_name)
    return any(option.startswith("IR") for option in header.scan_options) or any(
        word in name for word in _INVERSION_NAMES
    )


def _say_figures(header: SeriesHeader) -> str:
    echo = "gradient echo" if _is_gradient_echo(header) else "spin echo" if _is_spin_echo(header) else "MR"
    kind = f"{echo} with inversion" if _is_inverted(header) else echo
    figures = {"TR": header.repetition_ms, "TE": header.echo_ms, "TI": header.inversion_ms or None}
    said = ", ".join(f"{name} = {value:g} ms" for name, value in figures.items() if value is not None)
    flip = f", flip angle = {header.flip_deg:g} degrees" if _is_gradient_echo(header) and header.flip_deg else ""
    return f"{kind}, {said}{flip}"
