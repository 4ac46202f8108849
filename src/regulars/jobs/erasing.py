"""Erasing somebody from what jobs were given and said."""

from collections.abc import Sequence

from regulars.db import Query, Statements, Tx, run
from regulars.kernel import pattern_of


class Sql(Statements, file="erasing.sql"):
    erase: Query


SQL = Sql()


def erase(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty ended jobs that name a person; that they ran, and when, stays."""
    return {"jobs.job": run(tx, SQL.erase, pattern=pattern_of(values))}
