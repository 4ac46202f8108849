"""What `regulars doctor` finds: each check with its state, what was found, and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import psycopg

from regulars.kernel import RegularsError

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    state: State
    found: str
    do: str = ""  # Empty when there is nothing to do.


def ok(name: str, found: str) -> Check:
    return Check(name=name, state="ok", found=found)


def warning(name: str, found: str, do: str) -> Check:
    return Check(name=name, state="warning", found=found, do=do)


def problem(name: str, found: str, do: str) -> Check:
    return Check(name=name, state="problem", found=found, do=do)


def told(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks of one look; when the look itself fails, that is what was found."""
    try:
        yield from look()
    except (RegularsError, psycopg.Error, OSError) as fault:
        said = " ".join(str(fault).split()) or type(fault).__name__
        yield problem(name, said, "" if isinstance(fault, RegularsError) else "See the message.")
