"""What `btn calibrate` shows."""

from collections.abc import Iterator

from braintumornet.core.calibration_record import CalibrationRecord, GroupRecord, QuantileRecord
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.terminal.screen import numbers, screen, show_table
from braintumornet.uncertainty.case_calibration import describe_groups
from braintumornet.uncertainty.conformal_volume import LEAST_DOUBT, volume_interval
from braintumornet.uncertainty.split_conformal import least_coverage


def show_calibration(record: CalibrationRecord) -> None:
    """Show what was found, what it is worth, and for which cases it holds."""
    title = f"Calibration on {record.cases} {'phantoms' if record.phantoms else 'labelled cases'} ({RESEARCH_USE})"
    temperatures = ((task, f"{value:.2f}", _in_words(value)) for task, value in record.temperatures.items())
    show_table(title, ("task", *numbers("temperature"), "probabilities as the network gives them"), temperatures)
    for group in record.groups:
        coverage = [] if record.phantoms else ["least coverage"]  # nothing is promised of patients
        names = ["cases", "10 ml, outlined sharply", *coverage]
        rows = (row[: 1 + len(names)] for row in _rows(group, record.confidence))
        show_table(f"Cases with {', '.join(group.sequences)}", ["of", *numbers(*names)], rows)
    for sentence in describe_groups(record):
        screen.print(f"{sentence[0].upper()}{sentence[1:]}.")
    screen.print(
        "It holds for cases like these: of the same scanners, disease and preparation. Predictions with another set of "
        "sequences get no interval and no set.",
        style="dim",
    )


def _rows(group: GroupRecord, confidence: float) -> Iterator[tuple[str, ...]]:
    for task, regions in group.volumes.items():
        for region, found in regions.items():
            low, high = volume_interval(10, LEAST_DOUBT, found.quantile)
            yield f"{task} {region}", str(found.cases), f"{low:.1f} to {high:.1f} ml", _least(found, confidence)
    for task, found in group.markers.items():
        yield task, str(found.cases), "-", _least(found, confidence)


def _least(found: QuantileRecord, confidence: float) -> str:
    return f"{100 * least_coverage(found.cases, confidence):.0f} %"


def _in_words(temperature: float) -> str:
    if 0.9 <= temperature <= 1.1:
        return "are about as often right as they say"
    return "are too sure" if temperature > 1 else "are less sure than they could be"
