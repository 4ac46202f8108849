"""What falls due: codes whose time is over, and reservations that took too long."""

from datetime import datetime

from regulars.db import Tx, run, value
from regulars.offers.statements import SQL

BATCH = 20_000


def expire_due(tx: Tx, at: datetime) -> int:
    """End what is over; after a pause it catches up, and again it changes nothing. Gives the codes."""
    run(tx, SQL.lapse, at=at)
    ended = 0
    while count := int(value(tx, SQL.expire, at=at, limit=BATCH)):
        ended += count
    return ended
