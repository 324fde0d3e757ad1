"""Rows 0 to 4 of the decision table: what is no anatomical image, whatever its contrast."""

import pytest

from braintumornet.prepare.recognition.excluded_series import find_exclusion

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
RAW_OF_PHILIPS = "1.3.46.670589.11.0.0.12.1"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"modality": "CT"}, "its modality is not MR"),
        ({"has_pixels": False}, "it holds no images"),
        ({"sop_class": SEGMENTATION}, "its SOP class is not that of MR images"),
        ({"sop_class": RAW_OF_PHILIPS}, "its SOP class is not that of MR images"),
        ({"slices": 7}, "7 slices, fewer than 8"),
        ({"orientations": 3}, "slices in 3 orientations, as localizers have"),
        ({"image_type": ("ORIGINAL", "PRIMARY", "LOCALIZER")}, "ImageType has LOCALIZER"),
        ({"description": "AAHead_Scout_64ch"}, "its text says aahead"),
        ({"description": "3-plane loc"}, "its text says 3 plane"),
        ({"protocol": "SmartBrain"}, "its text says SmartBrain"),
        ({"image_type": ("ORIGINAL", "PRIMARY", "ADC")}, "ImageType has ADC"),  # Siemens writes maps as originals
        ({"image_type": ("ORIGINAL", "PRIMARY", "P", "ND")}, "ImageType has P"),
        ({"image_type": ("DERIVED", "SECONDARY", "MIN_IP")}, "ImageType has MIN IP"),
        ({"image_type": ("ORIGINAL", "PRIMARY", "M", "MOSAIC")}, "ImageType has MOSAIC"),
        ({"image_type": ("DERIVED", "PRIMARY", "M", "MFSPLIT")}, "ImageType has MFSPLIT and DERIVED"),
        ({"b_value": 1000.0}, "b = 1000 s/mm2"),
        ({"b_value": 0.0, "scanning_sequence": ("SE", "EP")}, "b = 0 s/mm2"),
        ({"has_gradients": True}, "diffusion gradients are described"),
        ({"temporal_positions": 40}, "40 temporal positions"),
        ({"has_velocity_encoding": True}, "flow is encoded"),
        ({"description": "TOF_3D_multi-slab"}, "its text says angiography"),
        ({"description": "ep2d_diff_b0"}, "its text says diffusion"),
        ({"protocol": "SWIp"}, "its text says susceptibility"),
        (
            {"description": "AX T1 SUB", "image_type": ("DERIVED", "SECONDARY")},
            "ImageType has DERIVED, and its text says subtraction",
        ),
        (
            {"description": "T1_Map", "image_type": ("DERIVED", "PRIMARY")},
            "ImageType has DERIVED, and its text says T1 map",
        ),
    ],
)
def test_a_series_that_is_no_anatomical_image_is_left_out_with_the_reason(header, fields, reason) -> None:
    found = find_exclusion(header("t2w", **fields))
    assert found is not None
    assert found.kinds == {"other"}
    assert found.reason == reason


@pytest.mark.parametrize("description", ["AX T1 SUB", "T2 map", "SyMRI T1", "WIP 629 mprage RMS"])
def test_what_is_computed_by_its_text_alone_is_asked_about(header, description) -> None:
    found = find_exclusion(header("t1", description=description, image_type=("ORIGINAL", "PRIMARY")))
    assert found is not None
    assert {"other", "t1"} <= found.kinds


@pytest.mark.parametrize(
    "fields",
    [
        {"image_type": ("ORIGINAL", "PRIMARY", "M", "ND", "NORM"), "description": "t1_mprage_sag"},
        {"image_type": ("ORIGINAL", "PRIMARY", "OTHER", "MEAN"), "description": "mocoMEMPRAGE RMS"},
        {"b_value": 0.0},  # Philips writes 0 into every series
        {"description": "T1 local"},
        {"description": "T1 post DCE"},
        {"image_type": ("DERIVED", "SECONDARY", "MPR")},
    ],
)
def test_an_anatomical_image_is_not_left_out(header, fields) -> None:
    assert find_exclusion(header("t1", **fields)) is None
