"""Which of several images of one sequence is used, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.recognition.excluded_series import image_type_words

FULL_COVERAGE_MM = 120.0


@dataclass(frozen=True)
class Candidate:
    """An image that can stand for a sequence.

    Args:
        image: the image.
        reformatted: whether it was computed from another image of the examination.
    """

    image: SourceImage
    reformatted: bool = False


@dataclass(frozen=True)
class _Criterion:
    """A rule of choice: the smaller value is better; `why` says so, of the better one and the other."""

    value: Callable[[Candidate], float]
    why: Callable[[Candidate, Candidate], str]


def better(one: Candidate, other: Candidate) -> tuple[Candidate, str] | None:
    """Return the better of two images of a sequence with the reason; None where no rule tells them apart.

    An original goes before a reformat, full coverage of the head (at least 120 mm) before less, thin slices before
    thick ones, distortion-corrected before not, normalised before not, the longer echo of two, at last the later one.
    """
    for criterion in _CRITERIA:
        first, second = criterion.value(one), criterion.value(other)
        if first != second:
            best, rest = (one, other) if first < second else (other, one)
            return best, criterion.why(best, rest)
    return None


def choose(candidates: Sequence[Candidate]) -> tuple[Candidate, dict[str, str]] | None:
    """Return the best of some images, and of each other's name why it is not; None where two are alike.

    Args:
        candidates: of one sequence, at least one.
    """
    best = candidates[0]
    for candidate in candidates[1:]:
        found = better(best, candidate)
        best = found[0] if found else best
    reasons: dict[str, str] = {}
    for candidate in candidates:
        if candidate is not best:
            found = better(best, candidate)
            if found is None:
                return None
            reasons[candidate.image.name] = f"{best.image.name} {found[1]}"
    return best, reasons


def slice_mm(image: SourceImage) -> float:
    """Return how far apart the slices of an image are; of a file without header the largest edge of its voxels."""
    if image.header is not None and image.header.spacing_mm is not None:
        return image.header.spacing_mm[2]
    return max(image.space.spacing_mm) if image.space is not None else 0.0


def _coverage_mm(image: SourceImage) -> float:
    if image.header is not None and image.header.coverage_mm:
        return image.header.coverage_mm
    if image.space is None:
        return 0.0
    axis = image.space.spacing_mm.index(max(image.space.spacing_mm))
    return image.space.shape[axis] * image.space.spacing_mm[axis]


def _has_type(candidate: Candidate, *words: str) -> bool:
    header = candidate.image.header or SeriesHeader()
    return bool(set(words) & set(image_type_words(header)))


def _time_s(candidate: Candidate) -> float:
    header = candidate.image.header or SeriesHeader()
    return header.time_s or 0.0


def _series_number(candidate: Candidate) -> int:
    header = candidate.image.header or SeriesHeader()
    return header.series_number or 0


def _echo_ms(candidate: Candidate) -> float:
    header = candidate.image.header or SeriesHeader()
    return header.echo_ms or 0.0 if header.inversion_ms is None and "SE" in header.scanning_sequence else 0.0


def _says(text: str) -> Callable[[Candidate, Candidate], str]:
    return lambda best, rest: text


_CRITERIA = (
    _Criterion(lambda it: it.reformatted, _says("is no reformat")),
    _Criterion(
        lambda it: _coverage_mm(it.image) < FULL_COVERAGE_MM - 0.5,
        lambda best, rest: f"covers {_coverage_mm(best.image):.0f} mm, not {_coverage_mm(rest.image):.0f} mm",
    ),
    _Criterion(
        lambda it: round(slice_mm(it.image), 1),
        lambda best, rest: f"has thinner slices ({slice_mm(best.image):.3g} mm, not {slice_mm(rest.image):.3g} mm)",
    ),
    _Criterion(lambda it: not _has_type(it, "DIS2D", "DIS3D"), _says("is corrected for distortion")),
    _Criterion(lambda it: not _has_type(it, "NORM"), _says("is normalised by the scanner")),
    _Criterion(lambda it: -_echo_ms(it), lambda best, rest: f"has the longer echo (TE = {_echo_ms(best):g} ms)"),
    _Criterion(lambda it: -_time_s(it), _says("was acquired later")),
    _Criterion(lambda it: -_series_number(it), _says("has the higher series number")),
)
