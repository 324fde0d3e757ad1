"""Examinations as vendors write them, from DICOM files to verdicts."""

from pathlib import Path

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.recognition.recognise import recognise
from braintumornet.volumes.volume import Volume

from ..write_dicom import T1C, T1N, T2F, T2W, write_series

# 10 slices of 14 mm: enough for a head
HEAD = Volume(
    np.random.default_rng(1).integers(1, 900, (6, 6, 10)).astype(np.int16),
    Space((6, 6, 10), np.diag([30, 30, 14, 1.0])),
)
PHILIPS_B_VALUE, GE_SEQUENCE_NAME = 0x20011003, 0x0019109C


def _verdicts(folder: Path) -> dict[str, tuple[str | None, str]]:
    verdicts = recognise(find_images(folder))
    return {v.name: (v.sequence, "spare" if v.spare else v.decision) for v in verdicts}


def test_an_examination_of_four_sequences(tmp_path: Path) -> None:
    for number, header in enumerate((T1N, T2W, T2F, T1C), start=1):
        write_series(HEAD, tmp_path / str(number), header=header, number=number)
    assert _verdicts(tmp_path) == {
        "series-001": ("t1n", "use"),
        "series-002": ("t2w", "use"),
        "series-003": ("t2f", "use"),
        "series-004": ("t1c", "use"),
    }


def test_an_enhanced_examination_without_descriptions(tmp_path: Path) -> None:
    plain = {"SeriesDescription": "", "ScanningSequence": None, "SequenceVariant": None, "ScanOptions": None}
    gradient, spin = {"EchoPulseSequence": "GRADIENT"}, {"EchoPulseSequence": "SPIN"}
    inverted = {"InversionRecovery": "YES"}
    t1 = {**T1N, **plain, **gradient, **inverted, "AcquisitionContrast": "T1"}
    t2f = {**T2F, **plain, **spin, **inverted, "AcquisitionContrast": "FLUID_ATTENUATED"}
    after = {**t1, "ContrastBolusAgentAdministered": "YES"}
    for number, header in enumerate((t1, {**T2W, **plain, **spin}, t2f, after), start=1):
        write_series(HEAD, tmp_path, header=header, number=number, enhanced=True)
    assert _verdicts(tmp_path) == {
        "series-001": ("t1n", "use"),
        "series-002": ("t2w", "use"),
        "series-003": ("t2f", "use"),
        "series-004": ("t1c", "use"),
    }


def test_siemens_maps_that_are_called_original(tmp_path: Path) -> None:
    for number, kind in enumerate(("ADC", "FA", "TRACEW", "MOSAIC"), start=1):
        header = {**T2W, "ImageType": ["ORIGINAL", "PRIMARY", kind, "ND"]}
        write_series(HEAD, tmp_path / str(number), header=header, number=number)
    assert set(_verdicts(tmp_path).values()) == {(None, "omit")}


def test_siemens_doubles_with_and_without_correction_of_distortion(tmp_path: Path) -> None:
    for number, kind in enumerate(("DIS2D", "ND"), start=1):
        header = {**T2W, "ImageType": ["ORIGINAL", "PRIMARY", "M", kind]}
        write_series(HEAD, tmp_path / str(number), header=header, number=number)
    assert _verdicts(tmp_path) == {"series-001": ("t2w", "use"), "series-002": ("t2w", "spare")}


def test_a_mean_of_echoes_whose_inversion_time_is_missing(tmp_path: Path) -> None:
    header = {
        **T1N,
        "SeriesDescription": "mocoMEMPRAGE_220FOV RMS nativ",
        "ImageType": ["ORIGINAL", "PRIMARY", "OTHER", "ND", "NORM", "MEAN"],
        "EchoTime": 1.66,
        "InversionTime": None,
    }
    write_series(HEAD, tmp_path, header=header)
    assert _verdicts(tmp_path) == {"series-001": ("t1n", "use")}


def test_two_echoes_of_one_series(tmp_path: Path) -> None:
    for place, echo in enumerate((15, 95)):
        header = {**T2W, "SeriesDescription": "PD+T2", "EchoTime": echo}
        write_series(HEAD, tmp_path / str(echo), header=header, number=2, uid="1.2.3", seed=place)
    assert sorted(_verdicts(tmp_path).values(), key=str) == [("t2w", "use"), (None, "omit")]


def test_philips_writes_a_b_value_of_0_into_every_series(tmp_path: Path) -> None:
    header = {**T2W, "Manufacturer": "Philips Healthcare"}
    write_series(HEAD, tmp_path / "t2w", header={**header, PHILIPS_B_VALUE: ("FL", 0.0)}, number=1)
    write_series(HEAD, tmp_path / "dwi", header={**header, PHILIPS_B_VALUE: ("FL", 1000.0)}, number=2)
    assert _verdicts(tmp_path) == {"series-001": ("t2w", "use"), "series-002": (None, "omit")}


def test_ge_and_philips_do_not_mark_subtractions(tmp_path: Path) -> None:
    write_series(HEAD, tmp_path / "1", header={**T1C, "SeriesDescription": "AX T1 SUB"}, number=1)
    assert _verdicts(tmp_path) == {"series-001": (None, "ask")}


def test_ge_names_its_pulse_sequence_in_an_element_of_its_own(tmp_path: Path) -> None:
    header = {"Manufacturer": "GE MEDICAL SYSTEMS", GE_SEQUENCE_NAME: ("LO", "CubeT2flair"), "SeriesDescription": ""}
    write_series(HEAD, tmp_path, header={**header, 0x00190010: ("LO", "GEMS_ACQU_01")})
    assert _verdicts(tmp_path) == {"series-001": ("t2f", "use")}


def test_a_localizer_and_a_perfusion_series_are_left_out_and_tell_the_time(tmp_path: Path) -> None:
    plain = {**T1N, "SeriesDescription": "T1"}
    write_series(HEAD, tmp_path / "1", header=plain, number=1)
    write_series(HEAD, tmp_path / "2", header={"ImageType": ["DERIVED", "PRIMARY", "PERFUSION", "RCBV"]}, number=2)
    write_series(HEAD, tmp_path / "3", header=plain, number=3)
    write_series(HEAD, tmp_path / "4", header={**T1N, "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, number=4)
    assert _verdicts(tmp_path) == {
        "series-001": ("t1n", "use"),
        "series-002": (None, "omit"),
        "series-003": ("t1c", "use"),
        "series-004": (None, "omit"),
    }


def test_no_name_of_a_patient_is_in_a_reason(tmp_path: Path) -> None:
    header = {**T1N, "SeriesDescription": "DOE^JANE T1 19700101", "ProtocolName": "DOE^JANE"}
    write_series(HEAD, tmp_path, header=header)
    (verdict,) = recognise(find_images(tmp_path))
    assert "DOE" not in verdict.reason
    assert "1970" not in verdict.reason
