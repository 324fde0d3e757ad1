"""Row 12 of the decision table: what texts say, and that nothing else of them is repeated."""

import pytest

from braintumornet.prepare.recognition.series_text import find_by_text, find_keywords


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("AX T2 FLAIR FS", {"t2f"}),
        ("t2_tirm_tra_dark-fluid", {"t2f"}),
        ("CubeT2flair", {"t2f"}),
        ("t2_spc_da-fl_sag_p2_iso_1.0", {"t2f"}),
        ("Sag FLAIR mpr range", {"t2f"}),
        ("Ax T1 FLAIR", {"t1"}),
        ("t1_tirm_dark-fluid_cor", {"t1"}),
        ("t2_tse_tra_512", {"t2w"}),
        ("3DT2 CUBE", {"t2w"}),
        ("T2W_TSE", {"t2w"}),
        ("AX T2*", {"other"}),
        ("T2 star", {"other"}),
        ("t2star_hemo", {"other"}),
        ("T2W_FFE", {"other", "t2w"}),
        ("t2_spc_DIR", {"other", "t2w"}),
        ("SWI_Images", {"other"}),
        ("ep2d_diff_b0", {"other"}),
        ("TOF 3D multi-slab", {"other"}),
        ("PD axial", {"other"}),
        ("PD/T2 dual echo", {"other", "t2w"}),
        ("T2 STIR cor", {"other", "t2w"}),
        ("t1_mprage_sag_p2_iso", {"t1"}),
        ("MP-RAGE", {"t1"}),
        ("mocoMEMPRAGE_220FOV RMS", {"t1"}),
        ("efgre3d", {"t1"}),
        ("*tfl3d1_16ns", {"t1"}),
        ("3D THRIVE", {"t1"}),
        ("T1 and T2 of the head", {"t1", "t2w"}),
        ("mp2rage INV1", {"other", "t1"}),
        ("MPR sag", None),
        ("T10 spine", None),
        ("patient1 start2", None),
        ("", None),
    ],
)
def test_words_say_what_a_series_shows(text, kinds) -> None:
    found = find_keywords(text)
    assert (set(found[0]) if found else None) == kinds


def test_the_first_field_that_says_anything_decides(header) -> None:
    found = find_by_text(header(description="Kopf", protocol="t2_tse", sequence_name="*tfl3d1"))
    assert found is not None
    assert (set(found.kinds), found.reason) == ({"t2w"}, "its protocol says T2")
    by_name = find_by_text(header(sequence_name="*tfl3d1_16ns"))
    assert by_name is not None
    assert by_name.reason == "its sequence name says TFL"


def test_no_text_of_the_header_is_repeated(header) -> None:
    found = find_by_text(header(description="DOE^JOHN 1970-01-01 T1 FLAIR Dr. Smith"))
    assert found is not None
    assert found.reason == "its description says FLAIR and T1"
