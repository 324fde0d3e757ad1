"""`python -m braintumornet.cli` is `btn`."""

from braintumornet.cli import main

main()
