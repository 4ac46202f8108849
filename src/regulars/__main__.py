"""`python -m regulars`: the same as the command."""

from regulars.cli import main

main()
