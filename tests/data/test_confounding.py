"""Classes that coincide with the place that cases come from."""

import pytest

from braintumornet.data.confounding import explain_confounding


def explain(*pairs: str) -> str | None:
    return explain_confounding([(pair[0], pair[1]) for pair in pairs], "pathology", "site")


def test_a_class_for_every_place_is_said() -> None:
    assert explain("hA", "hA", "mB") == (
        "every site has one pathology only (A: h, B: m), so that no score on these cases can tell whether a network "
        "learned the pathology or the site"
    )


@pytest.mark.parametrize(
    "pairs",
    [
        ("hA", "mA", "mB"),  # A has both
        ("hA", "hA", "hB"),  # one class
        ("hA", "hA"),  # one place
        ("hA", "mB"),  # as many places as cases
        ("hA", "hB", "hB", "mA"),
        (),
    ],
)
def test_nothing_is_said_where_it_can_be_told(pairs: tuple[str, ...]) -> None:
    assert explain(*pairs) is None


def test_what_is_not_known_does_not_count() -> None:
    pairs = [("hgg", "A"), ("hgg", "A"), ("mets", "B"), (None, "A"), ("mets", None)]
    assert explain_confounding(pairs, "pathology", "site") is not None
