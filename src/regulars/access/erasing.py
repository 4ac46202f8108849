"""Erasing a customer from requests for approval: who asked and who decided stays."""

from collections.abc import Sequence

from regulars.db import Query, Statements, Tx, run
from regulars.kernel import pattern_of, pieces, public_id, writing_over


class Sql(Statements, file="erasing.sql"):
    erase: Query
    erase_comments: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty the requests that concern some customers; one that waits can no longer be granted."""
    subjects = [public_id("cus", atom) for atom in atoms]
    done = {"access.approval": 0, "access.verdict": 0}
    for piece in pieces(values):
        named = {"pattern": pattern_of(piece), "over": writing_over(piece)}
        done["access.approval"] += run(tx, SQL.erase, subjects=subjects, **named)
        done["access.verdict"] += run(tx, SQL.erase_comments, pattern=named["pattern"])
        subjects = []  # They are done with the first piece.
    return done
