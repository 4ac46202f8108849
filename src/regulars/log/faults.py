"""Whose fault is it: the event's, the moment's, or the code's? Only an event's own is ever set aside."""

import psycopg

from regulars.kernel import Fault, Unavailable

# Connection, serialisation and deadlock, resources, locks, operator's intervention, the system: it passes.
PASSING = ("08", "40", "53", "55", "57", "58")
# Data, integrity, program limits, raised by a function: it can be the event's own.
OF_THE_DATA = ("21", "22", "23", "44", "54", "P0")
REASON_SIGNS_MAX = 500


def is_passing(fault: BaseException) -> bool:
    """The same work may succeed when it is tried again."""
    if isinstance(fault, psycopg.Error) and fault.sqlstate:
        return fault.sqlstate[:2] in PASSING
    if isinstance(fault, psycopg.OperationalError | psycopg.InterfaceError):
        return True
    return isinstance(fault, ConnectionError | TimeoutError | Unavailable)


def is_of_the_data(fault: BaseException) -> bool:
    """It can come from the event: what the database says of the data, or anything Python code raised."""
    if isinstance(fault, psycopg.Error):
        return (fault.sqlstate or "")[:2] in OF_THE_DATA or isinstance(fault, psycopg.DataError)
    return isinstance(fault, Exception) and not isinstance(fault, Fault) and not is_passing(fault)


def reason_of(fault: BaseException) -> str:
    """One line for people. The server's detail is left out: it repeats the row, and with it personal data."""
    if isinstance(fault, psycopg.Error):
        said = fault.diag.message_primary or str(fault)
        text = f"{said} ({fault.sqlstate})" if fault.sqlstate else said
    else:
        text = f"{type(fault).__name__}: {fault}"
    return " ".join(text.replace("\0", "\\0").encode(errors="backslashreplace").decode().split())[
        :REASON_SIGNS_MAX
    ]
