"""What the processes print while they run: one line a fact, and one that repeats itself once a while."""

import logging
import sys
from time import monotonic

import psycopg

from regulars.kernel import Unavailable

REPEAT_S = 300.0
KNOWN_MAX = 1_000
# What passes by itself is told without the way through the code that led there.
PASSING = (Unavailable, psycopg.OperationalError)


def print_log(level: str, name: str) -> None:
    """Let the process print from this level on, each line headed by the process's name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Short(f"{name}: %(message)s" if name else "%(message)s"))
    handler.addFilter(Once())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("procrastinate", "psycopg.pool", "asyncio", "granian", "_granian"):
        logging.getLogger(chatty).setLevel("DEBUG" if level == "debug" else "ERROR")


class Once(logging.Filter):
    """Lets an error that is told again and again through once in a while only."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        kind = record.exc_info[0] if record.exc_info else None
        key = (record.name, record.msg, record.args and str(record.args), kind)
        now = monotonic()
        if now - self._told.get(key, -REPEAT_S) < REPEAT_S:
            return False
        if len(self._told) >= KNOWN_MAX:
            self._told.clear()
        self._told[key] = now
        return True


class Short(logging.Formatter):
    def formatException(self, ei: object) -> str:  # noqa: N802 - the library's name
        error = ei[1] if isinstance(ei, tuple) else None
        while isinstance(error, BaseException):
            if isinstance(error, PASSING):
                said = str(error).strip().splitlines() or [type(error).__name__]
                return f"  {said[0]}"
            error = error.__cause__
        return super().formatException(ei)  # type: ignore[arg-type]
