"""How commands speak: errors as one clear text on the error output, progress where a person looks on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import typer
from rich.console import Console

from regulars.cli.supervisor import NOT_TO_BE_RESTARTED
from regulars.kernel import Conflict, Fault, Invalid, RegularsError, Unavailable

OUT = Console(stderr=True, highlight=False, soft_wrap=True)
# The last three are of sysexits.h.
EXIT_FOUND, EXIT_CALLER, EXIT_UNAVAILABLE, EXIT_FAULT, EXIT_HOPELESS = 1, 2, 69, 70, NOT_TO_BE_RESTARTED


class PortTaken(Unavailable):
    code = "cli.port_taken"


class OtherVersion(Conflict):
    """The database is older or newer than the code, or its server is too old."""

    code = "cli.other_version"


# The first that fits. A process that is started again by itself is not, when that cannot help.
EXITS: tuple[tuple[type[RegularsError], int], ...] = (
    (PortTaken, EXIT_HOPELESS),
    (OtherVersion, EXIT_HOPELESS),
    (Unavailable, EXIT_UNAVAILABLE),
    (Fault, EXIT_FAULT),
    (RegularsError, EXIT_CALLER),
)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    OUT.print(text, markup=False)


def tell(error: RegularsError) -> None:
    OUT.print(f"regulars: {error}", style="bold red" if OUT.is_terminal else "", markup=False)
    shown = [f for f in error.findings if f.message not in str(error)] if isinstance(error, Invalid) else []
    for finding in shown:
        OUT.print(f"  {finding.path}: {finding.message}", markup=False)


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn our own errors into a text and an exit code; anything else is a bug and keeps its trace."""
    try:
        yield
    except RegularsError as error:
        tell(error)
        raise typer.Exit(next(code for sort, code in EXITS if isinstance(error, sort))) from None
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        OUT.print(
            f"regulars: The database could not go on ({said[0]}). See that it runs and that its disk has "
            "room, then start again: what was committed stays, and the next start goes on from there.",
            markup=False,
        )
        raise typer.Exit(EXIT_UNAVAILABLE) from None
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise typer.Exit(130) from None
