"""The whole history opened for questions, on the engine one wishes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

from regulars import customers
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
    """An engine over every table as of now; contact details and personal traits show with `contacts` only.

    `master` is Spark's, `memory` what DuckDB may take.
    """
    with lake.database.transaction() as tx:
        personal = customers.personal_traits(tx)
    with open_lake(lake) as snapshot, ExitStack() as held:
        given = (snapshot.relations, snapshot.people)
        eyes: dict[str, Any] = {"place": lake.place, "contacts": contacts, "personal": personal}
        if engine == "spark":
            yield held.enter_context(open_spark(*given, **eyes, master=master))
        else:
            yield held.enter_context(open_duckdb(*given, **eyes, memory=memory))
