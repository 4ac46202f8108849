"""The whole history opened for questions, on the engine one wishes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from regulars.analytics.engine import Engine
from regulars.analytics.engine_duckdb import open_duckdb
from regulars.analytics.engine_spark import open_spark
from regulars.analytics.lake import Lake
from regulars.analytics.reading import open_lake

EngineName = Literal["duckdb", "spark"]


@contextmanager
def open_engine(
    lake: Lake,
    engine: EngineName = "duckdb",
    *,
    contacts: bool = False,
    master: str = "local[*]",
    memory: str = "4GB",
) -> Iterator[Engine]:
    """An engine over every table as of now; `contacts` shows contact details that are masked otherwise.

    `master` is Spark's, `memory` what DuckDB may take.
    """
    with open_lake(lake) as snapshot:
        tables, people = snapshot.relations, snapshot.people
        if engine == "spark":
            with open_spark(tables, people, place=lake.place, contacts=contacts, master=master) as spark:
                yield spark
        else:
            with open_duckdb(tables, people, place=lake.place, contacts=contacts, memory=memory) as duck:
                yield duck
