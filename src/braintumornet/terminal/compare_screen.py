"""What `btn compare` shows in the terminal and prints for programs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.table import Column
from rich.text import Text

from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.statistics.comparison import Comparison, Result
from braintumornet.statistics.paired_tests import ALPHA, MOST_EXACT, POWER
from braintumornet.statistics.verdict import Verdict
from braintumornet.terminal.cells import NONE, as_effect, as_interval, as_number, as_p, as_signed, explain_effects
from braintumornet.terminal.console import print_json
from braintumornet.terminal.screen import Table, numbers, screen, styled

STYLES = {
    Verdict.HELPS: "bold green",
    Verdict.NEGATIVE_TRANSFER: "bold red",
    Verdict.EQUIVALENT: "cyan",
    Verdict.NOTHING_SHOWN: "yellow",
    Verdict.ONE_SPLIT: "yellow",
    Verdict.NO_SPREAD: "yellow",
}
MOST_COLUMNS = 3  # beside each other on one screen


def show_comparison(comparison: Comparison) -> None:
    """Show every comparison on one screen: all that was computed, or one row each where there are many."""
    detailed = len(comparison.results) <= MOST_COLUMNS
    source = f"baseline {comparison.baseline}, {comparison.baseline_source}"
    screen.print(f"{comparison.metric}, {comparison.better} is better; {source}", style="italic")
    screen.print(_show_columns(comparison) if detailed else _show_rows(comparison))
    for note in comparison.notes:
        screen.print(note, style="yellow")
    screen.print("\n".join([*explain_comparison(comparison), RESEARCH_USE]), style="dim")


def _show_columns(comparison: Comparison) -> Table:
    several_arms = len({result.arm for result in comparison.results}) > 1
    names = (
        (f"{result.arm} {result.about}".strip() if several_arms else result.about) or result.arm
        for result in comparison.results
    )
    table = Table("", *numbers(*names))
    for name, cell in _lines(comparison):
        cells = [cell(result) for result in comparison.results]
        if any(cells):
            table.add_row(name, *cells)
    table.add_section()
    table.add_row("verdict", *(_verdict(result) for result in comparison.results))
    return table


def _lines(comparison: Comparison) -> Sequence[tuple[str, Callable[[Result], str]]]:
    arms = {result.arm for result in comparison.results}
    arm = arms.pop() if len(arms) == 1 else "the arm"
    exact = "exact " if max(result.of for result in comparison.results) <= MOST_EXACT else ""
    return (
        ("splits", lambda r: _count(r, "splits", r.splits)),
        ("seeds of a split", lambda r: _count(r, "seeds", r.seeds) if r.seeds > 1 else ""),
        ("patients", lambda r: _count(r, "patients", r.patients) if r.patients else ""),
        (f"mean of {comparison.baseline}", lambda r: as_number(r.baseline_mean)),
        (f"mean of {arm}", lambda r: as_number(r.mean)),
        ("mean difference", lambda r: as_signed(r.difference)),
        ("95 % interval", as_interval),
        ("corrected p", lambda r: as_p(r.test and float(r.test.p))),
        (f"p after Holm ({len(comparison.results)})", lambda r: as_p(r.p_holm) if len(comparison.results) > 1 else ""),
        ("p of equivalence", lambda r: as_p(r.p_equivalence)),
        ("naive paired t p", lambda r: as_p(r.p_naive)),
        (f"{exact}Wilcoxon p", lambda r: f"{r.p_wilcoxon:.3g}"),
        ("DeLong p", lambda r: as_p(r.delong and r.delong.p)),
        ("minimum detectable effect", lambda r: as_effect(r, comparison.largest_difference)),
    )


def _count(result: Result, units: str, number: int) -> str:
    return f"wins {result.improved}/{result.of}" if result.units == units else str(number)


def _show_rows(comparison: Comparison) -> Table:
    several_arms = len({result.arm for result in comparison.results}) > 1
    columns = numbers("mean", "95 % interval", "wins", "p", "MDE")
    columns[1].no_wrap = True
    verdict = Column("verdict", no_wrap=True)
    # narrow, so that a row stays a line on 80 columns
    table = Table("", *columns, verdict, box=SIMPLE, padding=0, pad_edge=False)
    before = ""
    for result in comparison.results:
        if several_arms and result.arm != before:
            table.add_row(styled((result.arm, "bold")))
        before = result.arm
        effect = (as_signed(result.difference), as_interval(result), f"{result.improved}/{result.of}")
        detectable = as_effect(result, comparison.largest_difference, NONE)
        table.add_row(result.about or result.arm, *effect, as_p(result.p_holm), detectable, _verdict(result))
    return table


def _verdict(result: Result) -> Text:
    return styled((result.verdict, STYLES[result.verdict]))


def explain_comparison(comparison: Comparison) -> list[str]:
    """Return what the numbers mean, as lines under them."""
    tests = comparison.tests
    lines = []
    if any(result.test for result in comparison.results):
        source = f"test/train {comparison.test_share:.3g}, {comparison.test_share_source}"
        how = f"corrected for their overlap ({source})" if comparison.test_share else comparison.test_share_source
        shown = f"with {POWER * 100:.0f} % power at a two-sided level of {ALPHA / tests:.2g}"
        lines.append(f"Interval, p and verdict: t over splits; {how}.")
        if len(comparison.results) <= MOST_COLUMNS:
            lines.append(f"Minimum detectable effect: {shown}.")
        else:
            lines.append(f"p: after Holm for {tests} tests. MDE: the minimum detectable effect, {shown}.")
        lines += explain_effects(comparison)
    if tests < len(comparison.results):
        lines.append("One split cannot tell what another training set would give: intervals take the split as given.")
    if comparison.margin is not None:
        lines.append(f"Equivalent: within {comparison.margin:g} on both sides (two one-sided corrected t tests).")
    return lines


def print_comparison_json(comparison: Comparison) -> None:
    """Print all numbers for a program; what is not defined is null."""
    print_json({"use": RESEARCH_USE, "alpha": ALPHA, "power": POWER, **asdict(comparison)})
