"""Processes and connections that are killed before their n-th statement, BEGIN and COMMIT included."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from types import ModuleType
from typing import Any

import psycopg

# Forked from a clean process, so that hundreds of children cost nothing and inherit no connection.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["regulars.log", "tests.integration.log.world", "tests.integration.segments.dying"]
)

Wait = Callable[..., Any]


def begin(target: Callable[..., None], *args: object) -> Any:
    """A process of its own. It is not told of the test program, which it would import again each time."""
    process = PROCESSES.Process(target=target, args=args, daemon=True)
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = program
    return process


@contextmanager
def before_statement(nth: int, act: Callable[[psycopg.Connection], None]) -> Iterator[list[int]]:
    """Act once, before the n-th thing any connection of this process asks its server; gives the count."""
    original: Wait = psycopg.Connection.wait
    asked = [0]

    def counting(self: psycopg.Connection, *args: Any, **options: Any) -> Any:
        asked[0] += 1
        if asked[0] == nth:
            act(self)
        return original(self, *args, **options)

    psycopg.Connection.wait = counting  # type: ignore[method-assign]
    try:
        yield asked
    finally:
        psycopg.Connection.wait = original  # type: ignore[method-assign]


def die(_: psycopg.Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _run_and_die(work: Callable[[str], None], dsn: str, nth: int) -> None:
    with before_statement(nth, die):
        work(dsn)


def killed_before(work: Callable[[str], None], dsn: str, nth: int) -> bool:
    """Run work in a process that dies before its n-th statement; whether it came so far."""
    process = begin(_run_and_die, work, dsn, nth)
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), f"The process ended with {process.exitcode}"
    wait_for_silence(dsn)
    return process.exitcode != 0


def wait_for_silence(dsn: str) -> None:
    """Until the server has noticed that the dead process's connections are gone."""
    ends = monotonic() + 10
    with psycopg.connect(dsn, autocommit=True) as tx:
        while others(tx):
            assert monotonic() < ends, "A connection of a killed process stays"
            sleep(0.002)


def others(tx: psycopg.Connection) -> list[int]:
    """Backends of this database that call themselves `killed`."""
    found = tx.execute(
        "select pid from pg_stat_activity where datname = current_database() and application_name = 'killed'"
    )
    return [pid for (pid,) in found]
