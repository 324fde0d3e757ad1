"""What all commands share: the application, the errors that people see, and options that several commands have."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from braintumornet import __version__
from braintumornet.core.errors import BrainTumorNetError, UsageError

app = typer.Typer(
    help="Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Cohorts = Annotated[list[Path] | None, typer.Option("--cohort", help="Table of cases; may be given several times.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.callback()
def _settings(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    _Debug.on = debug
    if version:
        typer.echo(f"braintumornet {__version__}")
        raise typer.Exit


class _Debug:
    on = False


def parse_pairs(given: list[str], option: str, form: str) -> dict[str, str]:
    """Read options such as `--head mets=hgg`.

    Raises:
        UsageError: one has no name or no value.
    """
    pairs = {}
    for text in given:
        name, _, value = text.partition("=")
        if not name or not value:
            msg = f"{option} {text!r}: expected {form}"
            raise UsageError(msg)
        pairs[name] = value
    return pairs


def main() -> None:
    """Run the command line; an error is one line, and the exit code says whose fault it is."""
    try:
        app()
    except BrainTumorNetError as error:
        if _Debug.on:
            raise
        word = "wrong use" if isinstance(error, UsageError) else "error"
        sys.stderr.write(f"{word}: {' '.join(str(error).split())}\n")
        sys.exit(error.exit_code)
    except Exception as error:
        if _Debug.on:
            raise
        sys.stderr.write(f"unexpected error: {type(error).__name__}: {error}; run again with `btn --debug ...`\n")
        sys.exit(1)
