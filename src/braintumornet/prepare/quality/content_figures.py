"""Whether the voxels of images show what their headers say: a swap of two sequences, or a mask in place of an image."""

from collections.abc import Mapping

from braintumornet.prepare.quality.figure import Figure, Verdict
from braintumornet.prepare.recognition.content_checks import ContentFinding, check_image, check_registered
from braintumornet.volumes.volume import Volume

_VERDICTS = {"agree": Verdict.PASS, "unclear": Verdict.NOT_ASSESSED, "disagree": Verdict.LOOK}


def image_figures(images: Mapping[str, Volume]) -> list[Figure]:
    """Judge images as they came: one that is empty, a mask or CT is a failure.

    Args:
        images: sequence -> image as it was scanned.
    """
    found = {sequence: check_image(image) for sequence, image in images.items()}
    return [
        _figure("values", sequence, finding, Verdict.FAIL)
        for sequence, finding in found.items()
        if finding.verdict == "disagree"
    ]


def content_figures(images: Mapping[str, Volume], brainmask: Volume) -> list[Figure]:
    """Judge images on one grid against each other within the brain: what disagrees is to be looked at.

    Args:
        images: sequence -> image on the grid of the mask.
        brainmask: boolean.
    """
    found = check_registered(images, brainmask)
    return [_figure(f"content of {name}", None, finding) for name, finding in found.items()]


def _figure(name: str, sequence: str | None, finding: ContentFinding, worst: Verdict = Verdict.LOOK) -> Figure:
    verdict = worst if finding.verdict == "disagree" else _VERDICTS[finding.verdict]
    value = next(iter(finding.figures.values()), None)
    note = "" if verdict == Verdict.PASS else finding.reason
    return Figure(name=name, sequence=sequence, value=value, verdict=verdict.value, note=note)
