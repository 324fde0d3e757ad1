"""What is wrong between cases: ids, patients, splits, copies, and grids unlike all others."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from braintumornet.core.cohort.cohort_line import Line
from braintumornet.core.cohort.visits import find_split_patients
from braintumornet.core.text.group_messages import list_some
from braintumornet.core.text.names import file_key
from braintumornet.data.check.check_brains import check_brains
from braintumornet.data.check.findings import Facts, Finding, Kind, Severity, about
from braintumornet.data.check.spacings import FEWEST_TO_COMPARE, check_spacings
from braintumornet.data.confounding import ORIGINS, explain_confounding

MAJORITY = 0.75

Known: TypeAlias = Sequence[tuple[Line, Facts]]


def check_cohort(cases: Known) -> list[Finding]:
    """Return what is wrong between the cases of a table: a finding for each case that it concerns, or about the table.

    Args:
        cases: lines with their facts.
    """
    lines = [line for line, _ in cases]
    cohorts: dict[str, list[tuple[Line, Facts]]] = defaultdict(list)
    for line, facts in cases:
        cohorts[line.cohort].append((line, facts))
    findings = [*_check_ids(lines), *_check_patients(lines), *_check_splits(lines), *_check_copies(cases)]
    findings += [*check_spacings(list(cohorts.values())), *_check_visits(lines)]
    return findings + [one for own in cohorts.values() for one in (*check_brains(own), *_check_orientation(own))]


def check_origins(lines: Sequence[Line]) -> list[Finding]:
    """Return whether the pathology could be told from where the cases come from, as findings about the table."""
    found = []
    for origin in ORIGINS:
        places = [line.cohort if origin == "cohort" else line.attributes.get(origin) for line in lines]
        pairs = zip([line.pathology for line in lines], places, strict=True)
        text = explain_confounding(pairs, "pathology", origin)
        found += [Finding(Kind.CONFOUNDED, Severity.WARNING, text, line=1)] if text else []
    return found


def _list(names: Iterable[str]) -> str:
    return list_some(sorted(set(names)), most=3)


def _check_ids(lines: Sequence[Line]) -> list[Finding]:
    written: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.id:
            written[file_key(line.id)].append(line.id)
    findings = []
    for line in lines:
        alike = written[file_key(line.id)]
        others = [name for name in alike if name != line.id]
        text = f"its id stands there {len(alike)} times"
        if others:
            text = f"its id and {_list(others)} differ in capitals alone and are one file on some disks"
        if len(alike) > 1:
            findings.append(about(line, Kind.DUPLICATE_ID, Severity.ERROR, f"{text}; ids are unique"))
    return findings


def _check_patients(lines: Sequence[Line]) -> list[Finding]:
    patients: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.patient_id:
            patients[line.patient_id].append(line)
    findings = []
    for line in lines:
        others = [other for other in patients[line.patient_id] if other.pathology not in (None, line.pathology)]
        if line.pathology and others:
            told = _list(f"{other.id} of the same patient is {other.pathology}" for other in others)
            text = f"is {line.pathology}, but {told}; fix pathology or patient_id"
            findings.append(about(line, Kind.PATIENT, Severity.WARNING, text))
        away = [other for other in patients[line.patient_id] if other.split not in (None, line.split)]
        if line.split and away:
            told = _list(f"{other.id} of the same patient is in {other.split}" for other in away)
            text = f"is in {line.split}, but {told}; put all cases of a patient in one set"
            findings.append(about(line, Kind.SPLIT, Severity.ERROR, text))
    return findings


def _check_visits(lines: Sequence[Line]) -> list[Finding]:
    """Find cases whose ids look like visits of one patient, but who are said to be several."""
    named = [line for line in lines if line.id]
    split = find_split_patients((line.id, line.patient_id) for line in named)
    patient_of = {case_id: patient for patient, ids in split.items() for case_id in ids}
    findings = []
    for line in (line for line in named if line.id in patient_of):
        patient = patient_of[line.id]
        other = next(other for other in split[patient] if other != line.id)
        text = (
            f"looks like a visit of patient {patient}, as {other} does, but their patient_id differ, so that one "
            "may train and the other test; give them one patient_id"
        )
        findings.append(about(line, Kind.PATIENT, Severity.WARNING, text))
    return findings


def _check_splits(lines: Sequence[Line]) -> list[Finding]:
    if not any(line.split for line in lines):
        return []
    text = "has no split although others have; fill the column for all or none"
    return [about(line, Kind.SPLIT, Severity.ERROR, text) for line in lines if not line.split]


def _check_copies(cases: Known) -> list[Finding]:
    """Find files of different lines that show the same voxels; a brain mask may serve many cases."""
    holders: dict[str, list[Line]] = defaultdict(list)
    for line, facts in cases:
        for column, content in facts.contents.items():
            if column != "brainmask":
                holders[content].append(line)
    findings = []
    for line, facts in cases:
        shared = {column: holders[content] for column, content in facts.contents.items()}
        own = [column for column, shown_by in shared.items() if any(other is not line for other in shown_by)]
        if own:
            severity = Severity.ERROR if any(column in line.images for column in own) else Severity.WARNING
            verb = "show" if len(own) > 1 else "shows"
            others = _list(other.id for column in own for other in shared[column] if other is not line)
            text = f"{', '.join(own)} {verb} the same voxels as files of {others}; copied under two names"
            findings.append(about(line, Kind.SAME_CONTENT, severity, text))
    return findings


def _check_orientation(cases: Known) -> list[Finding]:
    known = [(line, facts.orientation) for line, facts in cases if facts.orientation is not None]
    if len(known) < FEWEST_TO_COMPARE:
        return []
    usual, count = Counter(orientation for _, orientation in known).most_common(1)[0]
    if count < MAJORITY * len(known):
        return []
    return [
        about(
            line,
            Kind.ORIENTATION,
            Severity.NOTE,
            f"lies in the file as {own}, the cohort as {usual}; read right if its header is right",
        )
        for line, own in known
        if own != usual
    ]
