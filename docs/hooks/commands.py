"""Write the reference of the command line from what the commands say in `--help`, while the site is built."""

from collections.abc import Iterator
from typing import Any

import typer

from braintumornet.cli.app import app

MARKER = "<!-- every command -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the commands where a page asks for them (a hook of MkDocs)."""
    return markdown.replace(MARKER, describe_commands()) if MARKER in markdown else markdown


def describe_commands() -> str:
    """Return a section of Markdown for each command, in the order of `btn --help`."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has them
    return "\n\n".join(part for name, command in commands.items() for part in _describe(name, command))


def _describe(name: str, command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=f"btn {name}")
    yield f"## btn {name} {{: #{name} }}"
    yield command.help
    usage = " ".join(["btn", name, *command.collect_usage_pieces(context)])
    example = command.epilog.removeprefix("Example:").strip()
    yield f'```bash title="Usage"\n{usage}\n```'
    yield f'```bash title="Example"\n{example}\n```'
    panels: dict[str, list[str]] = {"Arguments": [], "Options": []}
    for parameter in command.params:
        usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
        rows = panels.setdefault(parameter.rich_help_panel or usual, [])
        if shown := parameter.get_help_record(context):  # none of a hidden one
            names, text = (cell.replace("|", "\\|") for cell in shown)
            rows.append(f"| `{names}` | {text.replace('<', '&lt;')} |")
    for title, rows in panels.items():
        if rows:
            yield "\n".join([f"| {title} | |", "|---|---|", *rows])
