"""Points, membership and tier go along when it turns out who is which person."""

from collections.abc import Sequence

from regulars import log
from regulars.customers import Moved
from regulars.db import Query, Statements, Tx, value
from regulars.kernel import WallClock


class Sql(Statements, file="following.sql"):
    follow: Query


SQL = Sql()


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Bring each profile's points to its person's member; merge and split alike, again without effect."""
    if not moved:
        return
    value(
        tx,
        SQL.follow,
        profiles=[one.atom_id for one in moved],
        before=[one.before for one in moved],
        after=[one.after for one in moved],
        at=log.clock(tx).now(WallClock().now()),
    )
