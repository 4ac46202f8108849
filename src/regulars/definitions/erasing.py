"""Erasing somebody whom a definition names, as a condition on one address does."""

from collections.abc import Sequence

from regulars.db import Query, Statements, Tx, run
from regulars.kernel import pattern_of, writing_over


class Sql(Statements, file="erasing.sql"):
    allow: Query
    erase_versions: Query
    erase_heads: Query


SQL = Sql()


def erase(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Write "erased" where a version names a person, also where it is history."""
    named = {"pattern": pattern_of(values), "over": writing_over(values)}
    run(tx, SQL.allow)
    return {
        "definitions.version": run(tx, SQL.erase_versions, **named),
        "definitions.head": run(tx, SQL.erase_heads, **named),
    }
