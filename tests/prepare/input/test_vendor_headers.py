"""What headers say of an acquisition, as different vendors write it."""

from typing import Any

import pytest

from braintumornet.prepare.input.series_header import SeriesHeader

from ..write_dicom import T1N, T2F, head_phantom, write_series
from .reading import only

HEAD = head_phantom((8, 8, 8))
GROUP_19 = 0x00190010


def header_of(folder, header: dict[Any, Any], **options: Any) -> SeriesHeader:
    write_series(HEAD, folder, header=header, **options)
    return only(folder).header


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, None),
        ({"ContrastBolusAgent": ""}, ""),
        ({"ContrastBolusAgent": "Gadovist"}, "Gadovist"),
        ({"ContrastBolusVolume": 7.5}, "dose"),
        ({"ContrastBolusVolume": 0}, None),
        ({"ContrastBolusAgent": "", "ContrastBolusTotalDose": "0.1"}, "dose"),
    ],
)
def test_silence_on_a_contrast_agent_is_no_denial(tmp_path, said, expected):
    assert header_of(tmp_path, said).contrast_agent == expected


@pytest.mark.parametrize("said", ["YES", "NO"])
def test_an_enhanced_object_says_whether_an_agent_was_given(tmp_path, said):
    assert header_of(tmp_path, {"ContrastBolusAgentAdministered": said}, enhanced=True).contrast_agent == said


@pytest.mark.parametrize(
    ("said", "sequence"),
    [
        ({"EchoPulseSequence": "SPIN"}, ("SE",)),
        ({"EchoPulseSequence": "SPIN", "InversionRecovery": "YES"}, ("SE", "IR")),
        ({"EchoPulseSequence": "GRADIENT", "InversionRecovery": "NO"}, ("GR",)),
        ({"EchoPulseSequence": "BOTH", "EchoPlanarPulseSequence": "YES"}, ("SE", "GR", "EP")),
    ],
)
def test_enhanced_pulse_sequences_are_told_in_classic_terms(tmp_path, said, sequence):
    header = header_of(tmp_path, {**said, "AcquisitionContrast": "T2", "PulseSequenceName": "*tse2d"}, enhanced=True)
    assert header.scanning_sequence == sequence
    assert (header.acquisition_contrast, header.sequence_name) == ("T2", "*tse2d")


def test_the_type_of_a_frame_goes_before_that_of_the_object(tmp_path):
    header = header_of(tmp_path, {"FrameType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}, enhanced=True)
    assert header.image_type == ("DERIVED", "PRIMARY", "DIFFUSION", "ADC")


@pytest.mark.parametrize(
    ("said", "b_value"),
    [
        ({"DiffusionBValue": 1000.0}, 1000),
        ({"Manufacturer": "SIEMENS", GROUP_19: ("LO", "SIEMENS MR HEADER"), 0x0019100C: ("IS", 800)}, 800),
        ({"Manufacturer": "Siemens Healthineers", 0x0019100C: ("UN", b"750 ")}, 750),
        ({"Manufacturer": "GE MEDICAL SYSTEMS", 0x00431039: ("IS", [1000000800, 8, 0, 0])}, 800),
        ({"Manufacturer": "GE MEDICAL SYSTEMS", 0x00431039: ("IS", [0, 8, 0, 0])}, 0),
        ({"Manufacturer": "Philips Medical Systems", 0x20011003: ("FL", 600.0)}, 600),
        ({"Manufacturer": "Philips", 0x20011003: ("UN", b"\x00\x00\x16\x44")}, 600),
        ({"Manufacturer": "GE MEDICAL SYSTEMS", 0x0019100C: ("IS", 800)}, None),
    ],
)
def test_b_values_of_each_vendor(tmp_path, said, b_value):
    header = header_of(tmp_path, said)
    assert header.b_value == b_value
    assert header.has_gradients == bool(b_value)


def test_the_largest_b_value_of_an_image_counts(tmp_path):
    assert header_of(tmp_path, {"DiffusionBValue": lambda place: 100.0 * place}).b_value == 700


@pytest.mark.parametrize(
    ("said", "encoded"),
    [
        ({"PhaseContrast": "YES"}, True),
        ({"Manufacturer": "GE MEDICAL SYSTEMS", 0x001910CC: ("SS", 80)}, True),
        ({"Manufacturer": "GE MEDICAL SYSTEMS", 0x001910CC: ("SS", 0)}, False),
        ({"Manufacturer": "Philips", 0x2001101A: ("FL", [0.0, 0.0, 25.0])}, True),
        ({"Manufacturer": "SIEMENS", 0x001910CC: ("SS", 80)}, False),
    ],
)
def test_velocity_encoding_of_each_vendor(tmp_path, said, encoded):
    assert header_of(tmp_path, said).has_velocity_encoding is encoded


def test_the_names_of_the_sequence_are_joined(tmp_path):
    said = {"Manufacturer": "GE MEDICAL SYSTEMS", "SequenceName": "fse", 0x0019109C: ("LO", "CubeT2flair")}
    assert header_of(tmp_path, said).sequence_name == "fse CubeT2flair"


@pytest.mark.parametrize("value", ["", "none at all", "1e999", "nan"])
def test_numbers_that_are_none_are_not_said(tmp_path, value):
    from pydicom.valuerep import VR

    spoilt = {0x00180080: (VR.LO, value), 0x00180081: (VR.LO, "2.5\\x"), "InversionTime": None}
    write_series(HEAD, tmp_path, header={**T1N, "RepetitionTime": None, "EchoTime": None, **spoilt})
    header = only(tmp_path).header
    assert (header.repetition_ms, header.echo_ms, header.inversion_ms) == (None, None, None)
    assert header.flip_deg == 9


def test_times_order_the_series_of_a_study(tmp_path):
    for number, (date, time) in enumerate([("20240105", "235959.5"), ("20240106", "000001"), ("2024", "x")], start=1):
        header = {"AcquisitionDate": date, "AcquisitionTime": time, "StudyTime": "10"}
        write_series(HEAD, tmp_path / str(number), number=number, header=header)
    first, second, third = (only(tmp_path / str(number)).header.time_s for number in (1, 2, 3))
    assert second - first == 1.5
    assert third == first - (13 * 3600 + 59 * 60 + 59.5)  # of the study


def test_the_acquisition_of_an_enhanced_object_has_its_own_time(tmp_path):
    header = {"AcquisitionDateTime": "20240105101112.25+0100", "AcquisitionDate": None, "AcquisitionTime": None}
    enhanced = header_of(tmp_path / "a", header, enhanced=True).time_s
    classic = header_of(tmp_path / "b", {"AcquisitionDate": "20240105", "AcquisitionTime": "101112.25"}).time_s
    assert enhanced == classic


def test_classic_facts(tmp_path):
    header = header_of(tmp_path, T2F, number=12)
    assert (header.echo_train, header.acquisition_type, header.series_number) == (16, "2D", 12)
    assert header.sequence_variant == ("SK", "SP", "MP")
    assert header.has_pixels
