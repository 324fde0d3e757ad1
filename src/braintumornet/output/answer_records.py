"""What a prediction says of answers that are no masks."""

from collections.abc import Mapping
from typing import Any

from braintumornet.core.prediction import Routing
from braintumornet.core.prediction_record import MarkerRecord
from braintumornet.core.task_record import LeftOutRecord, RouterRecord, TaskRecord
from braintumornet.uncertainty.case_calibration import CaseCalibration


def describe_answers(
    answers: Mapping[str, Mapping[str, Mapping[str, Any]]], about: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, TaskRecord]]:
    """Return kind -> task -> what is said of it, of the kinds that answered."""
    return {
        kind: {task: TaskRecord(**about[task], **answer) for task, answer in found.items()}
        for kind, found in answers.items()
        if found
    }


def describe_routing(routing: Routing, about: Mapping[str, Mapping[str, Any]]) -> RouterRecord:
    """Return what is said of a router."""
    left_out = {
        task: LeftOutRecord(**{**about[task], "regions": names, "volume_ml": routing.left_out_ml.get(task, {})})
        for task, names in routing.left_out.items()
    }
    return RouterRecord(chose=routing.chose, left_out=left_out, measured=routing.measured)


def describe_marker(
    task: str, classes: Mapping[str, float], about: Mapping[str, Any], calibrated: CaseCalibration
) -> MarkerRecord:
    """Return what is said of a marker: calibrated probabilities, and the classes that are left open."""
    said = {**about, "probabilities": calibrated.temper_classes(task, classes)}
    if left_open := calibrated.classes(task, classes):
        said["set"] = left_open
    return MarkerRecord(**said)
