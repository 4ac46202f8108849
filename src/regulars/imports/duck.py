"""DuckDB in process, for one file: bounded, and kept from everything but the file's own folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import Any

import duckdb

MEMORY = "1GB"
THREADS = 2

Duck = Any  # The library tells no types.
Failed = duckdb.Error


@contextmanager
def opened(folder: Path) -> Iterator[Duck]:
    """A connection that can reach only this folder; what does not fit into memory goes there too."""
    connection = duckdb.connect(config={"memory_limit": MEMORY, "threads": THREADS})
    spill = folder / f"spill-{token_hex(4)}"  # Two runs of one import must not share one.
    try:
        connection.execute(f"set temp_directory = {path(spill)}")
        connection.execute(f"set allowed_directories = [{text(str(folder) + '/')}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()
        rmtree(spill, ignore_errors=True)


def text(value: object) -> str:
    """A text as a literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def path(file: Path) -> str:
    return text(str(file))


def rows(duck: Duck, statement: str, *values: object) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = duck.execute(statement, list(values)).fetchall()
    return found


def one(duck: Duck, statement: str, *values: object) -> tuple[Any, ...]:
    return rows(duck, statement, *values)[0]


def told(fault: Exception, file: Path) -> str:
    """The first line of what DuckDB says, without where the file lies."""
    return str(fault).splitlines()[0].replace(str(file), "the file").replace(str(file.parent), "…")[:300]
