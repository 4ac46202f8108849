"""`python -m regulars`: the same as the command."""

from regulars import cli

cli.main()
