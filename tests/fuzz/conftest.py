import pytest

from .harness import tallies


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in tallies:
        terminalreporter.write_line(f"fuzz {line}")
