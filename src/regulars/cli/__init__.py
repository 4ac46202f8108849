"""The command line: thin, over the facades."""

from regulars.cli.commands import main

__all__ = ["main"]
