"""Whether what counts as brain can be one: said once where most of a cohort is so, else case by case."""

from collections.abc import Sequence
from typing import TypeAlias

from braintumornet.core.cohort.cohort_line import Line
from braintumornet.data.check.findings import Facts, Finding, Kind, Severity, about
from braintumornet.volumes.brain_plausibility import (
    BrainDoubt,
    BrainFacts,
    describe_blanks,
    describe_left_out,
    doubt_brain,
)

IN_MOST = {
    Kind.SKULL: "the skull is there",
    Kind.NO_BACKGROUND: "nearly every voxel counts as brain",
    Kind.BRAIN_SIZE: "what counts as brain has not the size of one",
}
FITS_ONLY_SUCH = "; a network that learns from them fits only such heads"

_Doubted: TypeAlias = tuple[Line, BrainFacts, BrainDoubt]


def check_brains(cases: Sequence[tuple[Line, Facts]]) -> list[Finding]:
    """Return what is wrong with the brains of one cohort.

    What is true of more than half of several cases is one finding about the table, and none about each of them.

    Args:
        cases: lines with their facts.
    """
    known = [(line, facts.brain) for line, facts in cases if facts.brain is not None]
    doubted = [(line, brain, doubt) for line, brain in known if (doubt := doubt_brain(brain)) is not None]
    findings = [finding for line, brain in known for finding in _check_blanks(line, brain)]
    for kind in IN_MOST:
        such = [one for one in doubted if one[2].kind == kind]
        if len(such) > 1 and len(such) > len(known) / 2:
            findings.append(_about_cohort(kind, such, len(known)))
        else:
            findings += [
                about(line, kind, Severity.WARNING, f"{doubt.what}: {doubt.advice}") for line, _, doubt in such
            ]
    return findings


def _about_cohort(kind: Kind, such: Sequence[_Doubted], known: int) -> Finding:
    line, _, doubt = such[0]
    volumes_ml = [brain.brain_ml for _, brain, _ in such]
    text = (
        f"cohort {line.cohort}: {IN_MOST[kind]} in {len(such)} of {known} cases ({min(volumes_ml):.0f} to "
        f"{max(volumes_ml):.0f} ml count as brain): {doubt.advice}{FITS_ONLY_SUCH if kind == Kind.SKULL else ''}"
    )
    return Finding(kind, Severity.WARNING, text, line=1)


def _check_blanks(line: Line, brain: BrainFacts) -> list[Finding]:
    """Find masks that are too small and, where there is none, images that show nothing of the brain."""
    texts = ["" if brain.masked else describe_blanks(brain), describe_left_out(brain)]
    return [about(line, Kind.COVERAGE, Severity.WARNING, text) for text in texts if text]
