"""How training data were prepared, and what is said of a case that was prepared in another way."""

from pathlib import Path

from braintumornet.core.cohort.case import Case
from braintumornet.prepare.training_preparation import describe_difference, summarise_preparations


def test_most_of_the_cases_say_how(make_prepared):
    cases = [make_prepared("a"), make_prepared("b"), make_prepared("c", space="native")]
    said = summarise_preparations([*cases, Case("d", "d", "c", {"t1c": Path("elsewhere/d_t1c.nii.gz")})])
    assert said is not None
    assert (said.cases, said.of, said.brainmasks) == (2, 4, ["network"])
    assert said.as_settings().space == "atlas"


def test_cases_of_others_say_nothing():
    assert summarise_preparations([Case("d", "d", "c", {"t1c": Path("elsewhere/d_t1c.nii.gz")})]) is None


def test_a_case_prepared_alike_needs_no_word(make_prepared):
    learned = summarise_preparations([make_prepared("a")])
    assert describe_difference(make_prepared("b"), learned) == []


def test_what_differs_is_said(make_prepared):
    learned = summarise_preparations([make_prepared("a")])
    other = make_prepared("b", brainmask="given", space="native")
    assert describe_difference(other, learned) == [
        "prepared in another way than the training data: space native instead of atlas; "
        "brain mask by given instead of network"
    ]


def test_a_network_that_does_not_know_says_so(make_prepared):
    assert describe_difference(make_prepared("b"), None, from_phantoms=True) == []
    (note,) = describe_difference(make_prepared("b"), None)
    assert note == "prepared to the space atlas; how the training data were prepared is not known"


def test_a_damaged_history_is_none(make_prepared, tmp_path):
    case = make_prepared("a")
    (tmp_path / "prepared" / "a" / "preparation.json").write_text("{}")
    assert describe_difference(case, None) == []
