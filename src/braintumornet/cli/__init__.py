"""The command line: each command parses, calls, writes, and shows one screen.

Nothing heavy is imported here; each command imports what it calls, so that `--help` answers at once.
"""

from braintumornet.cli import cohorts, preparation, runs, scores, studies  # noqa: F401  (commands are known by being imported)
from braintumornet.cli.app import main

__all__ = ["main"]
