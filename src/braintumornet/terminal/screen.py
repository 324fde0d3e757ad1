"""The terminal: ids, paths and cells are shown as they are; nothing in them is markup, an emoji or an order to it."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import table
from rich.console import Console
from rich.text import Text

from braintumornet.core.text.printable import printable
from braintumornet.core.workers.processes import is_first_process


class _Screen(Console):
    def render_str(self, text: str, **options: Any) -> Text:
        """Return what is printed of a string, wherever it stands: in a line, a title, a column or a cell."""
        return super().render_str(printable(text), **options)


class Table(table.Table):
    """A table with its title to the left, which breaks long names into several lines, where Rich cuts them off."""

    def __init__(self, *columns: str | table.Column, **options: Any) -> None:
        super().__init__(*columns, **{"title_justify": "left", **options})

    def add_column(self, *header: Any, **options: Any) -> None:
        """Add a column; options as Rich has them."""
        super().add_column(*header, **{"overflow": "fold", **options})


screen = _Screen(highlight=False, markup=False, emoji=False, quiet=not is_first_process())
"""Processes that train together share a terminal; only the first has something to say."""


def numbers(*names: str) -> list[table.Column]:
    """Return columns whose cells stand to the right."""
    return [table.Column(name, justify="right", overflow="fold") for name in names]


def show_table(title: str, columns: Sequence[str | table.Column], rows: Iterable[Sequence[str | Text]]) -> None:
    """Show a table; nothing where it has no row."""
    shown = Table(*columns, title=title)
    for row in rows:
        shown.add_row(*row)
    if shown.rows:
        screen.print(shown)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Return a text from parts, each a string or a string with its style.

    Example:
        >>> styled(("✓", "green"), " done").plain
        '✓ done'
    """
    return Text.assemble(*((printable(p), "") if isinstance(p, str) else (printable(p[0]), p[1]) for p in parts))
