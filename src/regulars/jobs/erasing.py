"""Erasing somebody from what jobs were given and said."""

from collections.abc import Sequence

from regulars.db import Query, Statements, Tx, naming, run
from regulars.kernel import pattern_of


class Sql(Statements, file="erasing.sql"):
    jobs_telling: Query
    erase: Query


SQL = Sql()


def erase(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty ended jobs that name a person; that they ran, and when, stays."""
    emptied = sum(
        run(tx, SQL.erase, ids=found.ids, pattern=pattern_of(found.values))
        for found in naming(tx, SQL.jobs_telling, values)
    )
    return {"jobs.job": emptied}
