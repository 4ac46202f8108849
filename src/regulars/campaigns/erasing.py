"""What campaigns hold of somebody: that they were in, under the number, which stays for the results."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import pattern_of, pieces


class Sql(Statements, file="erasing.sql"):
    erase_handed: Query
    erase_named: Query
    held: Query
    held_handed: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Forget under which keys applications handed messages over: often an address stands in them.

    A key of another person's message that names this one goes too, though it then could be used anew.
    """
    own = run(tx, SQL.erase_handed, atoms=list(atoms))
    named = sum(run(tx, SQL.erase_named, pattern=pattern_of(piece)) for piece in pieces(values))
    return {"campaigns.handed": own + named}


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The campaigns somebody was in, and what applications handed over for them."""
    given = list(atoms)
    return [
        ("Campaigns", records(tx, SQL.held, atoms=given)),
        ("Messages handed over by applications", records(tx, SQL.held_handed, atoms=given)),
    ]
