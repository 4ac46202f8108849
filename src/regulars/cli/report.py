"""How commands speak: errors as one clear text on the error output, progress where a person looks on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from regulars.kernel import Fault, Invalid, RegularsError

OUT = Console(stderr=True, highlight=False, soft_wrap=True)
EXIT_CALLER, EXIT_FAULT = 2, 70


def say(text: str) -> None:
    OUT.print(text, markup=False)


def tell(error: RegularsError) -> None:
    OUT.print(f"regulars: {error}", style="bold red" if OUT.is_terminal else "", markup=False)
    for finding in error.findings if isinstance(error, Invalid) else ():
        OUT.print(f"  {finding.path}: {finding.message}", markup=False)


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn our own errors into a text and an exit code; anything else is a bug and keeps its trace."""
    try:
        yield
    except RegularsError as error:
        tell(error)
        raise typer.Exit(EXIT_FAULT if isinstance(error, Fault) else EXIT_CALLER) from None
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise typer.Exit(130) from None
