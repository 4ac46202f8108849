"""Files of the lake stay where they are while they are copied: an erasure waits, or comes back later."""

from regulars.analytics.hot import READING_LOCK
from regulars.db import Query, Statements, Tx, value


class Sql(Statements, file="holding.sql"):
    hold_files: Query
    let_files_go: Query


SQL = Sql()


def hold_files(tx: Tx) -> None:
    """To be called before the transaction whose view of the database the files belong to."""
    value(tx, SQL.hold_files, lock=READING_LOCK)
    tx.rollback()


def let_files_go(tx: Tx) -> None:
    value(tx, SQL.let_files_go, lock=READING_LOCK)
