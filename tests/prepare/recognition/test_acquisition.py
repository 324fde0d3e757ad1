"""Rows 5 to 11 of the decision table: contrast by kind of sequence, TR, TE, TI and flip angle."""

import pytest

from braintumornet.prepare.recognition.acquisition import find_by_acquisition, find_reformat

GR_3D = {"scanning_sequence": ("GR",), "acquisition_type": "3D"}


def _kinds(header) -> set[str]:
    found = find_by_acquisition(header)
    return set(found.kinds) if found else set()


@pytest.mark.parametrize(
    ("tr", "te", "ti", "fields", "kinds"),
    [
        (9000, 120, 2500, {"scanning_sequence": ("SE", "IR")}, {"t2f"}),
        (5000, 388, 1650, {"scanning_sequence": ("SE", "IR"), "acquisition_type": "3D"}, {"t2f"}),
        (8000, 120, 2250, {"scanning_sequence": ("RM",)}, {"t2f"}),  # TI alone tells of the inversion
        (4500, 100, 150, {"scanning_sequence": ("SE", "IR")}, {"other"}),  # STIR
        (9000, 120, None, {"scanning_sequence": ("SE", "IR")}, set()),  # FLAIR or STIR
        (5000, 388, None, {"scanning_sequence": ("SE",), "sequence_name": "*spcir_278ns"}, set()),
        (2000, 12, 860, {"scanning_sequence": ("SE", "IR")}, {"t1"}),  # T1 FLAIR
        (2300, 3, 900, {"scanning_sequence": ("GR", "IR")}, {"t1"}),
        (8, 3, 450, {"scanning_sequence": ("GR",)}, {"t1"}),  # BRAVO: TR is the echo spacing
        (2530, 1.66, None, {"scanning_sequence": ("GR", "IR"), "sequence_variant": ("SP", "MP")}, {"t1"}),
        (7, 3, None, {"scanning_sequence": ("GR",), "sequence_variant": ("MP",)}, {"t1"}),  # Philips' TFE
        (550, 12, None, {"scanning_sequence": ("SE",)}, {"t1"}),
        (550, 12, 0, {"scanning_sequence": ("RM", "SE")}, {"t1"}),  # GE writes TI = 0 where there is none
        (700, 30, None, {"scanning_sequence": ("SE",), "acquisition_type": "3D"}, {"t1"}),  # SPACE, CUBE, VISTA
        (25, 4, None, GR_3D | {"flip_deg": 15}, {"t1"}),  # SPGR
        (25, 4, None, GR_3D | {"flip_deg": 3}, set()),
        (6, 3, None, GR_3D | {"flip_deg": 50, "sequence_variant": ("SS",)}, set()),  # CISS, FIESTA
        (25, 4, None, GR_3D | {"flip_deg": 15, "sequence_variant": ("SS", "SP")}, {"t1"}),
        (700, 20, None, {"scanning_sequence": ("GR",), "flip_deg": 20}, {"other"}),  # T2*
        (4000, 100, None, {"scanning_sequence": ("SE",)}, {"t2w"}),
        (3200, 400, None, {"scanning_sequence": ("SE",), "acquisition_type": "3D"}, {"t2w"}),
        (4000, 100, None, {"scanning_sequence": ("SE", "EP")}, set()),
        (3000, 15, None, {"scanning_sequence": ("SE",)}, {"other"}),  # proton density
        (3000, 50, None, {"scanning_sequence": ("SE",)}, set()),
        (1500, 12, None, {"scanning_sequence": ("SE",)}, set()),
        (4000, None, None, {"scanning_sequence": ("SE",)}, set()),
        (4000, 100, None, {}, set()),
    ],
)
def test_figures_decide(header, tr, te, ti, fields, kinds) -> None:
    assert _kinds(header(repetition_ms=tr, echo_ms=te, inversion_ms=ti, **fields)) == kinds


def test_the_reason_has_the_figures(header) -> None:
    found = find_by_acquisition(header("t2f"))
    assert found is not None
    assert found.reason == "spin echo with inversion, TR = 9000 ms, TE = 120 ms, TI = 2500 ms"


@pytest.mark.parametrize(
    ("contrast", "kinds"),
    [
        ("T1", {"t1"}),
        ("T2", {"t2w"}),
        ("FLUID_ATTENUATED", {"t2f"}),
        ("DIFFUSION", {"other"}),
        ("PROTON_DENSITY", {"other"}),
        ("STIR", {"other"}),
        ("MIXED", set()),
        ("UNKNOWN", set()),
    ],
)
def test_an_enhanced_object_names_its_contrast(header, contrast, kinds) -> None:
    assert _kinds(header(acquisition_contrast=contrast)) == kinds


def test_a_named_contrast_that_the_figures_gainsay_leaves_a_choice(header) -> None:
    assert _kinds(header("t2f", acquisition_contrast="T2")) == {"t2f", "t2w"}


@pytest.mark.parametrize("text", ["JOHN DOE 1970", "DOE"])
def test_free_text_in_place_of_a_contrast_is_not_repeated(header, text) -> None:
    found = find_by_acquisition(header(acquisition_contrast=text))
    assert found is not None
    assert found.reason == "AcquisitionContrast is another"


@pytest.mark.parametrize("word", ["MPR", "REFORMATTED", "RESAMPLED"])
def test_a_reformat_says_so(header, word) -> None:
    assert find_reformat(header("t1", image_type=("DERIVED", "SECONDARY", word)), ()) == (
        f"reformatted: ImageType has {word}"
    )


def test_a_reformat_without_a_word_is_known_by_its_original(header) -> None:
    original = header("mprage", image_type=("ORIGINAL", "PRIMARY"), frame_of_reference="1.2")
    derived = header("mprage", image_type=("DERIVED", "SECONDARY"), frame_of_reference="1.2", slices=60)
    assert find_reformat(derived, [original]).startswith("reformatted")
    assert not find_reformat(derived, [header("t1", image_type=("ORIGINAL",), frame_of_reference="1.2")])
    assert not find_reformat(original, [derived])
