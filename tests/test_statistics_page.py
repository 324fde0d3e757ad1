"""The page on statistics says what the code computes: its examples are executed."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "statistics.md"


def test_the_examples_of_the_page_come_out_as_it_says() -> None:
    blocks = re.findall(r"```python\n(>>>.*?)```", PAGE.read_text(), re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    told: list[str] = []
    result = doctest.DocTestRunner().run(examples, out=told.append)
    assert result.attempted > 25
    assert not result.failed, "".join(told)


def test_every_verdict_is_explained() -> None:
    from braintumornet.statistics.verdict import Verdict

    rows = re.findall(r"^\| ([a-z][^|]*) \|", PAGE.read_text(), re.MULTILINE)
    assert {str(verdict) for verdict in Verdict} <= set(rows)
