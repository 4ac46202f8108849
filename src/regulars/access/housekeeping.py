"""What access forgets when its time is over."""

from datetime import datetime

from regulars.access.sessions import forget_old_sessions
from regulars.access.sign_in import forget_old_tokens
from regulars.access.throttle import forget_old_tries
from regulars.db import Tx


def forget_old(tx: Tx, now: datetime) -> int:
    """Remove sessions, one-time tokens and counted tries that are over, by the wall clock."""
    return forget_old_sessions(tx, now) + forget_old_tokens(tx, now) + forget_old_tries(tx, now)
