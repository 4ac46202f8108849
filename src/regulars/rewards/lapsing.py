"""Redemptions that were held and not confirmed in time."""

from datetime import datetime

from regulars.access import SYSTEM
from regulars.db import Tx, run, values
from regulars.rewards.redemption_record import redemption
from regulars.rewards.statements import SQL
from regulars.rewards.telling import note_step

BATCH = 1_000


def lapse_due(tx: Tx, at: datetime) -> int:
    """What was held and not confirmed in time is free again; the ledger ends its holds by itself."""
    found = values(tx, SQL.over, at=at, limit=BATCH)
    for redemption_id in found:
        over = redemption(tx, redemption_id)
        if over.takes_stock:
            run(tx, SQL.give_stock, reward_id=over.reward_id)
        run(tx, SQL.step, redemption_id=redemption_id, state="lapsed", at=at)
        note_step(tx, redemption_id, "lapsed", at=at, actor=SYSTEM.name, note=None)
    return len(found)
