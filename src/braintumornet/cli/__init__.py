"""The command line: each command parses, calls, writes, and shows one screen.

Nothing heavy is imported here; each command imports what it calls, so that `--help` answers at once.
"""

# Commands are known by being imported, and listed in this order.
from braintumornet.cli import cohorts, contours, preparation, runs, send  # noqa: F401

# isort: split
from braintumornet.cli import convert, predict  # noqa: F401

# isort: split
from braintumornet.cli import calibrate, scores, studies  # noqa: F401
from braintumornet.cli.app import main

__all__ = ["main"]
