"""What all commands share: the application, the errors that people see, and options that several commands have."""

import io
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from braintumornet import __version__
from braintumornet.core.text.earlier_names import current_words
from braintumornet.core.text.errors import BrainTumorNetError, InputWarning, UsageError, require
from braintumornet.core.text.printable import one_line
from braintumornet.core.workers.processes import is_child_of_the_first, is_first_process
from braintumornet.core.workers.stop_signals import Stopped, stopping

if TYPE_CHECKING:
    from braintumornet.core.workers.failures import CaseFailure


class _Commands(TyperGroup):
    """The commands, known also by the names that they and their options had before."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant, and the words after it."""
        return super().resolve_command(ctx, current_words(args))


app = typer.Typer(
    cls=_Commands,
    help="Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Cohorts = Annotated[list[Path] | None, typer.Option("--cohort", help="Table of cases; may be given several times.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"braintumornet {__version__}")
        raise typer.Exit


@app.callback()
def _settings(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    _Debug.on = debug


class _Debug:
    on = False


@contextmanager
def advising(advice: Callable[[], str]) -> Iterator[None]:
    """Let the line that says that a signal stopped a command end with what to do next."""
    try:
        yield
    except Stopped as stop:
        stop.advice = advice()
        raise


def end_with(failures: "Sequence[CaseFailure]") -> None:
    """Say which cases failed, and end with exit code 1 if any did."""
    from braintumornet.terminal import console

    console.fail(failures)
    if failures:
        raise typer.Exit(1)


def parse_pairs(given: list[str], option: str, form: str) -> dict[str, str]:
    """Read options such as `--head mets=hgg`.

    Raises:
        UsageError: one has no name or no value, or a name is given twice.
    """
    pairs: dict[str, str] = {}
    for text in given:
        name, _, value = text.partition("=")
        require(name and value, f"{option} {text!r}: expected {form}", UsageError)
        if name in pairs:
            msg = f"{option} {name!r} is given twice, as {pairs[name]} and {value}; give it once"
            raise UsageError(msg)
        pairs[name] = value
    return pairs


def main() -> None:
    """Run the command line; an error is one line, and the exit code says whose fault it is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an id that the terminal cannot write ends no command
    try:
        with stopping(), _shown_warnings():
            app()
    except (Stopped, Exception) as end:
        if _Debug.on:
            raise
        if is_first_process() or not isinstance(end, Stopped):
            sys.stderr.write(f"{one_line(_explain(end))}\n")
        sys.exit(_exit_code(end))


def _explain(end: BaseException) -> str:
    match end:
        case Stopped():
            return str(end)
        case UsageError():
            return f"usage error: {end}"
        case BrainTumorNetError():
            return f"error: {end}"
        case OSError():  # of a disk, a folder or a connection, wherever it came
            where = f"{end.filename}: " if end.filename else ""
            return f"error: {where}{end.strerror or end}; fix that, and try again"
        case _:
            return f"unexpected error: {type(end).__name__}: {end}; run again with `btn --debug ...`"


def _exit_code(end: BaseException) -> int:
    if isinstance(end, Stopped) and is_child_of_the_first():
        return 0  # the first process is ended by force where a child of it fails, which it may not live to say
    return end.exit_code if isinstance(end, Stopped | BrainTumorNetError) else 1


@contextmanager
def _shown_warnings() -> Iterator[None]:
    """Show what is said of the data on the terminal, beside the output, each line once."""
    shown: set[str] = set()
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **others: Any) -> None:
            text = f"warning: {message}\n"
            if not issubclass(category, InputWarning):
                usual(message, category, *where, **others)
            elif text not in shown:
                shown.add(text)
                sys.stderr.write(text)

        warnings.simplefilter("always", InputWarning)
        warnings.showwarning = show
        yield
