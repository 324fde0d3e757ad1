"""Which images of an examination are used, omitted, spare, or asked about."""

import pytest

from braintumornet.prepare.recognition.recognise import recognise

MPR = ("DERIVED", "SECONDARY", "MPR")


def _table(images) -> dict[str, tuple[str | None, str]]:
    return {v.name[-1]: (v.sequence, "spare" if v.spare else v.decision) for v in recognise(images)}


def test_an_examination_as_it_is_usual(series) -> None:
    images = [
        series(1, description="localizer", slices=3, time_s=0),
        series(2, "t1", description="T1 SE", time_s=10),
        series(3, "t2w", description="T2 TSE", time_s=20),
        series(4, "t2f", description="FLAIR", time_s=30),
        series(5, description="ep2d_diff", b_value=1000, time_s=40),
        series(6, "t1", description="T1 SE", contrast_agent="Gadovist", time_s=50),
        series(7, "mprage", description="mprage", time_s=60, spacing_mm=(1.0, 1.0, 1.0), coverage_mm=176.0),
    ]
    assert _table(images) == {
        "1": (None, "omit"),
        "2": ("t1n", "use"),
        "3": ("t2w", "use"),
        "4": ("t2f", "use"),
        "5": (None, "omit"),
        "6": ("t1c", "spare"),
        "7": ("t1c", "use"),
    }
    reasons = {one.name: one.reason for one in recognise(images)}
    assert reasons["series-004"] == (
        "spin echo with inversion, TR = 9000 ms, TE = 120 ms, TI = 2500 ms; its description says FLAIR"
    )
    assert reasons["series-006"].endswith("series-007 has thinner slices (1 mm, not 5 mm)")
    assert reasons["series-007"].endswith("it was acquired after the first series with contrast agent")


def test_a_header_that_the_text_gainsays_is_asked_about(series) -> None:
    (one,) = recognise([series(1, "t2w", description="AX FLAIR")])
    assert (one.sequence, one.decision) == (None, "ask")
    assert one.reason == ("spin echo, TR = 4000 ms, TE = 100 ms, but its description says FLAIR; is it t2w or t2f?")


def test_stir_that_is_called_flair_is_asked_about(series) -> None:
    (one,) = recognise([series(1, "t2f", inversion_ms=150, description="FLAIR fs")])
    assert one.decision == "ask"


def test_text_alone_decides_where_the_header_has_no_figures(series) -> None:
    assert _table([series(1, description="t2_tse"), series(2, description="tirm")]) == {
        "1": ("t2w", "use"),
        "2": ("t2f", "use"),
    }


def test_proton_density_of_a_dual_echo_is_omitted_and_its_t2_used(series) -> None:
    fields = {"description": "PD/T2 dual echo", "scanning_sequence": ("SE",), "repetition_ms": 3000}
    assert _table([series(1, echo_ms=15, **fields), series(2, echo_ms=90, **fields)]) == {
        "1": (None, "omit"),
        "2": ("t2w", "use"),
    }


def test_a_lone_t1_without_a_word_of_contrast_agent_is_asked_about(series) -> None:
    found = recognise([series(1, "t1"), series(2, "t2w")])
    assert found[0].decision == "ask"
    assert found[0].reason == (
        "spin echo, TR = 500 ms, TE = 10 ms; nothing says whether it was before or after contrast agent, "
        "nor does anything in the examination speak of contrast agent; is it t1n or t1c?"
    )


def test_nothing_known_is_a_question_only_while_a_sequence_is_missing(series) -> None:
    four = [
        series(1, "t1", description="T1 pre"),
        series(2, "t1", description="T1 post"),
        series(3, "t2w"),
        series(4, "t2f"),
    ]
    assert _table([*four, series(5)])["5"] == (None, "spare")
    assert _table([*four[:3], series(5)])["5"] == (None, "ask")


def test_a_reformat_is_used_only_where_there_is_no_original(series) -> None:
    original = series(1, "mprage", description="T1 post")
    reformat = series(2, "mprage", description="T1 post", image_type=MPR, spacing_mm=(1.0, 1.0, 1.0))
    assert _table([original, reformat]) == {"1": ("t1c", "use"), "2": ("t1c", "spare")}
    (one,) = recognise([reformat])
    assert one.decision == "use"
    assert one.reason.endswith("reformatted: ImageType has MPR")


@pytest.mark.parametrize(
    ("better", "worse", "why"),
    [
        ({"coverage_mm": 150.0}, {"coverage_mm": 60.0, "spacing_mm": (1, 1, 1)}, "covers 150 mm, not 60 mm"),
        ({"spacing_mm": (1, 1, 3)}, {"time_s": 9}, "has thinner slices (3 mm, not 5 mm)"),
        ({"image_type": ("ORIGINAL", "DIS2D")}, {"image_type": ("ORIGINAL", "ND")}, "is corrected for distortion"),
        ({"image_type": ("ORIGINAL", "NORM")}, {"image_type": ("ORIGINAL",)}, "is normalised by the scanner"),
        ({"echo_ms": 100}, {"echo_ms": 70}, "has the longer echo (TE = 100 ms)"),
        ({"time_s": 20}, {"time_s": 10}, "was acquired later"),
        ({}, {}, "has the higher series number"),
    ],
)
def test_of_several_images_of_a_sequence_one_is_chosen_by_rule(series, better, worse, why) -> None:
    images = [series(2, "t2w", **better), series(1, "t2w", **worse)]
    for given in (images, images[::-1]):
        assert _table(given) == {"2": ("t2w", "use"), "1": ("t2w", "spare")}
        spare = next(one for one in recognise(given) if one.spare)
        assert spare.reason.endswith(f"series-002 {why}")


def test_two_files_that_nothing_tells_apart_are_asked_about(file) -> None:
    found = recognise([file("a_t2w.nii.gz"), file("b_t2w.nii.gz")])
    assert [one.decision for one in found] == ["ask", "ask"]
    assert found[0].reason == ("its file's name says t2w; 2 images are t2w, and nothing says which is the better one")


def test_an_image_that_cannot_be_used_is_omitted_with_its_problem(series) -> None:
    (one,) = recognise([series(1, "t2w", problem="lacks slices")])
    assert (one.decision, one.reason) == ("omit", "lacks slices")


def test_the_healthy_volunteer_of_the_shared_data(series) -> None:
    """mocoMEMPRAGE: GR and IR, TR 2530, TE 1.66, no InversionTime, ImageType MEAN."""
    t1 = series(
        5,
        description="mocoMEMPRAGE_220FOV RMS",
        image_type=("ORIGINAL", "PRIMARY", "OTHER", "ND", "NORM", "MEAN"),
        scanning_sequence=("GR", "IR"),
        sequence_variant=("SP", "MP"),
        scan_options=("IR",),
        acquisition_type="3D",
        repetition_ms=2530,
        echo_ms=1.66,
        flip_deg=7,
        slices=16,
    )
    (one,) = recognise([t1])
    assert one.decision == "ask"
    assert one.reason.endswith("is it t1n or t1c?")
