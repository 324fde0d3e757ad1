"""Which predictions are of patients from whom their network learned."""

from collections.abc import Mapping
from typing import Any

from braintumornet.core.case import Case, Cohort

SEEN_KEY = "seen_in_training"


def with_seen_patients(cohort: Cohort, summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return summaries in which every case of a patient counts as seen by a network that was trained on one of them.

    Predictions of today say it themselves; older ones knew the case alone.

    Args:
        cohort: says whose each case is.
        summaries: case id -> summary of its prediction; several runs may have made them.
    """

    def network_of(case: Case) -> tuple[str, str]:
        return case.patient_id, summaries[case.id].get("provenance", {}).get("model", "")

    predicted = [case for case in cohort if case.id in summaries]
    seen = {network_of(case) for case in predicted if summaries[case.id].get(SEEN_KEY)}
    return {case.id: {**summaries[case.id], SEEN_KEY: network_of(case) in seen} for case in predicted}
