"""Before or after contrast agent: by the tag, by text, by time, else asked."""

import pytest

from braintumornet.prepare.recognition.contrast_agent import Examination, find_agent, find_agent_words


def _kinds(header, others=()) -> set[str]:
    headers = [header, *others]
    t1 = [one for one in headers if one.repetition_ms == header.repetition_ms]
    return set(find_agent(header, Examination(headers, t1)).kinds)


@pytest.mark.parametrize(
    ("tag", "kinds"),
    [
        ("Gadovist", {"t1c"}),
        ("YES", {"t1c"}),
        ("0.1 mmol/kg", {"t1c"}),
        ("NO", {"t1n"}),
        ("none", {"t1n"}),
        ("No contrast", {"t1n"}),
        ("w/o", {"t1n"}),
        ("0", {"t1n"}),
        ("", {"t1n", "t1c"}),  # empty or absent is not known
        (None, {"t1n", "t1c"}),
    ],
)
def test_the_tag_counts_where_it_is_filled(header, tag, kinds) -> None:
    assert _kinds(header("t1", contrast_agent=tag)) == kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AX T1 +C", "t1c"),
        ("Ax T1 C+ FS", "t1c"),
        ("T1 post", "t1c"),
        ("T1wPost", "t1c"),
        ("t1_mprage_km", "t1c"),
        ("t1_gd", "t1c"),
        ("T1GD", "t1c"),
        ("T1-CE", "t1c"),
        ("3D AX T1 BRAVO+C", "t1c"),
        ("AX T1 POS", "t1c"),
        ("T1 Gadolinium", "t1c"),
        ("t1 dotarem", "t1c"),
        ("T1 nach Kontrastmittel", "t1c"),
        ("T1 PRE", "t1n"),
        ("t1_se_nativ", "t1n"),
        ("T1 ohne KM", "t1n"),
        ("T1 w/o contrast", "t1n"),
        ("T1 non-con", "t1n"),
        ("T1 pre Gd", "t1n"),
        ("unenhanced T1", "t1n"),
        ("BRAIN W/WO CONTRAST", None),
        ("pre and post", None),
        ("with and without contrast", None),
        ("T1 posterior fossa", None),
        ("postop T1", None),
        ("preop T1", None),
        ("compressed sense T1", None),
        ("T1", None),
    ],
)
def test_words_of_contrast_agent(text, kind) -> None:
    found = find_agent_words(text)
    assert (set(found.kinds) if found else None) == ({kind} if kind else None)


def test_tag_and_text_that_disagree_leave_a_choice(header) -> None:
    assert _kinds(header("t1", contrast_agent="GAD", description="T1 pre")) == {"t1n", "t1c"}


def test_a_tag_that_every_series_has_says_nothing(header) -> None:
    first = header("t1", contrast_agent="GAD", time_s=1)
    second = header("t1", contrast_agent="GAD", time_s=2)
    assert _kinds(first, [second]) == {"t1n", "t1c"}
    assert _kinds(second, [first, header("t2w", time_s=0)]) == {"t1c"}


def test_a_protocol_of_the_whole_examination_says_nothing(header) -> None:
    protocol = "BRAIN WITH CONTRAST"
    assert _kinds(header("t1", protocol=protocol), [header("t2w", protocol=protocol)]) == {"t1n", "t1c"}
    assert _kinds(header("t1", protocol=protocol), [header("t2w", protocol="T2")]) == {"t1c"}


@pytest.mark.parametrize(
    "evidence",
    [
        {"kind": "t1", "description": "T1 post"},
        {"kind": "t1", "contrast_agent": "GAD"},
        {"image_type": ("DERIVED", "PRIMARY", "PERFUSION")},
        {"description": "ep2d_perf"},
        {"description": "DCE", "temporal_positions": 40},
    ],
)
def test_time_decides_where_another_series_has_contrast_agent(header, evidence) -> None:
    shown = header(**evidence, time_s=100)
    assert _kinds(header("t1", time_s=50), [shown]) == {"t1n"}
    assert _kinds(header("t1", time_s=200), [shown]) == {"t1c"}
    assert _kinds(header("t1", time_s=100), [shown]) == {"t1n", "t1c"}
    assert _kinds(header("t1"), [shown]) == {"t1n", "t1c"}
    assert _kinds(header("t1", time_s=200, study="2"), [shown]) == {"t1n", "t1c"}


@pytest.mark.parametrize(
    "fields", [{"description": "pCASL perf"}, {"image_type": ("ORIGINAL", "PRIMARY", "ASL", "PERFUSION")}]
)
def test_arterial_spin_labelling_needs_no_contrast_agent(header, fields) -> None:
    assert _kinds(header("t1", time_s=200), [header(**fields, time_s=100)]) == {"t1n", "t1c"}


def test_text_that_time_gainsays_leaves_a_choice(header) -> None:
    shown = header("t1", contrast_agent="GAD", time_s=100)
    assert _kinds(header("t1", description="T1 pre", time_s=200), [shown]) == {"t1n", "t1c"}
