"""Cases whose ids look like visits of one patient, but who are said to be several."""

from collections.abc import Sequence

from braintumornet.core.cohort_table import Line
from braintumornet.core.text.visits import find_split_patients
from braintumornet.data.check.findings import Finding, Kind, Severity


def check_visits(lines: Sequence[Line]) -> list[Finding]:
    """Return a warning for each case whose id looks like a visit of a patient that another `patient_id` has too.

    Args:
        lines: of the tables that are checked together.
    """
    named = [line for line in lines if line.id]
    split = find_split_patients((line.id, line.patient_id) for line in named)
    patient_of = {case_id: patient for patient, ids in split.items() for case_id in ids}
    findings = []
    for line in named:
        if line.id in patient_of:
            patient = patient_of[line.id]
            other = next(other for other in split[patient] if other != line.id)
            text = (
                f"looks like a visit of patient {patient}, as {other} does, but their patient_id differ, so that one "
                "may train and the other test; give them one patient_id"
            )
            findings.append(Finding(Kind.PATIENT, Severity.WARNING, text, line.number, line.id, table=line.table))
    return findings
