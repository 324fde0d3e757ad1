"""`python -m braintumornet` is `btn`."""

from braintumornet.cli import main

main()
