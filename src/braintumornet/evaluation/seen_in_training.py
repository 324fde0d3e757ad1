"""Which predictions are of patients from whom their network learned."""

from collections.abc import Mapping

from braintumornet.core.case import Case, Cohort
from braintumornet.core.prediction_record import PredictionRecord


def with_seen_patients(cohort: Cohort, records: Mapping[str, PredictionRecord]) -> dict[str, PredictionRecord]:
    """Return predictions in which every case of a patient counts as seen by a network that was trained on one of them.

    Predictions of today say it themselves; older ones knew the case alone.

    Args:
        cohort: says whose each case is.
        records: case id -> prediction; several runs may have made them.
    """

    def network_of(case: Case) -> tuple[str, str]:
        return case.patient_id, records[case.id].provenance.get("model", "")

    predicted = [case for case in cohort if case.id in records]
    seen = {network_of(case) for case in predicted if records[case.id].seen_in_training}
    return {
        case.id: records[case.id].model_copy(update={"seen_in_training": network_of(case) in seen})
        for case in predicted
    }
