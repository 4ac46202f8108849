"""What happens at night: retention lets go, erasures go on, and the large tables are rewritten."""

from datetime import datetime
from typing import Final

from regulars import jobs
from regulars.db import Query, Statements, Tx, value
from regulars.privacy.asking import go_on
from regulars.privacy.keeping import retain
from regulars.privacy.retention import retention

NIGHT: Final = "privacy.night"  # A job, and the timer that asks for it.


class Sql(Statements, file="night.sql"):
    left: Query


SQL = Sql()


def night(tx: Tx, at: datetime) -> int:
    """Let go what is past its period, put erasures to work, and ask for the work that takes longer."""
    gone = sum(retain(tx, retention(tx).days, at).values())
    working = go_on(tx, at)
    if gone or working or value(tx, SQL.left):
        jobs.defer(tx, NIGHT, {}, requested_by="Regulars", key=f"{NIGHT}:{at.isoformat()}")
    return gone
