"""Tables as CSV files."""

from pathlib import Path

from braintumornet.report.text_table import Column, TextTable, write_tables


def test_tables_of_an_earlier_page_go(tmp_path: Path) -> None:
    first, second = (TextTable(name, (Column("arm"),), (("multi, task",),)) for name in ("Costs", "Splits"))
    write_tables([first, second], tmp_path)
    (tmp_path / "mine.txt").write_text("kept")
    write_tables([second], tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.txt", "splits.csv"]
    assert (tmp_path / "splits.csv").read_text() == 'arm\n"multi, task"\n'
