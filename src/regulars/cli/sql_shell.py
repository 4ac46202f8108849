"""The shell of `regulars sql`: statements line by line, with a history, until its end."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from regulars.cli.report import say, tell
from regulars.kernel import RegularsError

HISTORY_LINES = 1_000
HELP = """\
.tables        what there is to read
.columns NAME  the columns of a table
.asks          ready statements
.ask NAME      run one of them
.quit          end"""


def statements(lines: Iterator[str]) -> Iterator[str]:
    """Statements and commands with a point, of lines; a statement may take several."""
    held: list[str] = []
    for line in lines:
        if not held and (not line.strip() or line.lstrip().startswith(".")):
            if line.strip():
                yield line.strip()
            continue
        held.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(held)
            held = []
    if "".join(held).strip():
        yield "\n".join(held)


def run_shell(lines: Iterator[str], run: Callable[[str], bool]) -> int:
    """Run each statement; gives how many failed. `run` says whether it goes on."""
    failed = 0
    for statement in statements(lines):
        try:
            if not run(statement):
                break
        except RegularsError as error:
            tell(error)
            failed += 1
    return failed


def typed(history: Path | None) -> Iterator[str]:
    """Lines that a person types, with those of former times at hand; Ctrl-C drops the line."""
    readline = _readline(history)
    while True:
        try:
            yield input("sql> ")
        except EOFError:
            say("")
            return
        except KeyboardInterrupt:
            say("")
        finally:
            if readline is not None and history is not None:
                with suppress(OSError):
                    os.close(os.open(history, os.O_WRONLY | os.O_CREAT, 0o600))
                    readline.write_history_file(str(history))


def piped() -> Iterator[str]:
    for line in sys.stdin:
        yield line.rstrip("\n")


def _readline(history: Path | None) -> Any:
    try:
        import readline  # noqa: PLC0415 - not every Python has it.
    except ImportError:
        return None
    if history is not None:
        with suppress(OSError):
            readline.read_history_file(str(history))
    readline.set_history_length(HISTORY_LINES)
    return readline
