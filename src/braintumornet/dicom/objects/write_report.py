"""Volumes, diameters and markers as a structured report (DICOM PS3.16, TID 1500), made by highdicom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from braintumornet.core.prediction_record import MarkerRecord
from braintumornet.dicom.objects.coded_terms import (
    ALGORITHM_OUTPUT,
    ASSESSMENT,
    BRAIN,
    LONG_AXIS,
    MILLILITRE,
    MILLIMETRE,
    NO_UNITS,
    OURS,
    SHORT_AXIS,
    VALIDATION,
    VOLUME,
    Term,
)
from braintumornet.dicom.objects.outlined_structure import MANUFACTURER, Algorithm, OutlinedStructure
from braintumornet.dicom.objects.source_headers import describe_failure, source_images
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.read_files import quiet

if TYPE_CHECKING:
    import highdicom as hd

_LONGEST_MEANING = 64


@dataclass(frozen=True, eq=False)
class SegmentedStructures:
    """Structures and the segmentation that shows them, a segment for each in their order."""

    structures: Sequence[OutlinedStructure]
    segmentation: "hd.seg.Segmentation"


def make_report(
    series: SeriesGrid,
    shown: Sequence[SegmentedStructures],
    markers: Mapping[str, MarkerRecord],
    remarks: Mapping[str, str],
    algorithm: Algorithm,
    number: int,
) -> "hd.sr.Comprehensive3DSR":
    """Return a report with the volume and the diameters of each structure, and the probabilities of markers.

    Every group of measurements says that it is the output of an algorithm, and on whom that was validated.

    Args:
        series: that was read.
        shown: what was outlined.
        markers: task -> probability of each class.
        remarks: what has no segment -> why, such as a region that is empty, or was not assessed.
        algorithm: that says so.
        number: of the series that the object is.

    Raises:
        InputError: the series lacks what a report must repeat.
    """
    import highdicom as hd

    sources = source_images(series)
    with quiet():
        try:
            groups = [
                *(group for each in shown for group in _structure_groups(series, each, algorithm)),
                *(_marker_group(task, marker, algorithm) for task, marker in markers.items()),
                *(_remark_group(name, why, algorithm) for name, why in remarks.items()),
            ]
            return hd.sr.Comprehensive3DSR(
                evidence=[*sources, *(each.segmentation for each in shown)],
                content=_content(groups, algorithm)[0],
                is_complete=True,
                **algorithm.new_series(number),
            )
        except (AttributeError, KeyError, ValueError, TypeError) as error:
            raise describe_failure(series, "report", error) from None  # what it says may quote a value


def _content(groups: "Sequence[hd.sr.MeasurementsAndQualitativeEvaluations]", algorithm: Algorithm) -> "hd.sr.Template":
    import highdicom as hd
    from pydicom.uid import generate_uid

    device = hd.sr.DeviceObserverIdentifyingAttributes(
        uid=generate_uid(entropy_srcs=[algorithm.name, algorithm.fingerprint]),
        name=MANUFACTURER,
        model_name=algorithm.name,
    )
    observer = hd.sr.ObserverContext(
        observer_type=hd.sr.CodedConcept("121007", "DCM", "Device"), observer_identifying_attributes=device
    )
    return hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=hd.sr.CodedConcept("363679005", "SCT", "Imaging procedure"),
        imaging_measurements=groups,
        title=hd.sr.CodedConcept("126000", "DCM", "Imaging Measurement Report"),
    )


def _structure_groups(
    series: SeriesGrid, shown: SegmentedStructures, algorithm: Algorithm
) -> "Iterator[hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations]":
    import highdicom as hd

    for number, structure in enumerate(shown.structures, start=1):
        yield hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(uid=structure.tracking_uid, identifier=structure.name),
            referenced_segment=hd.sr.ReferencedSegment(
                sop_class_uid=shown.segmentation.SOPClassUID,
                sop_instance_uid=shown.segmentation.SOPInstanceUID,
                segment_number=number,
                source_series=hd.sr.SourceSeriesForSegmentation(series.series_uid),
            ),
            finding_type=_coded(structure.term),
            algorithm_id=_algorithm(algorithm),
            finding_sites=[hd.sr.FindingSite(anatomic_location=_coded(BRAIN))],
            measurements=list(_measurements(structure)),
            qualitative_evaluations=[_validation(algorithm)],
        )


def _measurements(structure: OutlinedStructure) -> "Iterator[hd.sr.Measurement]":
    yield _measurement(VOLUME, structure.volume_ml, MILLILITRE)
    if structure.diameters is not None:
        yield _measurement(LONG_AXIS, structure.diameters.longest_mm, MILLIMETRE)
        yield _measurement(SHORT_AXIS, structure.diameters.perpendicular_mm, MILLIMETRE)


def _marker_group(
    task: str, marker: MarkerRecord, algorithm: Algorithm
) -> "hd.sr.MeasurementsAndQualitativeEvaluations":
    """Return the probabilities of a marker: never as a finding, which somebody could take it for."""
    import highdicom as hd

    return hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(task),
        finding_category=_coded(ALGORITHM_OUTPUT),
        algorithm_id=_algorithm(algorithm),
        measurements=[
            _measurement(Term(f"probability-{place}", OURS, _meaning(f"Probability of {name}")), value, NO_UNITS)
            for place, (name, value) in enumerate(marker.probabilities.items(), start=1)
        ],
        qualitative_evaluations=[_validation(algorithm)],
    )


def _remark_group(name: str, why: str, algorithm: Algorithm) -> "hd.sr.MeasurementsAndQualitativeEvaluations":
    import highdicom as hd

    said = _coded(Term("remark", OURS, _meaning(why)))
    return hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(name),
        finding_category=_coded(ALGORITHM_OUTPUT),
        algorithm_id=_algorithm(algorithm),
        qualitative_evaluations=[
            hd.sr.QualitativeEvaluation(name=_coded(ASSESSMENT), value=said),
            _validation(algorithm),
        ],
    )


def _tracking(name: str) -> "hd.sr.TrackingIdentifier":
    import highdicom as hd
    from pydicom.uid import generate_uid

    return hd.sr.TrackingIdentifier(uid=generate_uid(), identifier=name)


def _measurement(name: Term, value: float, unit: Term) -> "hd.sr.Measurement":
    import highdicom as hd

    return hd.sr.Measurement(name=_coded(name), value=float(value), unit=_coded(unit))


def _validation(algorithm: Algorithm) -> "hd.sr.QualitativeEvaluation":
    import highdicom as hd

    said = Term("validated", OURS, _meaning(algorithm.validation))
    return hd.sr.QualitativeEvaluation(name=_coded(VALIDATION), value=_coded(said))


def _algorithm(algorithm: Algorithm) -> "hd.sr.AlgorithmIdentification":
    import highdicom as hd

    return hd.sr.AlgorithmIdentification(
        name=algorithm.name,
        version=algorithm.version,
        parameters=[f"model {algorithm.fingerprint}", algorithm.notice],
    )


def _meaning(text: str) -> str:
    return text if len(text) <= _LONGEST_MEANING else f"{text[: _LONGEST_MEANING - 3]}..."


def _coded(term: Term) -> "hd.sr.CodedConcept":
    import highdicom as hd

    return hd.sr.CodedConcept(*term)
