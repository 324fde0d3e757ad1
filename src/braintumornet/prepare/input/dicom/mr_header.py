"""What one frame says of how it was acquired, in the terms of classic MR images.

Private elements as the vendors' conformance statements have them: diffusion, flow, and the name of GE's sequences.
"""

from braintumornet.prepare.input.dicom.frame_attributes import FrameAttributes
from braintumornet.prepare.input.series_header import SeriesHeader

_PULSES = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}
_GE_B_VALUES = 100_000  # GE adds flags of 1e9 and more to the b-value
_LARGEST_B_VALUE = 20_000
_DOSE = "dose"


def describe(frame: FrameAttributes) -> SeriesHeader:
    """Return what a frame says; what only a whole stack can tell has its default."""
    b_value = _b_value(frame)
    return SeriesHeader(
        modality=" ".join(frame.codes("Modality")),
        sop_class=frame.text("SOPClassUID"),
        image_type=frame.codes("FrameType") or frame.codes("ImageType"),
        scanning_sequence=_scanning_sequence(frame),
        sequence_variant=frame.codes("SequenceVariant"),
        scan_options=frame.codes("ScanOptions"),
        sequence_name=" ".join(filter(None, map(frame.text, ("SequenceName", "PulseSequenceName", "ge_sequence")))),
        acquisition_contrast=" ".join(frame.codes("AcquisitionContrast")) or None,
        acquisition_type=" ".join(frame.codes("MRAcquisitionType")),
        repetition_ms=frame.number("RepetitionTime"),
        echo_ms=_first(frame.number("EffectiveEchoTime"), frame.number("EchoTime")),
        inversion_ms=_first(frame.number("InversionTimes"), frame.number("InversionTime")),
        flip_deg=frame.number("FlipAngle"),
        echo_train=_first_whole(frame.whole("RFEchoTrainLength"), frame.whole("EchoTrainLength")),
        b_value=b_value,
        has_gradients=bool(b_value) or _has_direction(frame),
        temporal_positions=max(1, frame.whole("NumberOfTemporalPositions") or 1),
        has_velocity_encoding=_encodes_velocity(frame),
        contrast_agent=_contrast_agent(frame),
        description=frame.text("SeriesDescription"),
        protocol=frame.text("ProtocolName"),
        manufacturer=frame.text("Manufacturer"),
        study=frame.text("StudyInstanceUID"),
        frame_of_reference=frame.text("FrameOfReferenceUID"),
        series_number=frame.whole("SeriesNumber"),
        time_s=frame.acquired_s(),
        has_pixels=bool(frame.whole("Rows") and frame.whole("Columns")),
    )


def _first(*numbers: float | None) -> float | None:
    return next((number for number in numbers if number is not None), None)


def _first_whole(*numbers: int | None) -> int | None:
    return next((number for number in numbers if number is not None), None)


def _scanning_sequence(frame: FrameAttributes) -> tuple[str, ...]:
    if classic := frame.codes("ScanningSequence"):
        return classic
    found = _PULSES.get(frame.text("EchoPulseSequence").upper(), ())
    inverted = ("IR",) if frame.text("InversionRecovery").upper() == "YES" else ()
    planar = ("EP",) if frame.text("EchoPlanarPulseSequence").upper() == "YES" else ()
    return (*found, *inverted, *planar)


def _b_value(frame: FrameAttributes) -> float | None:
    """Return the b-value in s/mm2, standard or private of the scanner's maker."""
    maker = frame.text("Manufacturer").upper()
    values = [frame.number("DiffusionBValue")]
    if "SIEMENS" in maker:
        values.append(frame.number("siemens_b_value"))
    elif maker.startswith("GE"):
        private = frame.number("ge_b_value")
        values.append(None if private is None else private % _GE_B_VALUES)
    elif "PHILIPS" in maker:
        values.append(frame.number("philips_b_value"))
    return next((value for value in values if value is not None and 0 <= value <= _LARGEST_B_VALUE), None)


def _has_direction(frame: FrameAttributes) -> bool:
    siemens = "SIEMENS" in frame.text("Manufacturer").upper() and bool(frame.numbers("siemens_gradient"))
    return siemens or bool(frame.numbers("DiffusionGradientOrientation"))


def _encodes_velocity(frame: FrameAttributes) -> bool:
    maker = frame.text("Manufacturer").upper()
    private = "ge_velocity" if maker.startswith("GE") else "philips_velocity" if "PHILIPS" in maker else ""
    if private and any(frame.numbers(private)):
        return True
    standard = frame.text("PhaseContrast").upper() == "YES" or bool(frame.numbers("VelocityEncodingMinimumValue"))
    return standard or frame.text("AcquisitionContrast").upper() == "FLOW_ENCODED"


def _contrast_agent(frame: FrameAttributes) -> str | None:
    """Return what is said of a contrast agent; None where nothing is said either way."""
    if administered := frame.text("ContrastBolusAgentAdministered").upper():
        return administered
    if agent := frame.text("ContrastBolusAgent"):
        return agent
    if any((frame.number(name) or 0) > 0 for name in ("ContrastBolusVolume", "ContrastBolusTotalDose")):
        return _DOSE
    if frame.sequence("ContrastBolusAgentSequence"):
        return "YES"
    return "" if frame.has("ContrastBolusAgent") else None
