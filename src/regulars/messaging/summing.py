"""How many sends of a source stand how: kept with the rows by the same transactions, folded now and then.

What changes the ledger adds rows of differences (triggers of the table do, whoever changes it), so that two
hosts that send for one source never wait for each other's sums. Whoever asks adds them up.
"""

from dataclasses import dataclass

from regulars.db import Database, Query, Statements, Tx, rows, run, value
from regulars.messaging.ledger import ArmName
from regulars.messaging.source import SourceName

FOLDED_MAX = 20_000


class Sql(Statements, file="summing.sql"):
    fold: Query
    forget_empty: Query
    tally: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    arm: ArmName
    state: str
    reason: str | None
    people: int


def tally(tx: Tx, name: SourceName) -> list[Tally]:
    """How many sends of all steps of a version stand how."""
    return rows(tx, SQL.tally, Tally, kind=name.kind, key=name.key, version=name.version)


def fold_sums(database: Database, limit: int = FOLDED_MAX) -> int:
    """Put the differences into the sums, so many a transaction; gives how many there were."""
    folded = 0
    while True:
        with database.transaction() as tx:
            number = int(value(tx, SQL.fold, limit=limit))
            if number:
                run(tx, SQL.forget_empty)
        folded += number
        if number < limit:
            return folded
