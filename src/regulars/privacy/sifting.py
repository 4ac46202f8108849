"""What comes in too late: an event that happened before its person was erased is dropped, and counted."""

from regulars.db import Query, Statements, Tx, value


class Sql(Statements, file="sifting.sql"):
    anybody: Query
    sift: Query


SQL = Sql()


def sift(tx: Tx) -> int:
    """Take out of the sequencer's batch what is of the erased and from before; gives how many events.

    What happens after the erasure under the same identifier is of a new customer, who has nothing of the
    former one.
    """
    if not value(tx, SQL.anybody):
        return 0
    return int(value(tx, SQL.sift))
