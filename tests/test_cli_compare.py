"""`btn compare` as a user runs it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Btn = Callable[..., tuple[int, str, str]]

SINGLE = (0.70, 0.76, 0.78, 0.73, 0.80, 0.70)  # test set of Table 1, arXiv 2111.14959
MULTI = (0.83, 0.77, 0.80, 0.74, 0.80, 0.70)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        f"{arm},{split},{value}"
        for arm, values in (("single-task", SINGLE), ("multi-task", MULTI))
        for split, value in enumerate(values, start=1)
    ]
    (tmp_path / "plgg.csv").write_text("\n".join(["arm,split,value", *rows, ""]))
    return tmp_path / "plgg.csv"


def screen_lines(text: str) -> dict[str, str]:
    """What stands in the last column of the table, by the first."""
    cells = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in text.splitlines() if "│" in line]
    return {row[0]: row[1] for row in cells if len(row) == 2}


def test_the_six_pairs_of_the_paper(table: Path, btn: Btn) -> None:
    code, out, _ = btn("compare", table, "--metric", "dice", "--test-share", "15/70")
    shown = screen_lines(out)
    assert code == 0
    assert shown["splits"] == "wins 4/6"
    assert shown["mean difference"] == "+0.028"
    assert shown["naive paired t p"] == "0.23"
    assert shown["corrected p"] == "0.40"
    assert shown["exact Wilcoxon p"] == "0.125"
    assert shown["verdict"] == "no difference shown"
    assert shown["minimum detectable effect"] == "0.109"
    assert "baseline single-task, the first of the table" in out
    assert "research use" in out


def test_the_screen_of_the_how_to(table: Path, btn: Btn) -> None:
    how_to = (Path(__file__).resolve().parents[1] / "docs/how-to/compare.md").read_text()
    (screen,) = re.findall(r"```\n(dice, .*?)```", how_to, re.DOTALL)
    assert screen in btn("compare", table, "--metric", "dice", "--baseline", "single-task", "--test-share", "15/70")[1]


def test_names_that_look_like_markup_are_shown(table: Path, btn: Btn) -> None:
    table.write_text(table.read_text().replace("single-task", "[bold]"))
    assert "mean of [bold]" in btn("compare", table)[1]


def test_arms_that_differ_by_rounding_alone_get_no_verdict(tmp_path: Path, btn: Btn) -> None:
    (tmp_path / "t.csv").write_text("arm,split,value\na,1,.70\na,2,.72\nb,1,.71\nb,2,.73\n")
    code, out, _ = btn("compare", tmp_path / "t.csv")
    shown = screen_lines(out)
    assert code == 0
    assert shown["verdict"] == "no verdict: no spread"
    assert shown["minimum detectable effect"] == "cannot be told"
    assert shown["mean difference"] == "+0.010"
    assert not {"corrected p", "naive paired t p", "95 % interval"} & shown.keys()
    assert "the difference is the same in all splits" in out
    (result,) = json.loads(btn("compare", tmp_path / "t.csv", "--margin", "0.02", "--json")[1])["results"]
    assert result["verdict"] == "no verdict: no spread"
    assert [result[key] for key in ("test", "p_holm", "p_naive", "p_equivalence", "smallest_effect")] == [None] * 5
    assert result["bootstrap"] == [None, None]


def test_the_smallest_effect_of_arms_that_are_almost_the_same_is_not_nothing(tmp_path: Path, btn: Btn) -> None:
    rows = [
        f"{arm},{split},{0.7 + split / 7 + gain * split}" for arm, gain in (("a", 0), ("b", 1e-6)) for split in range(4)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["arm,split,value", *rows]))
    assert screen_lines(btn("compare", tmp_path / "t.csv")[1])["minimum detectable effect"] == "4e-06"


def test_an_effect_that_no_dice_can_have_is_not_shown_as_one(tmp_path: Path, btn: Btn) -> None:
    values = {"a": (0.2, 0.81), "b": (0.9, 0.13)}
    rows = [f"{arm},{split},{value}" for arm, own in values.items() for split, value in enumerate(own)]
    (tmp_path / "t.csv").write_text("\n".join(["arm,split,value", *rows]))
    out = btn("compare", tmp_path / "t.csv", "--metric", "dice")[1]
    assert screen_lines(out)["minimum detectable effect"] == "> 1"
    assert "MDE above 1: too few splits to show any difference that dice can have." in out
    (result,) = json.loads(btn("compare", tmp_path / "t.csv", "--metric", "dice", "--json")[1])["results"]
    assert result["smallest_effect"] > 1
    volumes = btn("compare", tmp_path / "t.csv", "--metric", "hd95_mm")[1]
    assert float(screen_lines(volumes)["minimum detectable effect"]) > 1


def test_a_program_reads_all_numbers(table: Path, btn: Btn) -> None:
    code, out, _ = btn("compare", table, "--metric", "dice", "--margin", "0.02", "--json")
    found = json.loads(out)
    (result,) = found["results"]
    assert code == 0
    assert (found["baseline"], found["better"], found["margin"]) == ("single-task", "higher", 0.02)
    expected = {
        "difference": 0.0283,
        "p_naive": 0.2267,
        "p_holm": 0.4039,
        "p_wilcoxon": 0.125,
        "smallest_effect": 0.1092,
    }
    assert {key: result[key] for key in expected} == pytest.approx(expected, abs=5e-5)
    assert (result["improved"], result["of"], result["units"]) == (4, 6, "splits")
    assert result["verdict"] == "no difference shown"
    assert result["test"]["low"] < 0 < result["test"]["high"]
    assert result["p_equivalence"] > 0.05


def test_many_comparisons_fit_on_a_screen(tmp_path: Path, btn: Btn) -> None:
    rows = [
        f"{arm},{split},{task},{region},{0.5 + gain * (1 + 0.1 * split)}"
        for arm, gain in (("single", 0.0), ("multi", 0.1), ("worse", -0.1))
        for split in range(4)
        for task in ("glioma", "metastases")
        for region in ("WT", "TC", "ET")
    ]
    (tmp_path / "t.csv").write_text("\n".join(["arm,split,task,structure,value", *rows]))
    code, out, _ = btn("compare", tmp_path / "t.csv")
    assert code == 0
    assert (out.count("helps"), out.count("negative")) == (6, 6)
    assert len(out.splitlines()) < 40


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("arm,split", "method,split", "is not a table of scores: expected a column 'arm'"),
        ("0.83", "high", "line 8: the value 'high' is not a number"),
        ("0.83", "inf", "line 8: the value is infinite"),
        ("0.83", "1e300", "line 8: the value 1e300 is too large to be a score"),
        ("multi-task,2", "multi-task,1", "lines 8 and 9 are both multi-task, 1"),
        ("multi-task,2", "multi-task,7", "only 'multi-task' has 7; only 'single-task' has 2"),
        ("multi-task", "single-task", "lines 2 and 8 are both single-task, 1"),
        ("multi-task,2", ",2", "line 9 has no arm"),
        ("0.83", "0.83,1", "line 8 has more cells than there are columns"),
    ],
)
def test_a_table_that_cannot_be_right_is_one_line(table: Path, old: str, new: str, text: str, btn: Btn) -> None:
    table.write_text(table.read_text().replace(old, new))
    code, out, err = btn("compare", table)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert text in err


def test_a_missing_or_empty_table_is_one_line(tmp_path: Path, btn: Btn) -> None:
    assert (
        "it does not exist; expected a CSV table with the columns arm, value"
        in btn("compare", tmp_path / "none.csv")[2]
    )
    for content, text in (("", "the file is empty"), ("arm,value\n", "the table has no row")):
        (tmp_path / "empty.csv").write_text(content)
        code, _, err = btn("compare", tmp_path / "empty.csv")
        assert (code, text in err) == (1, True)


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--test-share", "15 to 70", "expected test over training patients of a split, such as 15/70"),
        ("--test-share", "0", "expected test over training patients"),
        ("--better", "more", "--better is 'more'"),
        ("--margin", "-1", "the margin is -1"),
        ("--baseline", "single", "did you mean 'single-task'?"),
        ("--metric", "beauty", "say so with --better"),
    ],
)
def test_wrong_use_is_one_line(table: Path, option: str, value: str, text: str, btn: Btn) -> None:
    code, _, err = btn("compare", table, option, value)
    assert (code, len(err.splitlines())) == (2, 1)
    assert text in err


def test_an_arm_that_is_given_twice_is_not_dropped_without_a_word(btn: Btn) -> None:
    code, _, err = btn("retention", "joint=one.csv", "joint=two.csv", "--single-task", "hgg=hgg.csv")
    assert (code, err) == (2, "usage error: arm 'joint' is given twice, as one.csv and two.csv; give it once\n")


@pytest.mark.parametrize(
    ("finer", "verdict"), [((0.7031, 0.7042, 0.7036), "no verdict: no spread"), ((0.7531, 0.7542, 0.7536), "helps")]
)
def test_the_rounding_of_one_arm_is_no_effect(finer: tuple[float, ...], verdict: str, tmp_path: Path, btn: Btn) -> None:
    rows = [
        f"{arm},{split},{value}"
        for arm, values in (("a", (0.70,) * 3), ("b", finer))
        for split, value in enumerate(values)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["arm,split,value", *rows]))
    code, out, _ = btn("compare", tmp_path / "t.csv", "--json")
    assert code == 0
    (result,) = json.loads(out)["results"]
    assert result["verdict"] == verdict
