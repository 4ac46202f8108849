"""Erasing a customer from requests for approval: who asked and who decided stays."""

from collections.abc import Sequence

from regulars.db import Query, Statements, Tx, run
from regulars.kernel import pattern_of, public_id, writing_over


class Sql(Statements, file="erasing.sql"):
    erase: Query
    erase_comments: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty the requests that concern some customers; one that waits can no longer be granted."""
    pattern = pattern_of(values)
    subjects = [public_id("cus", atom) for atom in atoms]
    return {
        "access.approval": run(tx, SQL.erase, subjects=subjects, pattern=pattern, over=writing_over(values)),
        "access.verdict": run(tx, SQL.erase_comments, pattern=pattern),
    }
